package dev.lmtp.client;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Whether and how a client has its connections encrypted. An immutable value for any thread.
 *
 * @param use when TLS begins, and whether it may be missing
 * @param context with what is trusted, and a client's own certificate; {@code null} for the JDK's
 *     default, and not asked where the use is OPPORTUNISTIC
 * @param serverName the name that the certificate must have, and that the server is told (SNI);
 *     empty for the host of the address
 */
public record ClientTls(Use use, SSLContext context, String serverName) {

  /** When TLS begins. */
  public enum Use {
    /** Never. */
    NONE,
    /**
     * By {@code STARTTLS} where the server offers it, with whatever certificate: against those who
     * only listen (RFC 7435).
     */
    OPPORTUNISTIC,
    /** By {@code STARTTLS}, with a certificate for that name; else nothing is sent. */
    REQUIRED,
    /** At once, before the greeting (RFC 8314 §3), with a certificate for that name. */
    IMPLICIT
  }

  /** No TLS. */
  public static final ClientTls NONE = of(Use.NONE);

  private static final String ADDRESS = "[0-9.]+|.*:.*";

  /** TLS with what the JDK trusts, and the host of the address as the name. */
  public static ClientTls of(Use use) {
    return new ClientTls(Objects.requireNonNull(use, "use"), null, "");
  }

  /** This, with another context. */
  public ClientTls withContext(SSLContext other) {
    return new ClientTls(use, Objects.requireNonNull(other, "context"), serverName);
  }

  /** This, with another name, which a Unix-domain address has none of. */
  public ClientTls withServerName(String name) {
    return new ClientTls(use, context, Objects.requireNonNull(name, "name"));
  }

  boolean isVerified() {
    return use == Use.REQUIRED || use == Use.IMPLICIT;
  }

  SSLEngine engine(String host, int port) throws NoSuchAlgorithmException {
    SSLContext chosen = context != null ? context : SSLContext.getDefault();
    // Host and port are also what the JDK knows a session to resume by.
    SSLEngine engine = (isVerified() ? chosen : Anybody.CONTEXT).createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    if (isVerified()) {
      // RFC 7817 §3 has the names of a mail server checked as those of the web are.
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (!host.isEmpty() && !host.matches(ADDRESS)) {
      parameters.setServerNames(List.of(new SNIHostName(host)));
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** Whoever it is, it is better than to be overheard by everybody. */
  private static final class Anybody extends X509ExtendedTrustManager {

    static final SSLContext CONTEXT = context();

    private static SSLContext context() {
      try {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        return context;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has TLS", e);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
