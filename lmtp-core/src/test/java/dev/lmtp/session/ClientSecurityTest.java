package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Capabilities;
import dev.lmtp.Extension;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.codec.Violation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TLS and AUTH in a client session. */
class ClientSecurityTest {

  private static final String HELLO =
      "250-s\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n";

  private final ClientSession session =
      new ClientSession(ClientSettings.of(Protocol.LMTP, "client.example"));

  @BeforeEach
  void greet() {
    assertEquals(ClientEvent.GREETING, feed("220 hi\r\n"));
    session.hello();
    assertEquals(ClientEvent.HELLO, feed(HELLO));
    said();
  }

  private ClientEvent feed(String octets) {
    return session.poll(Octets.of(octets));
  }

  private String said() {
    return Octets.take(session.output());
  }

  @Test
  @DisplayName("H41 E9: behind TLS the client knows nothing of the server, and says hello again")
  void forgets() {
    session.auth("PLAIN", new byte[] {1});
    assertEquals(ClientEvent.AUTH, feed("235 Ok\r\n"));
    said();
    session.startTls();
    assertEquals("STARTTLS\r\n", said());
    assertEquals(ClientEvent.STARTTLS, feed("220 Go on\r\n"));
    assertEquals(ClientState.TLS, session.state());
    assertThrows(IllegalStateException.class, session::hello);
    session.secured();
    assertEquals(ClientState.GREETED, session.state());
    assertEquals(Capabilities.NONE, session.capabilities());
    session.hello();
    assertEquals(ClientEvent.HELLO, feed("250 s\r\n"));
    assertTrue(session.capabilities().asMap().isEmpty());
    session.auth("PLAIN", new byte[] {1});
    assertEquals(ClientEvent.AUTH, feed("235 Ok\r\n"));
    assertThrows(IllegalStateException.class, session::startTls);
  }

  @Test
  @DisplayName("H40 E9: octets behind the 220 are a violation, however many")
  void injected() {
    String injected = "250-s\r\n250 AUTH PLAIN\r\n";
    for (int length = 1; length <= injected.length(); length++) {
      ClientSession victim = new ClientSession(ClientSettings.of(Protocol.LMTP, "c"));
      victim.poll(Octets.of("220 hi\r\n"));
      victim.hello();
      victim.poll(Octets.of(HELLO));
      victim.startTls();
      ByteBuffer in = Octets.of("220 Go on\r\n" + injected.substring(0, length));
      assertEquals(ClientEvent.VIOLATION, victim.poll(in));
      assertEquals(Violation.UNEXPECTED_REPLY, victim.violation());
      assertEquals(ClientState.CLOSED, victim.state());
    }
  }

  @Test
  @DisplayName("E9: refused, the session goes on in the clear, if the caller wants it to")
  void refused() {
    session.startTls();
    assertEquals(ClientEvent.STARTTLS, feed("454 4.7.0 Not now\r\n"));
    assertEquals(ClientState.READY, session.state());
    assertTrue(session.capabilities().offers(Extension.STARTTLS));
  }

  @Test
  @DisplayName("E8: the dialogue of RFC 4954, with the initial response and without")
  void auth() {
    session.auth("PLAIN", "\0joe\0secret".getBytes(StandardCharsets.US_ASCII));
    assertEquals("AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", said());
    assertEquals(ClientEvent.AUTH, feed("535 5.7.8 No\r\n"));
    session.auth("PLAIN", new byte[0]);
    assertEquals("AUTH PLAIN =\r\n", said());
    assertEquals(ClientEvent.AUTH, feed("501 No\r\n"));
    session.auth("PLAIN", null);
    assertEquals("AUTH PLAIN\r\n", said());
    assertEquals(ClientEvent.CHALLENGE, feed("334 aGk=\r\n"));
    assertArrayEquals(new byte[] {'h', 'i'}, session.challenge().orElseThrow());
    session.respond(new byte[] {1});
    assertEquals("AQ==\r\n", said());
    assertEquals(ClientEvent.CHALLENGE, feed("334 \r\n"));
    assertEquals(0, session.challenge().orElseThrow().length);
    session.respond(new byte[0]);
    assertEquals("\r\n", said());
    // Cyrus says 235 without an enhanced code.
    assertEquals(ClientEvent.AUTH, feed("235 Authenticated!\r\n"));
    assertEquals(ClientState.READY, session.state());
    assertThrows(IllegalStateException.class, () -> session.auth("PLAIN", null));
  }

  @Test
  @DisplayName("E8: a challenge is as long as the limit for a reply's line, and not cut")
  void longChallenge() {
    ClientSession patient =
        new ClientSession(
            ClientSettings.of(Protocol.SMTP, "client.example")
                .withLimits(Limits.DEFAULT.withReply(12_288, 128)));
    patient.poll(Octets.of("220 hi\r\n"));
    patient.hello();
    patient.poll(Octets.of(HELLO));
    patient.auth("PLAIN", null);
    ByteBuffer challenge = Octets.of("334 " + "AAAA".repeat(3_000) + "\r\n");
    assertEquals(ClientEvent.CHALLENGE, patient.poll(challenge));
    assertEquals(9_000, patient.challenge().orElseThrow().length);
  }

  @Test
  @DisplayName("E8: a challenge that is no base64 is given up")
  void noBase64() {
    session.auth("PLAIN", null);
    assertEquals(ClientEvent.CHALLENGE, feed("334 !!\r\n"));
    assertTrue(session.challenge().isEmpty());
    said();
    session.cancelAuth();
    assertEquals("*\r\n", said());
    assertEquals(ClientEvent.AUTH, feed("501 5.7.0 Cancelled\r\n"));
    assertEquals(ClientState.READY, session.state());
  }

  @Test
  @DisplayName("H51: another 3xx than 334 answers no AUTH; a 421 ends it")
  void odd() {
    session.auth("PLAIN", null);
    assertEquals(ClientEvent.VIOLATION, feed("354 Go on\r\n"));
    ClientSession closing = new ClientSession(ClientSettings.of(Protocol.LMTP, "c"));
    closing.poll(Octets.of("220 hi\r\n"));
    closing.hello();
    closing.poll(Octets.of(HELLO));
    closing.auth("PLAIN", null);
    assertEquals(ClientEvent.AUTH, closing.poll(Octets.of("421 4.3.2 Bye\r\n")));
    assertEquals(ClientState.CLOSED, closing.state());
  }

  @Test
  @DisplayName("H30: a mechanism's name and attributes are one line")
  void injection() {
    for (String name : new String[] {"", "PLAIN X", "plain", "A\r\nB", "A".repeat(21)}) {
      assertThrows(IllegalArgumentException.class, () -> session.auth(name, null));
    }
    assertThrows(IllegalArgumentException.class, () -> session.xclient("ADDR=1\r\nRSET"));
    assertEquals(ClientState.READY, session.state());
    assertEquals("", said());
  }

  @Test
  @DisplayName("E11 XCLIENT: behind its 220 a hello is due; a refusal changes nothing")
  void xclient() {
    session.xclient("ADDR=192.0.2.1");
    assertEquals("XCLIENT ADDR=192.0.2.1\r\n", said());
    assertEquals(ClientEvent.XCLIENT, feed("550 5.7.0 No\r\n"));
    assertEquals(ClientState.READY, session.state());
    session.xclient("ADDR=192.0.2.1");
    assertEquals(ClientEvent.XCLIENT, feed("220 hi\r\n"));
    assertEquals(ClientState.GREETED, session.state());
    assertEquals(Capabilities.NONE, session.capabilities());
  }
}
