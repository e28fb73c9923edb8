package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Extension;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.Verb;
import dev.lmtp.codec.Violation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TLS and AUTH in a server session, where a dialogue cannot tell it. */
class ServerSecurityTest {

  private static final String PROOF = "AUTH PLAIN AGpvZQBzZWNyZXQ=";

  private final ServerSession session =
      new ServerSession(
          ServerSettings.of(Protocol.SMTP, "server.example")
              .withOffer(Offer.DEFAULT.with(Extension.STARTTLS).with("AUTH", "PLAIN")));

  /** Feeds octets up to the first event that is no agreement to a hello; gives that event. */
  private ServerEvent feed(String octets) {
    ByteBuffer in = Octets.of(octets);
    while (true) {
      ServerEvent event = session.poll(in);
      switch (event) {
        case CONNECTED, HELLO -> session.accept();
        default -> {
          return event;
        }
      }
    }
  }

  private String said() {
    return Octets.take(session.output());
  }

  @Test
  @DisplayName("H40 E9: octets behind STARTTLS end the session, however many; none is run")
  void injected() {
    String injected = "RSET\r\nMAIL FROM:<evil@b>\r\n";
    for (int length = 1; length <= injected.length(); length++) {
      ServerSession victim =
          new ServerSession(
              ServerSettings.of(Protocol.SMTP, "s")
                  .withOffer(Offer.DEFAULT.with(Extension.STARTTLS)));
      ByteBuffer in = Octets.of("EHLO c\r\nSTARTTLS\r\n" + injected.substring(0, length));
      for (int question = 0; question < 2; question++) {
        victim.poll(in);
        victim.accept();
      }
      Octets.take(victim.output());
      assertEquals(ServerEvent.VIOLATION, victim.poll(in));
      assertEquals(Violation.PIPELINED_STARTTLS, victim.violation());
      assertEquals(ServerEvent.CLOSED, victim.poll(in));
      assertEquals(
          "503 5.5.1 Nothing may follow STARTTLS, closing\r\n", Octets.take(victim.output()));
      assertEquals(length, in.remaining(), "what was injected is not read");
    }
  }

  @Test
  @DisplayName("E9 within the handshake nothing is read as a command")
  void handshake() {
    assertEquals(ServerEvent.STARTTLS, feed("EHLO c\r\nSTARTTLS\r\n"));
    session.accept();
    assertEquals(ServerState.TLS, session.state());
    assertThrows(IllegalStateException.class, () -> session.poll(Octets.of("NOOP\r\n")));
    session.secured();
    assertEquals(ServerState.GREETED, session.state());
    assertEquals("", session.helloName());
    assertEquals(Verb.UNRECOGNIZED, session.helloVerb());
    assertTrue(session.isSecure());
    assertThrows(IllegalStateException.class, session::secured);
  }

  @Test
  @DisplayName("E9 a handshake that failed ends the session without a word")
  void handshakeFailed() {
    assertEquals(ServerEvent.STARTTLS, feed("EHLO c\r\nSTARTTLS\r\n"));
    session.accept();
    said();
    session.endInput();
    assertEquals(ServerEvent.CLOSED, session.poll(Octets.none()));
    assertEquals("", said());
  }

  @Test
  @DisplayName("E9 the application may refuse: 454, and all is as before")
  void tlsRefused() {
    assertEquals(ServerEvent.STARTTLS, feed("EHLO c\r\nSTARTTLS\r\n"));
    session.refuse(Reply.of(454, "4.7.0", "TLS not available"));
    assertEquals(ServerEvent.NEED_INPUT, feed("NOOP\r\n"));
    assertTrue(said().endsWith("454 4.7.0 TLS not available\r\n250 2.0.0 Ok\r\n"));
    assertFalse(session.isSecure());
  }

  @Test
  @DisplayName("E9 implicit TLS: the session begins secure")
  void implicit() {
    session.secured();
    assertThrows(IllegalStateException.class, session::secured);
    assertEquals(ServerEvent.VIOLATION, feed("EHLO c\r\nSTARTTLS\r\n"));
    assertEquals(Violation.TLS_ACTIVE, session.violation());
  }

  @Test
  @DisplayName("E8 E9 530 until what is demanded is there")
  void demands() {
    session.demand(Demand.TLS);
    feed("EHLO c\r\n");
    for (String refused : new String[] {"MAIL FROM:<a@b>", "VRFY joe", "EXPN all", PROOF}) {
      assertEquals(ServerEvent.VIOLATION, feed(refused + "\r\n"), refused);
      assertEquals(Violation.TLS_REQUIRED, session.violation());
    }
    session.demand(Demand.AUTHENTICATION);
    assertEquals(ServerEvent.VIOLATION, feed("MAIL FROM:<a@b>\r\n"));
    assertTrue(said().endsWith("530 5.7.0 Authentication required\r\n"));
    assertEquals(ServerEvent.NEED_INPUT, feed("NOOP\r\nRSET\r\n"));
    assertEquals(ServerEvent.AUTH, feed(PROOF + "\r\n"));
    session.accept();
    session.demand(Demand.NOTHING);
    assertTrue(session.isAuthenticated());
    assertEquals(ServerEvent.MAIL, feed("MAIL FROM:<a@b>\r\n"));
  }

  @Test
  @DisplayName("H11 E8: 12,288 octets for AUTH and its responses, the usual limit for the rest")
  void longLines() {
    feed("EHLO c\r\n");
    String longest = "A".repeat(12_272);
    assertEquals(ServerEvent.AUTH, feed("AUTH PLAIN " + longest + "\r\n"));
    session.challenge(new byte[] {1});
    assertEquals(ServerEvent.AUTH, feed("A".repeat(12_284) + "\r\n"));
    session.challenge(new byte[] {1});
    assertEquals(ServerEvent.VIOLATION, feed("A".repeat(12_288) + "\r\n"));
    assertEquals(Violation.AUTH_LINE_TOO_LONG, session.violation());
    assertEquals(ServerEvent.VIOLATION, feed("NOOP " + "A".repeat(2_042) + "\r\n"));
    assertEquals(Violation.LINE_TOO_LONG, session.violation());
    assertEquals(ServerEvent.NEED_INPUT, feed("NOOP " + "A".repeat(2_041) + "\r\n"));
  }

  @Test
  @DisplayName("H43 what a client proved itself with is wiped when it is judged")
  void wiped() {
    assertEquals(ServerEvent.AUTH, feed("EHLO c\r\n" + PROOF + "\r\n"));
    byte[] proof = session.response().orElseThrow();
    assertEquals("\0joe\0secret", new String(proof, StandardCharsets.US_ASCII));
    session.accept();
    assertEquals(0, proof[1]);
    assertTrue(session.response().isEmpty());
  }

  @Test
  @DisplayName("H43 likewise when the answer is the end of the session")
  void wipedAtTheEnd() {
    assertEquals(ServerEvent.AUTH, feed("EHLO c\r\n" + PROOF + "\r\n"));
    byte[] proof = session.response().orElseThrow();
    session.refuse(Reply.of(421, "4.7.0", "Too many tries"));
    assertEquals(0, proof[1]);
    assertTrue(session.response().isEmpty());
  }

  @Test
  @DisplayName("H43 failures count against the budget for errors")
  void guessing() {
    feed("EHLO c\r\n");
    for (int guess = 0; guess <= ServerSettings.of(Protocol.SMTP, "s").limits().errors(); guess++) {
      assertEquals(ServerEvent.AUTH, feed(PROOF + "\r\n"));
      session.refuse(Reply.of(535, "5.7.8", "No"));
    }
    assertEquals(ServerEvent.VIOLATION, feed("NOOP\r\n"));
    assertEquals(Violation.TOO_MANY_ERRORS, session.violation());
  }

  @Test
  @DisplayName("E11 XCLIENT: the session begins anew")
  void greetAgain() {
    session.offer(Offer.DEFAULT.with("XCLIENT", "ADDR").withCommand("XCLIENT"));
    assertEquals(ServerEvent.COMMAND, feed("EHLO c\r\nXCLIENT ADDR=192.0.2.1\r\n"));
    said();
    session.greetAgain();
    assertEquals("220 server.example ESMTP ready\r\n", said());
    assertEquals(ServerEvent.VIOLATION, feed("MAIL FROM:<a@b>\r\n"));
    assertEquals(Violation.HELLO_FIRST, session.violation());
    assertEquals("", session.helloName());
  }
}
