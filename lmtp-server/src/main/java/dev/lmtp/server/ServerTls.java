package dev.lmtp.server;

import dev.lmtp.io.OperatorFile;
import dev.lmtp.io.Pem;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** TLS on the connections of a server. Safe for use by any thread. */
public final class ServerTls {

  /** When TLS begins. */
  public enum Use {
    /** When the client asks for it by {@code STARTTLS} (RFC 3207). */
    OFFERED,
    /** Likewise, and before that no mail is taken, but from peers with WITHOUT_TLS. */
    REQUIRED,
    /** At once, before the greeting (RFC 8314 §3). */
    IMPLICIT
  }

  private static final Logger LOG = System.getLogger("dev.lmtp.server");

  /** Where a context comes from. */
  private interface Source {
    SSLContext context();
  }

  private final Source source;
  private final Use use;
  private final boolean clientCertificates;

  private ServerTls(Source source, Use use, boolean clientCertificates) {
    this.source = source;
    this.use = Objects.requireNonNull(use, "use");
    this.clientCertificates = clientCertificates;
  }

  /** TLS with what the application's context has. */
  public static ServerTls of(SSLContext context, Use use) {
    Objects.requireNonNull(context, "context");
    return new ServerTls(() -> context, use, false);
  }

  /**
   * TLS with PEM files, read again when they change: sessions that run keep what they have. Files
   * that cannot be read then are logged, and the old ones stay in use.
   *
   * @param certificates the server's certificate, and those of the authorities between
   * @param key its private key: PKCS #8, without a password
   * @throws IOException where they cannot be read or do not fit
   */
  public static ServerTls ofPem(Path certificates, Path key, Use use) throws IOException {
    return new ServerTls(new PemFiles(certificates, key, null), use, false);
  }

  /**
   * As the other one, and clients are asked for a certificate: one by these authorities, or none.
   * The agent finds it in {@link Identity#tls}.
   */
  public static ServerTls ofPem(Path certificates, Path key, Path clientAuthorities, Use use)
      throws IOException {
    return new ServerTls(new PemFiles(certificates, key, clientAuthorities), use, true);
  }

  /** This TLS, with clients asked for a certificate that the context trusts; none will do. */
  public ServerTls withClientCertificates() {
    return new ServerTls(source, use, true);
  }

  Use use() {
    return use;
  }

  SSLEngine engine() {
    SSLEngine engine = source.context().createSSLEngine();
    engine.setUseClientMode(false);
    engine.setWantClientAuth(clientCertificates);
    return engine;
  }

  /** A context out of files, as they were when they were last seen changed. */
  private static final class PemFiles implements Source {
    private final Path certificates;
    private final Path key;
    private final Path authorities;
    private SSLContext context;
    private List<FileTime> times;

    PemFiles(Path certificates, Path key, Path authorities) throws IOException {
      this.certificates = certificates;
      this.key = key;
      this.authorities = authorities;
      this.times = times();
      this.context = Pem.context(certificates, key, authorities);
    }

    private List<FileTime> times() throws IOException {
      List<FileTime> found = new ArrayList<>();
      found.add(OperatorFile.modified(certificates));
      found.add(OperatorFile.modified(key));
      if (authorities != null) {
        found.add(OperatorFile.modified(authorities));
      }
      return found;
    }

    @Override
    public synchronized SSLContext context() {
      try {
        List<FileTime> now = times();
        if (!now.equals(times)) {
          // Also where this fails: not for each connection again.
          times = now;
          context = Pem.context(certificates, key, authorities);
          LOG.log(Level.INFO, "TLS certificate read again from " + certificates);
        }
      } catch (IOException e) {
        LOG.log(Level.WARNING, "TLS certificate not read again: " + e.getMessage());
      }
      return context;
    }
  }
}
