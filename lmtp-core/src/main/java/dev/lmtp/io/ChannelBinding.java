package dev.lmtp.io;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * What binds an authentication to the TLS connection it runs over: {@code tls-exporter} (RFC 9266)
 * where the JDK gives it, from 25 on, and {@code tls-server-end-point} (RFC 5929 §4).
 */
public final class ChannelBinding {

  private static final String LABEL = "EXPORTER-Channel-Binding";
  private static final int LENGTH = 32;
  private static final MethodHandle EXPORT = export();

  private ChannelBinding() {}

  private static MethodHandle export() {
    try {
      return MethodHandles.publicLookup()
          .findVirtual(
              ExtendedSSLSession.class,
              "exportKeyingMaterialData",
              MethodType.methodType(byte[].class, String.class, byte[].class, int.class));
    } catch (ReflectiveOperationException e) {
      // An older JDK.
      return null;
    }
  }

  /** A server's data by type, the best first; empty where there is none. */
  public static Map<String, byte[]> ofServer(SSLSession session) {
    return of(session, session.getLocalCertificates());
  }

  /** A client's data, as {@link #ofServer}. */
  public static Map<String, byte[]> ofClient(SSLSession session) {
    Certificate[] chain = null;
    try {
      chain = session.getPeerCertificates();
    } catch (SSLPeerUnverifiedException e) {
      // No certificate: the other type is left.
    }
    return of(session, chain);
  }

  private static Map<String, byte[]> of(SSLSession session, Certificate[] serverChain) {
    Map<String, byte[]> bindings = new LinkedHashMap<>();
    byte[] exported = exported(session);
    if (exported != null) {
      bindings.put("tls-exporter", exported);
    }
    byte[] endPoint = endPoint(serverChain);
    if (endPoint != null) {
      bindings.put("tls-server-end-point", endPoint);
    }
    return bindings;
  }

  private static byte[] exported(SSLSession session) {
    if (EXPORT == null || !session.getProtocol().equals("TLSv1.3")) {
      // Before 1.3 it binds to the connection only with an extension that cannot be seen here.
      return null;
    }
    try {
      return (byte[]) EXPORT.invoke((ExtendedSSLSession) session, LABEL, new byte[0], LENGTH);
    } catch (Throwable e) {
      // A provider that cannot: the other type is left.
      return null;
    }
  }

  private static byte[] endPoint(Certificate[] chain) {
    try {
      if (chain == null || !(chain[0] instanceof X509Certificate certificate)) {
        return null;
      }
      return MessageDigest.getInstance(hash(certificate)).digest(certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      // Signed by a hash function that this JDK does not have.
      return null;
    }
  }

  // RFC 5929 §4.1: that of the signature, and SHA-256 in place of MD5 and SHA-1.
  private static String hash(X509Certificate certificate) {
    String name = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
    String hash = name.replaceFirst("^(SHA[0-9]*)WITH.*", "$1");
    return hash.equals(name) || hash.equals("SHA1") ? "SHA-256" : hash.replace("SHA", "SHA-");
  }
}
