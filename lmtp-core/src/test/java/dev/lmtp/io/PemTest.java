package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.Certificates;
import dev.lmtp.testing.Certificates.Owner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a file is told by its name. */
class PemTest {

  private final Path chain = Certificates.certificate(Owner.LOCALHOST);
  private final Path key = Certificates.key(Owner.LOCALHOST);

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void setUp() {
    file = folder.resolve("file.pem");
  }

  private void refused(Path certificates, Path own, Path authorities) {
    IOException refused =
        assertThrows(IOException.class, () -> Pem.context(certificates, own, authorities));
    assertTrue(refused.getMessage().contains(file.toString()), refused::toString);
  }

  @Test
  @DisplayName("our certificate and key, authorities, both or none")
  void contexts() throws IOException {
    assertEquals("TLS", Pem.context(chain, key, Certificates.authority()).getProtocol());
    assertEquals("TLS", Pem.context(null, null, Certificates.authority()).getProtocol());
    assertEquals("TLS", Pem.context(chain, key, null).getProtocol());
    assertEquals("TLS", Pem.context(null, null, null).getProtocol());
  }

  @Test
  @DisplayName("a file that is not there, or a folder")
  void unreadable() throws IOException {
    for (int i = 0; i < 2; i++) {
      refused(file, key, null);
      refused(chain, file, null);
      refused(null, null, file);
      IOException refused = assertThrows(IOException.class, () -> Pem.context(file, key, null));
      assertNotEquals(file.toString(), refused.getMessage());
      Files.createDirectories(file);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CERTIFICATE, bm90aGluZw==",
    "CERTIFICATE, not base64!",
    "NOTHING, bm90aGluZw==",
    "PRIVATE KEY, bm90aGluZw==",
    "PRIVATE KEY, b"
  })
  @DisplayName("a file that is malformed, or something else")
  void malformed(String label, String content) throws IOException {
    String begin = "-----BEGIN " + label + "-----\n";
    Files.writeString(file, begin + content + "\n-----END " + label + "-----\n");
    refused(file, key, null);
    refused(chain, file, null);
    refused(null, null, file);
  }

  @ParameterizedTest
  @CsvSource({"EC", "RSA", "Ed25519"})
  @DisplayName("the key of another certificate")
  void otherKey(String algorithm) throws Exception {
    byte[] other =
        KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate().getEncoded();
    String base64 = Base64.getMimeEncoder().encodeToString(other);
    Files.writeString(
        file, "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
    refused(chain, file, null);
  }
}
