package dev.lmtp.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Certificates made by the JDK's keytool, fresh for each JVM: an authority, and what it signed for
 * a server called localhost, for one called elsewhere.example, and for a client.
 */
public final class Certificates {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final Path FOLDER = make();

  /** Whose certificate. */
  public enum Owner {
    /** A server at localhost and 127.0.0.1. */
    LOCALHOST("CN=localhost", "san=dns:localhost,ip:127.0.0.1"),
    /** A server of another name. */
    ELSEWHERE("CN=elsewhere.example", "san=dns:elsewhere.example"),
    /** A client. */
    CLIENT("CN=a client", "eku=clientAuth");

    private final String subject;
    private final String extension;

    Owner(String subject, String extension) {
      this.subject = subject;
      this.extension = extension;
    }

    private String alias() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private Certificates() {}

  private static Path make() {
    try {
      Path folder = Files.createTempDirectory("certificates");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder)));
      keytool(folder, "-genkeypair -alias ca -dname CN=CA -ext bc:c -validity 3650");
      keytool(folder, "-exportcert -rfc -alias ca -file " + folder.resolve("ca.pem"));
      for (Owner owner : Owner.values()) {
        String alias = owner.alias();
        keytool(folder, "-genkeypair -validity 3650 -alias " + alias, "-dname", owner.subject);
        Path request = folder.resolve(alias + ".csr");
        Path signed = folder.resolve(alias + ".pem");
        keytool(folder, "-certreq -alias " + alias + " -file " + request);
        keytool(
            folder,
            "-gencert -rfc -alias ca -validity 3650 -infile " + request + " -outfile " + signed,
            "-ext",
            owner.extension);
        keytool(folder, "-importcert -noprompt -alias " + alias + " -file " + signed);
        writeKey(folder, alias);
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void keytool(Path folder, String words, String... more) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(words.split(" ")));
    command.addAll(List.of(more));
    if (words.startsWith("-genkeypair")) {
      command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1"));
    }
    command.addAll(List.of("-storepass", new String(PASSWORD), "-keystore"));
    command.add(folder.resolve("keys.p12").toString());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(Files.readString(folder.resolve("keytool.log")));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static void writeKey(Path folder, String alias) throws IOException {
    try {
      byte[] key = keys(folder).getKey(alias, PASSWORD).getEncoded();
      String base64 =
          Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(key);
      Files.writeString(
          folder.resolve(alias + ".key"),
          "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static KeyStore keys(Path folder) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve("keys.p12"))) {
      keys.load(in, PASSWORD);
    }
    return keys;
  }

  /** The authority's certificate, as PEM. */
  public static Path authority() {
    return FOLDER.resolve("ca.pem");
  }

  /** A certificate, as PEM. */
  public static Path certificate(Owner owner) {
    return FOLDER.resolve(owner.alias() + ".pem");
  }

  /** A private key, as PEM. */
  public static Path key(Owner owner) {
    return FOLDER.resolve(owner.alias() + ".key");
  }

  /** A context that has that key and trusts the authority alone. */
  public static SSLContext context(Owner owner) {
    try {
      KeyStore all = keys(FOLDER);
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, null);
      Certificate[] chain = all.getCertificateChain(owner.alias());
      own.setKeyEntry("own", all.getKey(owner.alias(), PASSWORD), PASSWORD, chain);
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("ca", all.getCertificate("ca"));
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(own, PASSWORD);
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
