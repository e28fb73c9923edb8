package dev.lmtp.client;

import static dev.lmtp.client.DeliveryTest.client;
import static dev.lmtp.client.DeliveryTest.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.client.ScriptedPeer.Family;
import dev.lmtp.client.ScriptedPeer.Script;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands of an application's own, and parameters. */
class CommandTest {

  private static final Envelope ENVELOPE = Envelope.of("a@b", "one@c");

  @Test
  @DisplayName("S5 E12: questions between two messages, each with its own reply")
  void questions() throws Exception {
    Script script =
        peer -> {
          peer.greet("PIPELINING");
          peer.expect("VRFY ann");
          peer.say("252 2.1.5 Perhaps");
          peer.message("250 2.0.0 Ok");
          peer.expect("help");
          peer.say("214-2.0.0 One", "214 2.0.0 two");
          peer.expect("EXPN staff");
          peer.say("502 5.5.1 No");
          peer.expect("NOOP");
          peer.say("250 2.0.0 Ok");
          peer.expect("XPING once twice");
          peer.say("299 pong");
          // A refused transaction is still open, and a command does not end it.
          peer.expectStart("MAIL");
          peer.say("250 2.1.0 Ok");
          peer.expectStart("RCPT");
          peer.say("550 5.1.1 No");
          peer.expect("DATA");
          peer.say("503 5.5.1 Nobody");
          peer.expect("VRFY bob");
          peer.say("550 5.1.1 No");
          peer.expect("RSET");
          peer.say("250 2.0.0 Ok");
          peer.message("250 2.0.0 Ok");
          peer.quit();
        };
    try (ScriptedPeer server = ScriptedPeer.start(Family.UNIX, script);
        LmtpConnection connection = client(server).connect()) {
      assertEquals("252 2.1.5 Perhaps", connection.command("VRFY", "ann").toString());
      assertTrue(connection.deliver(ENVELOPE, message("x")).allAccepted());
      assertEquals(List.of("One", "two"), connection.command("help", "").lines());
      assertEquals(502, connection.command("EXPN", "staff").code());
      assertEquals(250, connection.command("NOOP", "").code());
      assertEquals("pong", connection.command("XPING", "once twice").text());
      assertFalse(connection.deliver(ENVELOPE, message("x")).allAccepted());
      assertEquals(550, connection.command("VRFY", "bob").code());
      assertTrue(connection.deliver(ENVELOPE, message("x")).allAccepted());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LHLO",
        "EHLO",
        "HELO",
        "MAIL",
        "rcpt",
        "DATA",
        "Bdat",
        "RSET",
        "QUIT",
        "STARTTLS"
      })
  @DisplayName("H30: what changes the state has its own method; an argument is one line")
  void refused(String verb) throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.message("250 2.0.0 Ok");
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        assertThrows(IllegalArgumentException.class, () -> connection.command(verb, "x"));
        assertThrows(IllegalArgumentException.class, () -> connection.command("VR FY", "x"));
        assertThrows(IllegalArgumentException.class, () -> connection.command("VRFY", "x\r\nRSET"));
        assertTrue(connection.deliver(ENVELOPE, message("x")).allAccepted());
        connection.close();
        assertThrows(IllegalStateException.class, () -> connection.command("NOOP", ""));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "what?\r\n", "354 Go on\r\n", "250 Ok\r\n250 Ok\r\n", "25"})
  @DisplayName("H50-H52: no reply to a command, or none that can be trusted, ends the connection")
  void failures(String answer) throws Exception {
    for (String end : List.of("closes", "stops")) {
      try (ScriptedPeer server =
          ScriptedPeer.start(
              Family.UNIX,
              peer -> {
                peer.greet();
                peer.expect("NOOP");
                peer.raw(answer);
                if (end.equals("stops")) {
                  peer.end();
                }
              })) {
        Duration minutes = Duration.ofMinutes(5);
        LmtpClient client =
            LmtpClient.builder(server.address())
                .helloName("here")
                .patience(minutes, Duration.ofSeconds(1), minutes, minutes, minutes)
                .build();
        try (LmtpConnection connection = client.connect()) {
          LmtpException e = assertThrows(LmtpException.class, () -> connection.command("NOOP", ""));
          Kind without = end.equals("stops") ? Kind.TIMEOUT : Kind.CONNECT;
          assertEquals(answer.length() > 2 ? Kind.PROTOCOL : without, e.kind());
          assertFalse(connection.isReusable());
        }
      }
    }
  }

  @Test
  @DisplayName("H53: a 421 is the reply to a command, and the end")
  void closing() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.expect("NOOP");
              peer.say("421 4.3.2 Going down");
              peer.end();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        assertEquals(421, connection.command("NOOP", "").code());
        assertFalse(connection.isReusable());
      }
    }
  }

  /** What Dovecot's proxy tells its back-end about a recipient. */
  private static final Parameter<String> XRCPTFORWARD =
      Parameter.of(Verb.RCPT, "XRCPTFORWARD", "XRCPTFORWARD", value -> value, value -> value);

  @Test
  @DisplayName("E12: a parameter of the application's own is sent where its keyword is offered")
  void ownParameter() throws Exception {
    Envelope envelope =
        new Envelope(ReversePath.NULL, Parameters.NONE, List.of())
            .withRecipient(ForwardPath.parse("ann"), Parameters.of(XRCPTFORWARD, "dHRsPTQ="))
            .withRecipient(ForwardPath.parse("bob"), Parameters.NONE);
    for (String keyword : List.of("xrcptforward", "DSN")) {
      try (ScriptedPeer server =
          ScriptedPeer.start(
              Family.UNIX,
              peer -> {
                peer.greet(keyword);
                peer.expectStart("MAIL");
                peer.say("250 2.1.0 Ok");
                peer.expect(
                    "RCPT TO:<ann>" + (keyword.equals("DSN") ? "" : " XRCPTFORWARD=dHRsPTQ="));
                peer.say("250 2.1.5 Ok");
                peer.expect("RCPT TO:<bob>");
                peer.say("250 2.1.5 Ok");
                peer.content();
                peer.say("250 2.0.0 Ok", "250 2.0.0 Ok");
                peer.quit();
              })) {
        DeliveryResult result = client(server).deliver(envelope, message("x"));
        assertTrue(result.allAccepted());
      }
    }
  }
}
