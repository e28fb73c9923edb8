package dev.lmtp.client.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.Reply;
import dev.lmtp.client.ClientTls;
import dev.lmtp.client.ClientTls.Use;
import dev.lmtp.client.Credentials;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpException;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.client.MessageSource;
import dev.lmtp.testing.Certificates;
import dev.lmtp.testing.Certificates.Owner;
import dev.lmtp.testing.peer.CyrusInstance;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Our client hands mail to a real Cyrus that wants to know who it is, over TCP. */
class CyrusAuthInteropIT {
  private static final String RECIPIENT = "ann@example.org";

  @TempDir static Path home;
  private static CyrusInstance cyrus;

  private final List<String> dialogue = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    cyrus = CyrusInstance.start(home);
  }

  @AfterAll
  static void stop() {
    if (cyrus != null) {
      cyrus.close();
    }
  }

  @ParameterizedTest(name = "{0} TLS {1}")
  @CsvSource({
    "PLAIN, NONE", "PLAIN, REQUIRED",
    "LOGIN, NONE", "LOGIN, REQUIRED",
    "CRAM-MD5, NONE", "CRAM-MD5, REQUIRED",
    "DIGEST-MD5, NONE", "DIGEST-MD5, REQUIRED",
    "SCRAM-SHA-1, NONE", "SCRAM-SHA-1, REQUIRED",
    "SCRAM-SHA-256, NONE", "SCRAM-SHA-256, REQUIRED"
  })
  @DisplayName("E8 E9: each mechanism, with and without STARTTLS; the mail is there")
  void authenticates(String mechanism, Use use) throws Exception {
    int before = cyrus.mail("ann").size();

    RecipientResult result = deliver(use, password().by(mechanism).allowingCleartext());

    assertEquals(RecipientResult.Outcome.ACCEPTED, result.outcome(), this::dialogue);
    assertEquals(before + 1, cyrus.mail("ann").size(), this::dialogue);
    assertEquals(use == Use.REQUIRED, dialogue.contains("C: STARTTLS"), this::dialogue);
    assertTrue(
        dialogue.stream().anyMatch(line -> line.startsWith("C: AUTH " + mechanism)),
        this::dialogue);
    assertFalse(dialogue().contains(CyrusInstance.PASSWORD), this::dialogue);
  }

  private String dialogue() {
    return String.join("\n", dialogue);
  }

  private static Credentials password() {
    return Credentials.password(CyrusInstance.USER, CyrusInstance.PASSWORD);
  }

  private RecipientResult deliver(Use use, Credentials credentials) throws Exception {
    return deliver(cyrus.authenticating(), use, credentials);
  }

  /** With {@code null} for no credentials. */
  private RecipientResult deliver(InetSocketAddress server, Use use, Credentials credentials)
      throws Exception {
    LmtpClient.Builder client =
        LmtpClient.builder(server)
            .helloName("client.example.org")
            .tls(ClientTls.of(use).withContext(Certificates.context(Owner.CLIENT)))
            .dialogue(dialogue::add);
    if (credentials != null) {
      client.credentials(credentials);
    }
    DeliveryResult result =
        client
            .build()
            .deliver(
                Envelope.of("sender@example.org", RECIPIENT),
                MessageSource.of("Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
    return result.recipients().get(0);
  }

  @ParameterizedTest
  @EnumSource(
      value = Use.class,
      names = {"NONE", "OPPORTUNISTIC", "REQUIRED"})
  @DisplayName(
      "E8: by itself the client takes the strongest; -PLUS, which Cyrus cannot, goes first")
  void strongest(Use use) throws Exception {
    assertEquals(
        RecipientResult.Outcome.ACCEPTED, deliver(use, password()).outcome(), this::dialogue);
    assertTrue(
        dialogue.stream().anyMatch(line -> line.startsWith("C: AUTH SCRAM-SHA-256 ")),
        this::dialogue);
    // It is offered on TLS alone.
    assertEquals(
        use != Use.NONE,
        dialogue.stream().anyMatch(line -> line.startsWith("C: AUTH SCRAM-SHA-256-PLUS ")),
        this::dialogue);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"})
  @DisplayName("E8: a wrong password is 501, which is final, and nothing is sent")
  void wrongPassword(String mechanism) {
    assertRefused(mechanism, Credentials.password(CyrusInstance.USER, "wrong"), "501 5.5.4 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"})
  @DisplayName("E8: a user nobody knows is refused alike")
  void unknownUser(String mechanism) {
    assertRefused(mechanism, Credentials.password("nobody", CyrusInstance.PASSWORD), "501 5.5.4 ");
  }

  private void assertRefused(String mechanism, Credentials credentials, String reply) {
    LmtpException refused =
        assertThrows(
            LmtpException.class,
            () -> deliver(Use.REQUIRED, credentials.by(mechanism)),
            this::dialogue);
    assertEquals(Kind.REFUSED, refused.kind(), this::dialogue);
    assertTrue(refused.reply().map(Reply::toString).orElse("").startsWith(reply), this::dialogue);
    assertFalse(dialogue().contains("C: MAIL"), this::dialogue);
  }

  @Test
  @DisplayName("E8: a client that wants to be bound to the channel is not made to do without")
  void nothingButPlus() {
    assertRefused("SCRAM-SHA-256-PLUS", password(), "501 5.5.4 ");
    assertFalse(dialogue().contains("C: AUTH SCRAM-SHA-256 "), this::dialogue);
  }

  @Test
  @DisplayName("H46: PLAIN is offered without TLS, and the password is not shown")
  void keepsPasswordToItself() {
    LmtpException kept =
        assertThrows(LmtpException.class, () -> deliver(Use.NONE, password().by("PLAIN")));
    assertEquals(Kind.SECURITY, kept.kind());
    assertFalse(dialogue().contains("C: AUTH"), this::dialogue);
  }

  @Test
  @DisplayName("E8: MAIL without AUTH is 430, and so to be tried again")
  void unauthenticated() throws Exception {
    RecipientResult result = deliver(Use.NONE, null);
    assertEquals(RecipientResult.Outcome.DEFERRED, result.outcome(), this::dialogue);
    assertEquals(RecipientResult.Stage.MAIL, result.stage(), this::dialogue);
    assertEquals(430, result.reply().orElseThrow().code(), this::dialogue);
  }

  @Test
  @DisplayName("E9: where Cyrus trusts whoever comes it offers no TLS")
  void preauthorized() throws Exception {
    assertEquals(
        RecipientResult.Outcome.ACCEPTED,
        deliver(cyrus.preauthorized(), Use.OPPORTUNISTIC, null).outcome(),
        this::dialogue);
    LmtpException unsafe =
        assertThrows(LmtpException.class, () -> deliver(cyrus.preauthorized(), Use.REQUIRED, null));
    assertEquals(Kind.SECURITY, unsafe.kind());
  }
}
