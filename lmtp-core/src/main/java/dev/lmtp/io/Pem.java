package dev.lmtp.io;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** TLS contexts out of PEM files (RFC 7468), as mail servers are configured. */
public final class Pem {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  /** Of keys, and what they sign by. */
  private static final String[][] ALGORITHMS = {
    {"EC", "SHA256withECDSA"}, {"RSA", "SHA256withRSA"}, {"EdDSA", "EdDSA"}
  };

  private static final char[] NO_PASSWORD = {};

  private Pem() {}

  /**
   * Makes a context.
   *
   * @param chain our certificates, the own one first; {@code null} for none
   * @param key the private key of the first one, PKCS #8 without a password
   * @param authorities whom the peer's certificate must come from; {@code null} for those the JDK
   *     trusts
   * @throws IOException where a file cannot be read or is not what it should be, or the key is that
   *     of another certificate; the message names the file
   */
  public static SSLContext context(Path chain, Path key, Path authorities) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          chain == null ? null : keyManagers(chain, key),
          authorities == null ? null : trustManagers(authorities),
          null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("no TLS context: " + e.getMessage(), e);
    }
  }

  private static KeyManager[] keyManagers(Path chain, Path key)
      throws IOException, GeneralSecurityException {
    KeyStore store = store();
    Certificate[] certificates = certificates(chain).toArray(new Certificate[0]);
    PrivateKey own = privateKey(key);
    if (!isPair(certificates[0].getPublicKey(), own)) {
      throw new IOException(key + " is not the key of the first certificate in " + chain);
    }
    store.setKeyEntry("own", own, NO_PASSWORD, certificates);
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  /** Else every handshake would fail, for instance where only one of two files was replaced yet. */
  private static boolean isPair(PublicKey known, PrivateKey own) throws GeneralSecurityException {
    for (String[] algorithm : ALGORITHMS) {
      if (algorithm[0].equals(own.getAlgorithm())) {
        Signature signature = Signature.getInstance(algorithm[1]);
        signature.initSign(own);
        byte[] signed = signature.sign();
        try {
          signature.initVerify(known);
          return signature.verify(signed);
        } catch (InvalidKeyException | SignatureException e) {
          // Of another algorithm or size.
          return false;
        }
      }
    }
    return true;
  }

  private static TrustManager[] trustManagers(Path authorities)
      throws IOException, GeneralSecurityException {
    KeyStore store = store();
    int count = 0;
    for (Certificate certificate : certificates(authorities)) {
      store.setCertificateEntry("authority" + count++, certificate);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyStore store() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(OperatorFile.octets(file)));
      if (!found.isEmpty()) {
        return found;
      }
    } catch (CertificateException e) {
      throw new IOException(file + " has a malformed certificate: " + e.getMessage(), e);
    }
    throw new IOException(file + " has no certificate");
  }

  private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    Matcher key = KEY.matcher(new String(OperatorFile.octets(file), StandardCharsets.ISO_8859_1));
    if (!key.find()) {
      throw new IOException(file + " has no BEGIN PRIVATE KEY (PKCS #8, without a password)");
    }
    PKCS8EncodedKeySpec spec;
    try {
      spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key.group(1)));
    } catch (IllegalArgumentException e) {
      // Not as the cause: it may quote what is half a key.
      throw new IOException(file + " has a key that is no base64");
    }
    for (String[] algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm[0]).generatePrivate(spec);
      } catch (InvalidKeySpecException e) {
        // Of another algorithm, then.
      }
    }
    throw new IOException(file + " has a key that is neither EC, RSA nor EdDSA");
  }
}
