package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import java.util.Map;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslServer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** E8: the examples of RFC 5802 5 and RFC 7677 3, octet by octet, on both sides. */
class ScramVectorTest {

  private static final String SHA_1 =
      """
      SCRAM-SHA-1
      n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL
      r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096
      c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=
      v=rmF9pqV8S7suAoZWja4dJRkFsKQ=
      """;

  private static final String SHA_256 =
      """
      SCRAM-SHA-256
      n,,n=user,r=rOprNGfwEbeRWgbNEkqO
      r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096
      c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=
      v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=
      """;

  @Test
  @DisplayName("E8 RFC 5802 5, the client")
  void client1() throws Exception {
    client(SHA_1.split("\n"));
  }

  @Test
  @DisplayName("E8 RFC 7677 3, the client")
  void client256() throws Exception {
    client(SHA_256.split("\n"));
  }

  @Test
  @DisplayName("E8 RFC 5802 5, the server")
  void server1() throws Exception {
    server(SHA_1.split("\n"), ScramHash.SHA_1);
  }

  @Test
  @DisplayName("E8 RFC 7677 3, the server")
  void server256() throws Exception {
    server(SHA_256.split("\n"), ScramHash.SHA_256);
  }

  private static void client(String[] lines) throws Exception {
    String nonce = lines[1].substring(lines[1].indexOf("r=") + 2);
    SaslClient client =
        new ClientMechanisms(() -> nonce)
            .createSaslClient(
                new String[] {lines[0]},
                null,
                "smtp",
                "mx.example.org",
                Map.of(),
                Accounts.login("user", "pencil"));
    assertTrue(client.hasInitialResponse());
    assertEquals(lines[1], text(client.evaluateChallenge(new byte[0])));
    assertEquals(lines[3], text(client.evaluateChallenge(lines[2].getBytes(UTF_8))));
    assertNull(client.evaluateChallenge(lines[4].getBytes(UTF_8)));
    assertTrue(client.isComplete());
  }

  private static void server(String[] lines, ScramHash hash) throws Exception {
    String clientNonce = lines[1].substring(lines[1].indexOf("r=") + 2);
    String[] first = lines[2].split(",");
    byte[] salt = Base64.getDecoder().decode(first[1].substring(2));
    ScramKeys keys = ScramKeys.derive(hash, "pencil".getBytes(UTF_8), salt, 4_096);
    StoredPassword stored =
        StoredPassword.parse(
            "{" + hash.mechanism() + "}4096," + first[1].substring(2) + "," + base64(keys));
    SaslServer server =
        new ServerMechanisms(
                Accounts.SECRET, 4_096, () -> first[0].substring(2 + clientNonce.length()))
            .createSaslServer(
                lines[0], "smtp", "mx.example.org", Map.of(), Accounts.of("user", stored));
    assertEquals(lines[2], text(server.evaluateResponse(lines[1].getBytes(UTF_8))));
    assertEquals(lines[4], text(server.evaluateResponse(lines[3].getBytes(UTF_8))));
    assertTrue(server.isComplete());
    assertEquals("user", server.getAuthorizationID());
  }

  @ParameterizedTest
  @CsvSource({
    "SHA_1, PBKDF2WithHmacSHA1, pencil, 4096",
    "SHA_256, PBKDF2WithHmacSHA256, pencil, 4096",
    "SHA_256, PBKDF2WithHmacSHA256, p\u00e9ncil\ud83d\udd11, 4097"
  })
  @DisplayName("E8 Hi() is PBKDF2 over the password's UTF-8")
  void pbkdf2(ScramHash hash, String name, String password, int iterations) throws Exception {
    byte[] salt = {1, 2, 3};
    PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, iterations, 8 * hash.length());
    assertArrayEquals(
        SecretKeyFactory.getInstance(name).generateSecret(spec).getEncoded(),
        hash.hi(password.getBytes(UTF_8), salt, iterations));
  }

  private static String base64(ScramKeys keys) {
    return ScramMessage.base64(keys.storedKey) + "," + ScramMessage.base64(keys.serverKey);
  }

  private static String text(byte[] octets) {
    return new String(octets, UTF_8);
  }
}
