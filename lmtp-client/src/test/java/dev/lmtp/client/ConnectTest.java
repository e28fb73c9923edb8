package dev.lmtp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.client.ScriptedPeer.Family;
import dev.lmtp.client.ScriptedPeer.Script;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From nothing to a connection, or to the reason why there is none. */
class ConnectTest {

  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofMinutes(5);

  private static LmtpException failure(
      Protocol protocol, Family family, Duration patience, Script script) throws Exception {
    try (ScriptedPeer server = ScriptedPeer.start(family, script)) {
      LmtpClient client =
          LmtpClient.builder(server.address())
              .protocol(protocol)
              .helloName("here")
              .patience(patience, patience, LONG, LONG, LONG)
              .build();
      LmtpException e = assertThrows(LmtpException.class, client::connect);
      assertTrue(e.getMessage().contains(server.address()), e.getMessage());
      assertEquals(1, e.getMessage().lines().count());
      return e;
    }
  }

  private static LmtpException failure(Script script) throws Exception {
    return failure(Protocol.LMTP, Family.UNIX, LONG, script);
  }

  private static void check(LmtpException e, Kind kind, int code) {
    assertEquals(kind, e.kind(), e.getMessage());
    assertEquals(code, e.reply().map(Reply::code).orElse(0));
  }

  @Test
  @DisplayName("S1: a greeting of 554 refuses, and the client takes its leave")
  void refusedByGreeting() throws Exception {
    check(
        failure(
            peer -> {
              peer.say("554 5.3.2 No mail here");
              peer.quit();
            }),
        Kind.REFUSED,
        554);
  }

  @Test
  @DisplayName("S11: 421 instead of a greeting, or of the hello's reply")
  void closing() throws Exception {
    check(
        failure(
            peer -> {
              peer.say("421 4.3.2 Going down");
              peer.end();
            }),
        Kind.REFUSED,
        421);
    check(
        failure(
            peer -> {
              peer.say("220 there");
              peer.expect("LHLO here");
              peer.say("421 4.3.2 Going down");
              peer.end();
            }),
        Kind.REFUSED,
        421);
    check(
        failure(
            peer -> {
              peer.say("220 there", "421 4.3.2 Going down");
              peer.end();
            }),
        Kind.REFUSED,
        421);
  }

  @ParameterizedTest
  @ValueSource(strings = {"500 5.5.1 What?", "502 5.5.1 Not here"})
  @DisplayName("H58 L2: LHLO answered by 500 is a peer that does not speak LMTP")
  void smtpServer(String reply) throws Exception {
    LmtpException e =
        failure(
            peer -> {
              peer.say("220 there ESMTP");
              peer.expect("LHLO here");
              peer.say(reply);
              peer.quit();
            });
    check(e, Kind.PROTOCOL, Integer.parseInt(reply.substring(0, 3)));
    assertTrue(e.getMessage().contains("does not speak LMTP"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"550 5.7.1 Not you", "451 4.7.1 Not yet"})
  void refusedByHello(String reply) throws Exception {
    check(
        failure(
            peer -> {
              peer.say("220 there");
              peer.expect("LHLO here");
              peer.say(reply);
              peer.quit();
            }),
        Kind.REFUSED,
        Integer.parseInt(reply.substring(0, 3)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"500 5.5.1 What?", "550 5.7.1 No"})
  @DisplayName("S2: EHLO answered by 5xx falls back to HELO; then nothing is offered")
  void helo(String reply) throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.TCP,
            peer -> {
              peer.say("220 there");
              peer.expect("EHLO here");
              peer.say(reply);
              peer.expect("HELO here");
              peer.say("250-there", "250-PIPELINING", "250 CHUNKING");
              // As long as HELO's reply is read as what it is: a text.
              assertEquals("MAIL FROM:<a@b>\r\n", peer.burst());
              peer.say("250 Ok");
              peer.expectStart("RCPT");
              peer.say("250 Ok");
              peer.content();
              peer.say("250 Ok");
              peer.quit();
            })) {
      LmtpClient client =
          LmtpClient.builder(server.address()).protocol(Protocol.SMTP).helloName("here").build();
      try (LmtpConnection connection = client.connect()) {
        assertFalse(connection.capabilities().offers(Extension.PIPELINING));
        assertTrue(
            connection
                .deliver(Envelope.of("a@b", "c@d"), MessageSource.of(new byte[0]))
                .allAccepted());
      }
    }
  }

  @Test
  @DisplayName("L2: a peer that knows neither EHLO nor HELO does not speak SMTP")
  void lmtpServer() throws Exception {
    LmtpException e =
        failure(
            Protocol.SMTP,
            Family.TCP,
            LONG,
            peer -> {
              peer.say("220 there LMTP");
              peer.expect("EHLO here");
              peer.say("500 5.5.1 Use LHLO");
              peer.expect("HELO here");
              peer.say("500 5.5.1 Use LHLO");
              peer.quit();
            });
    check(e, Kind.PROTOCOL, 500);
    assertTrue(e.getMessage().contains("does not speak SMTP"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 400 Bad Request\r\n",
        "* OK IMAP4rev1\r\n",
        "+OK POP3\r\n",
        "999 x\r\n",
        "220 x\n\r\n",
        "220 there\r\n250 and more\r\n",
        "354 Go on\r\n",
        "220-\u0000\r\n"
      })
  @DisplayName("H51: garbage, and replies before they are due, are a protocol error")
  void garbage(String greeting) throws Exception {
    LmtpException e =
        failure(
            peer -> {
              peer.raw(greeting);
              peer.rest();
            });
    check(e, Kind.PROTOCOL, 0);
    assertTrue(e.getMessage().contains("does not speak LMTP"), e.getMessage());
  }

  @Test
  @DisplayName("H50: an endless reply ends the connection, memory is bounded")
  void endlessReply() throws Exception {
    Script lines =
        peer -> {
          peer.say("220 there");
          peer.expect("LHLO here");
          try {
            for (int i = 0; i < 1_000_000; i++) {
              peer.say("250-X" + i);
            }
            throw new AssertionError("all was read");
          } catch (IOException e) {
            // The client has hung up.
          }
        };
    check(failure(lines), Kind.PROTOCOL, 0);
    Script line =
        peer -> {
          String part = "x".repeat(10_000);
          try {
            for (int i = 0; i < 100_000; i++) {
              peer.raw(part);
            }
            throw new AssertionError("all was read");
          } catch (IOException e) {
            // The client has hung up.
          }
        };
    check(failure(line), Kind.PROTOCOL, 0);
  }

  @Test
  void limitsAreKept() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.say("220-one", "220-two", "220 three");
              peer.end();
            })) {
      LmtpClient client =
          LmtpClient.builder(server.address()).limits(Limits.DEFAULT.withReply(512, 2)).build();
      check(assertThrows(LmtpException.class, client::connect), Kind.PROTOCOL, 0);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  @DisplayName("S10: silence before the greeting or behind the hello is a time-out")
  void silence(Family family) throws Exception {
    Script atOnce = peer -> peer.end();
    check(failure(Protocol.LMTP, family, SHORT, atOnce), Kind.TIMEOUT, 0);
    Script afterHello =
        peer -> {
          peer.say("220 there");
          peer.expect("LHLO here");
          peer.raw("250-there\r\n250 PIPE");
          peer.end();
        };
    check(failure(Protocol.LMTP, family, SHORT, afterHello), Kind.TIMEOUT, 0);
  }

  @Test
  @DisplayName("H70: a reply that trickles gets no more patience than one that does not come")
  void trickle() throws Exception {
    LmtpException e =
        failure(
            Protocol.LMTP,
            Family.UNIX,
            SHORT,
            peer -> {
              try {
                while (true) {
                  peer.raw("220-\r\n");
                  // A pause well below the patience; what ends the test is the client.
                  Thread.sleep(20);
                }
              } catch (IOException ended) {
                // The client has hung up.
              }
            });
    check(e, Kind.TIMEOUT, 0);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void closedByPeer(Family family) throws Exception {
    Script atOnce = peer -> peer.close();
    check(failure(Protocol.LMTP, family, LONG, atOnce), Kind.CONNECT, 0);
    Script reset = peer -> peer.reset();
    check(failure(Protocol.LMTP, family, LONG, reset), Kind.CONNECT, 0);
    Script afterHello =
        peer -> {
          peer.say("220 there");
          peer.expect("LHLO here");
        };
    check(failure(Protocol.LMTP, family, LONG, afterHello), Kind.CONNECT, 0);
  }

  @Test
  void nobodyThere(@TempDir Path folder) throws Exception {
    String unix = "unix:" + folder.resolve("missing");
    LmtpException e = assertThrows(LmtpException.class, () -> LmtpClient.to(unix).connect());
    check(e, Kind.CONNECT, 0);
    assertTrue(e.getMessage().contains(unix), e.getMessage());

    String tcp;
    try (ScriptedPeer server = ScriptedPeer.start(Family.TCP)) {
      tcp = server.address();
    }
    check(assertThrows(LmtpException.class, () -> LmtpClient.to(tcp).connect()), Kind.CONNECT, 0);
  }

  @Test
  @DisplayName("L10: LMTP on port 25 is refused when the client is made; SMTP is not")
  void port25() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> LmtpClient.to("inet:mx.example:25"));
    assertTrue(e.getMessage().contains("RFC 2033"), e.getMessage());
    SocketAddress address = InetSocketAddress.createUnresolved("mx.example", 25);
    assertThrows(IllegalArgumentException.class, () -> LmtpClient.builder(address).build());
    LmtpClient.builder(address).protocol(Protocol.SMTP).helloName("here").build();
  }

  @Test
  @DisplayName("H30: a hello name cannot carry a command")
  void configuration() {
    LmtpClient.Builder builder = LmtpClient.builder("unix:/x");
    for (String name : List.of("", "a b", "a\r\nQUIT", "a\u0000", "\u00e9")) {
      assertThrows(IllegalArgumentException.class, () -> builder.helloName(name));
    }
    assertThrows(IllegalArgumentException.class, () -> LmtpClient.to("/run/lmtp"));
    assertThrows(IllegalArgumentException.class, () -> LmtpClient.builder(new SocketAddress() {}));
  }

  @Test
  void defaultHelloName() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.say("220 there");
              assertTrue(peer.line().matches("LHLO [!-~]+"));
              peer.say("250 there");
              peer.quit();
            })) {
      LmtpClient.to(server.address()).connect().close();
    }
  }

  @Test
  @DisplayName("H59: hanging up at QUIT, or saying nothing, is no error")
  void quit() throws Exception {
    for (String answer : List.of("", "garbage\r\n", "500 No\r\n", "421 Bye\r\n", "22")) {
      try (ScriptedPeer server =
          ScriptedPeer.start(
              Family.UNIX,
              peer -> {
                peer.greet();
                peer.message("250 2.0.0 Ok");
                peer.expect("QUIT");
                peer.raw(answer);
              })) {
        assertTrue(
            DeliveryTest.client(server)
                .deliver(Envelope.of("a@b", "c@d"), MessageSource.of(new byte[0]))
                .allAccepted());
      }
    }
  }

  @Test
  void silenceAtQuit() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.expect("QUIT");
              peer.end();
            })) {
      LmtpClient client =
          LmtpClient.builder(server.address())
              .helloName("here")
              .patience(LONG, SHORT, LONG, LONG, LONG)
              .build();
      client.connect().close();
    }
  }

  @Test
  void exceptionIsSerializable() throws Exception {
    LmtpException e = new LmtpException(Kind.REFUSED, "unix:/x refuses", Reply.plain(554, "No"));
    assertEquals("unix:/x refuses: 554 No", e.getMessage());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(e);
    LmtpException read =
        (LmtpException)
            new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    assertEquals(Kind.REFUSED, read.kind());
    assertTrue(read.reply().isEmpty());
  }
}
