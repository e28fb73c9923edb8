package dev.lmtp.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.BodyType;
import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.client.ScriptedPeer.Family;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions with servers that behave. */
class DeliveryTest {

  private static final String MAIL = "Subject: x\r\n\r\nhi\r\n.dot\r\n";
  private static final String[] ALL = {"PIPELINING", "8BITMIME", "SIZE 1000", "CHUNKING"};

  static MessageSource message(String text) {
    return MessageSource.of(text.getBytes(US_ASCII));
  }

  static LmtpClient client(ScriptedPeer peer) throws IOException {
    return LmtpClient.builder(peer.address()).helloName("here").build();
  }

  static String outcomes(DeliveryResult result) {
    return result.recipients().stream()
        .map(recipient -> recipient.outcome() + " " + recipient.stage())
        .collect(Collectors.joining(", "));
  }

  @ParameterizedTest
  @CsvSource({
    "UNIX, ''",
    "UNIX, PIPELINING",
    "UNIX, CHUNKING",
    "UNIX, PIPELINING CHUNKING",
    "TCP, ''",
    "TCP, PIPELINING",
    "TCP, CHUNKING",
    "TCP, PIPELINING CHUNKING"
  })
  @DisplayName("L5: each recipient has the outcome its own replies justify, in the given order")
  void outcomePerRecipient(Family family, String keywords) throws Exception {
    String[] offered = keywords.isEmpty() ? new String[0] : keywords.split(" ");
    List<RecipientResult> told = new ArrayList<>();
    try (ScriptedPeer server =
        ScriptedPeer.start(
            family,
            peer -> {
              peer.greet(offered);
              peer.expect("MAIL FROM:<a@b>");
              peer.say("250 2.1.0 Ok");
              peer.expect("RCPT TO:<stored@c>");
              peer.say("250 2.1.5 Ok");
              peer.expect("RCPT TO:<nobody@c>");
              peer.say("550-5.1.1 No", "550 5.1.1 such user");
              peer.expect("RCPT TO:<full@c>");
              peer.say("250 2.1.5 Ok");
              peer.expect("RCPT TO:<stored@c>");
              peer.say("250");
              peer.expect("RCPT TO:<busy@c>");
              peer.say("450 4.2.1 Later");
              assertEquals(MAIL, new String(peer.content(), US_ASCII));
              peer.say("250 2.1.5 Stored", "452 4.2.2 Over quota", "554 Virus");
              peer.quit();
            })) {
      DeliveryResult result;
      try (LmtpConnection connection = client(server).connect()) {
        result =
            connection.deliver(
                Envelope.of("a@b", "stored@c", "nobody@c", "full@c", "stored@c", "busy@c"),
                message(MAIL),
                told::add);
        assertTrue(connection.isReusable());
      }
      assertEquals(
          "ACCEPTED FINAL, REJECTED RCPT, DEFERRED FINAL, REJECTED FINAL, DEFERRED RCPT",
          outcomes(result));
      assertEquals("No such user", result.recipients().get(1).detail());
      assertEquals(554, result.recipients().get(3).reply().orElseThrow().code());
      assertEquals(5, told.size());
      assertTrue(told.containsAll(result.recipients()));
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  @DisplayName("L5: an outcome is told while the others are still open")
  void toldAtOnce(Family family) throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            family,
            peer -> {
              peer.greet("PIPELINING");
              peer.envelope(2);
              peer.content();
              peer.say("250 2.1.5 First");
              told.await();
              peer.say("250 2.1.5 Second");
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        assertTrue(
            connection
                .deliver(
                    Envelope.of("a@b", "one@c", "two@c"), message("x"), one -> told.countDown())
                .allAccepted());
      }
    }
  }

  @Test
  @DisplayName("E1: MAIL, RCPTs and DATA leave in one write, content and final dot in another")
  void writes() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING", "8BITMIME", "SIZE");
              assertEquals(
                  "MAIL FROM:<a@b> SIZE=4\r\nRCPT TO:<one@c>\r\nRCPT TO:<two@c>\r\nDATA\r\n",
                  peer.burst());
              peer.say("250 2.1.0 Ok", "250 2.1.5 Ok", "250 2.1.5 Ok", "354 Go on");
              assertEquals("hi\r\n.\r\n", peer.burst());
              peer.say("250 2.0.0 Ok", "250 2.0.0 Ok");
              peer.quit();
            })) {
      assertTrue(
          client(server)
              .deliver(Envelope.of("a@b", "one@c", "two@c"), message("hi\n"))
              .allAccepted());
    }
  }

  @Test
  @DisplayName(
      "E5: the chunk's command and its octets leave in one write, behind the RCPTs' replies")
  void chunkInOneWrite() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet(ALL);
              assertEquals(
                  "MAIL FROM:<a@b> SIZE=4 BODY=8BITMIME\r\nRCPT TO:<one@c>\r\n", peer.burst());
              peer.say("250 2.1.0 Ok", "250 2.1.5 Ok");
              assertEquals("BDAT 4 LAST\r\n\u00e9.\r\n", peer.burst());
              peer.say("250 2.0.0 Ok");
              peer.quit();
            })) {
      MessageSource source = MessageSource.of(new byte[] {(byte) 0xE9, '.', '\r', '\n'});
      assertTrue(client(server).deliver(Envelope.of("a@b", "one@c"), source).allAccepted());
    }
  }

  @Test
  @DisplayName("H58: without PIPELINING every command waits for the reply to the one before")
  void oneByOne() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              assertEquals("MAIL FROM:<>\r\n", peer.burst());
              peer.say("250 2.1.0 Ok");
              assertEquals("RCPT TO:<one@c>\r\n", peer.burst());
              peer.say("250 2.1.5 Ok");
              assertEquals("RCPT TO:<two@c>\r\n", peer.burst());
              peer.say("250 2.1.5 Ok");
              assertEquals("DATA\r\n", peer.burst());
              peer.say("354 Go on");
              assertEquals(".\r\n", peer.burst());
              peer.say("250 2.0.0 Ok", "250 2.0.0 Ok");
              peer.quit();
            })) {
      assertTrue(
          client(server).deliver(Envelope.of("", "one@c", "two@c"), message("")).allAccepted());
    }
  }

  @Test
  @DisplayName("E1: more recipients than may be outstanding; replies keep their recipients")
  void manyRecipients() throws Exception {
    int count = 333;
    String[] recipients = new String[count];
    for (int i = 0; i < count; i++) {
      recipients[i] = "user" + i + "@c";
    }
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.expectStart("MAIL");
              peer.say("250 2.1.0 Ok");
              for (int i = 0; i < count; i++) {
                peer.expect("RCPT TO:<user" + i + "@c>");
                peer.say(i % 3 == 0 ? "550 5.1.1 No" : "250 2.1.5 Ok");
              }
              peer.content();
              for (int i = 0; i < count; i++) {
                if (i % 3 > 0) {
                  peer.say("250 2.0.0 user" + i);
                }
              }
              peer.quit();
            })) {
      DeliveryResult result =
          client(server).deliver(Envelope.of("a@b", recipients), message("x\r\n"));
      for (int i = 0; i < count; i++) {
        RecipientResult recipient = result.recipients().get(i);
        assertEquals(i % 3 == 0 ? Outcome.REJECTED : Outcome.ACCEPTED, recipient.outcome());
        assertEquals(i % 3 == 0 ? "No" : "user" + i, recipient.detail());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"PIPELINING", "ENHANCEDSTATUSCODES"})
  @DisplayName("Nobody is accepted: no content is sent, and a reset opens the next transaction")
  void allRefused(String keyword) throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet(keyword);
              peer.expectStart("MAIL");
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("550 5.1.1 No");
              if (keyword.equals("PIPELINING")) {
                peer.expect("DATA");
                peer.say("503 5.5.1 No valid recipients");
              }
              peer.expect("RSET");
              peer.say("250 2.0.0 Ok");
              peer.message("250 2.0.0 Ok");
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        Envelope envelope = Envelope.of("a@b", "one@c");
        assertEquals("REJECTED RCPT", outcomes(connection.deliver(envelope, message("x"))));
        assertEquals("ACCEPTED FINAL", outcomes(connection.deliver(envelope, message("x"))));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "451 4.3.0 Not now, DEFERRED MAIL",
    "552 5.3.4 Too big, REJECTED MAIL",
    "250 2.1.0 Ok, DEFERRED DATA"
  })
  @DisplayName("H57: the sender or DATA is refused with good recipients; a reset follows")
  void refusedBeforeContent(String toMail, String expected) throws Exception {
    boolean good = toMail.startsWith("250");
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.expectStart("MAIL");
              peer.say(toMail);
              peer.expectStart("RCPT");
              peer.say(good ? "250 2.1.5 Ok" : "503 5.5.1 Need MAIL");
              peer.expect("DATA");
              peer.say(good ? "451 4.3.0 No disk" : "503 5.5.1 Need MAIL");
              peer.expect("RSET");
              peer.say("250 2.0.0 Ok");
              peer.message("250 2.0.0 Ok");
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        Envelope envelope = Envelope.of("a@b", "one@c");
        assertEquals(expected, outcomes(connection.deliver(envelope, message("x"))));
        assertTrue(connection.deliver(envelope, message("x")).allAccepted());
      }
    }
  }

  @Test
  @DisplayName("H57: 354 although nobody was accepted is answered by a lone dot")
  void loneDot() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.expectStart("MAIL");
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("550 5.1.1 No");
              peer.expect("DATA");
              peer.say("354 Go on");
              assertEquals(0, peer.dotted().length);
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        DeliveryResult result = connection.deliver(Envelope.of("a@b", "one@c"), message("x"));
        assertEquals("REJECTED RCPT", outcomes(result));
        assertFalse(connection.isReusable());
      }
    }
  }

  @Test
  void manyMessagesOnOneConnection() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet(ALL);
              for (int i = 0; i < 50; i++) {
                String text = new String(peer.message("250 2.0.0 Ok"), US_ASCII);
                assertEquals("message " + i + "\r\n", text);
              }
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        for (int i = 0; i < 50; i++) {
          // Every other one goes behind DATA.
          MessageSource source = message("message " + i + (i % 2 == 0 ? "\n" : "\r\n"));
          assertTrue(connection.deliver(Envelope.of("a@b", "one@c"), source).allAccepted());
        }
      }
    }
  }

  @Test
  @DisplayName("The caller's own parameters are sent as given, what is not offered is left out")
  void parameters() throws Exception {
    Parameters given =
        Parameters.NONE.with(Parameter.SIZE, 77L).with(Parameter.BODY, BodyType.SEVENBIT);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet(ALL);
              peer.expect("MAIL FROM:<a@b> SIZE=77 BODY=7BIT");
              peer.close();
            },
            peer -> {
              peer.greet();
              peer.expect("MAIL FROM:<a@b>");
              peer.close();
            })) {
      Envelope envelope = Envelope.of("a@b", "one@c").withParameters(given);
      for (int i = 0; i < 2; i++) {
        assertEquals(
            "NOT_SENT",
            client(server).deliver(envelope, message("x")).recipients().get(0).outcome().name());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PIPELINING", "PIPELINING,CHUNKING"})
  @DisplayName("E10 S9: recipients beyond RCPTMAX or one too many have further transactions")
  void furtherTransactions(String keywords, @TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("message"), MAIL);
    for (MessageSource source : List.of(message(MAIL), MessageSource.of(file))) {
      try (ScriptedPeer server =
          ScriptedPeer.start(
              Family.UNIX,
              peer -> {
                peer.greet((keywords + ",LIMITS RCPTMAX=2 MAILMAX=3").split(","));
                peer.expect("MAIL FROM:<a@b>");
                peer.say("250 2.1.0 Ok");
                peer.expect("RCPT TO:<one>");
                peer.say("250 2.1.5 Ok");
                peer.expect("RCPT TO:<two>");
                peer.say("452 4.5.3 Too many");
                assertEquals(MAIL, new String(peer.content(), US_ASCII));
                peer.say("250 2.0.0 Ok");
                for (String recipient : List.of("two", "three")) {
                  peer.expect("MAIL FROM:<a@b>");
                  peer.say("250 2.1.0 Ok");
                  peer.expect("RCPT TO:<" + recipient + ">");
                  peer.say("250 2.1.5 Ok");
                  assertEquals(MAIL, new String(peer.content(), US_ASCII));
                  peer.say("250 2.0.0 Ok");
                }
                peer.quit();
              })) {
        try (LmtpConnection connection = client(server).connect()) {
          Envelope envelope = Envelope.of("a@b", "one", "two", "three", "four");
          DeliveryResult result = connection.deliver(envelope, source);
          assertEquals(
              "ACCEPTED FINAL, ACCEPTED FINAL, ACCEPTED FINAL, NOT_SENT SESSION", outcomes(result));
          assertTrue(result.recipients().get(3).detail().contains("RFC 9422"));
          assertFalse(connection.isReusable());
          LmtpException e =
              assertThrows(LmtpException.class, () -> connection.deliver(envelope, source));
          assertEquals(Kind.CONNECT, e.kind());
        }
      }
    }
  }

  @Test
  @DisplayName("S9: a stream cannot be sent again, so who is one too many is deferred")
  void noFurtherTransactionForAStream() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("LIMITS RCPTMAX=2");
              peer.expect("MAIL FROM:<a@b>");
              peer.say("250 2.1.0 Ok");
              peer.expect("RCPT TO:<one>");
              peer.say("250 2.1.5 Ok");
              peer.expect("RCPT TO:<two>");
              peer.say("452 4.5.3 Too many");
              assertEquals(MAIL, new String(peer.content(), US_ASCII));
              peer.say("250 2.0.0 Ok");
              peer.quit();
            })) {
      MessageSource stream = MessageSource.of(new ByteArrayInputStream(MAIL.getBytes(US_ASCII)));
      assertEquals(
          "ACCEPTED FINAL, DEFERRED RCPT, NOT_SENT SESSION",
          outcomes(client(server).deliver(Envelope.of("a@b", "one", "two", "three"), stream)));
    }
  }

  @Test
  @DisplayName("S2: SMTP has EHLO and one final reply for all")
  void smtp() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.TCP,
            peer -> {
              peer.say("220 there ESMTP");
              peer.expect("EHLO here");
              peer.offer("PIPELINING");
              peer.envelope(2);
              peer.content();
              peer.say("250 2.0.0 Queued");
              peer.quit();
            })) {
      LmtpClient client =
          LmtpClient.builder(server.address()).protocol(Protocol.SMTP).helloName("here").build();
      assertEquals(
          "ACCEPTED FINAL, ACCEPTED FINAL",
          outcomes(client.deliver(Envelope.of("a@b", "one@c", "two@c"), message("x"))));
    }
  }

  @Test
  @DisplayName("H58: odd keywords are understood")
  void capabilities() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.say("220 there");
              peer.expect("LHLO here");
              peer.raw("250-there\r\n250-size 1\r\n250-\r\n250-AUTH=PLAIN\r\n250 pipelining\r\n");
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        assertEquals(1, connection.capabilities().largestMessage().orElseThrow());
        assertTrue(connection.capabilities().offers(Extension.PIPELINING));
        assertFalse(connection.capabilities().offers(Extension.CHUNKING));
      }
    }
  }

  @Test
  @DisplayName("H56: a 421 or a hang-up on an idle connection is no failed delivery")
  void idleConnectionEnds() throws Exception {
    for (String lastWord : List.of("421 4.3.2 Going down\r\n", "250 Huh\r\n", "")) {
      CountDownLatch over = new CountDownLatch(1);
      try (ScriptedPeer server =
          ScriptedPeer.start(
              Family.UNIX,
              peer -> {
                peer.greet();
                peer.message("250 2.0.0 Ok");
                // Waits for nothing: on a local socket what was written has arrived.
                peer.raw(lastWord);
                peer.shutdownOutput();
                over.countDown();
                peer.rest();
              })) {
        try (LmtpConnection connection = client(server).connect()) {
          Envelope envelope = Envelope.of("a@b", "one@c");
          assertTrue(connection.deliver(envelope, message("x")).allAccepted());
          over.await();
          for (int i = 0; i < 2; i++) {
            LmtpException e =
                assertThrows(LmtpException.class, () -> connection.deliver(envelope, message("x")));
            assertEquals(Kind.CONNECT, e.kind());
          }
          assertFalse(connection.isReusable());
        }
      }
    }
  }

  @Test
  void misuse() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.message("250 2.0.0 Ok");
              peer.quit();
            })) {
      LmtpConnection connection = client(server).connect();
      Envelope nobody =
          new Envelope(Envelope.of("", "x").reversePath(), Parameters.NONE, List.of());
      assertThrows(IllegalArgumentException.class, () -> connection.deliver(nobody, message("x")));
      Envelope envelope = Envelope.of("a@b", "one@c");
      assertTrue(connection.deliver(envelope, message("x")).allAccepted());
      connection.close();
      connection.close();
      assertFalse(connection.isReusable());
      assertThrows(IllegalStateException.class, () -> connection.deliver(envelope, message("x")));
    }
  }

  @Test
  @DisplayName("What a listener throws ends the delivery without a final dot")
  void throwingListener() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.expectStart("MAIL");
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("550 5.1.1 No");
              peer.end();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        assertThrows(
            ArithmeticException.class,
            () ->
                connection.deliver(
                    Envelope.of("a@b", "one@c"),
                    message("x"),
                    one -> {
                      throw new ArithmeticException();
                    }));
        assertFalse(connection.isReusable());
      }
    }
  }
}
