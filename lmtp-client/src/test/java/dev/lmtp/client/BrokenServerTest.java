package dev.lmtp.client;

import static dev.lmtp.client.DeliveryTest.outcomes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.client.ScriptedPeer.Connection;
import dev.lmtp.client.ScriptedPeer.Family;
import dev.lmtp.client.ScriptedPeer.Script;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Servers that fail once an envelope is on its way: nothing is thrown, every recipient typed. */
class BrokenServerTest {

  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final byte[] LARGE = large();

  private static byte[] large() {
    byte[] content = new byte[8 << 20];
    Arrays.fill(content, (byte) 'x');
    for (int i = 98; i < content.length; i += 100) {
      content[i] = '\r';
      content[i + 1] = '\n';
    }
    content[content.length - 2] = '\r';
    content[content.length - 1] = '\n';
    return content;
  }

  /** The phase in which the client's patience is short. */
  private enum Phase {
    NONE,
    COMMAND,
    DATA,
    CONTENT,
    LAST
  }

  private static DeliveryResult deliver(
      Family family, byte[] content, Phase shortOne, Script script) throws IOException {
    try (ScriptedPeer server = ScriptedPeer.start(family, script)) {
      LmtpClient client =
          LmtpClient.builder(server.address())
              .helloName("here")
              .patience(
                  LONG,
                  shortOne == Phase.COMMAND ? SHORT : LONG,
                  shortOne == Phase.DATA ? SHORT : LONG,
                  shortOne == Phase.CONTENT ? SHORT : LONG,
                  shortOne == Phase.LAST ? SHORT : LONG)
              .build();
      try (LmtpConnection connection = client.connect()) {
        DeliveryResult result =
            connection.deliver(Envelope.of("a@b", "one@c", "two@c"), MessageSource.of(content));
        assertFalse(connection.isReusable());
        return result;
      }
    }
  }

  /** How far a server goes before it fails, and what that means for two recipients. */
  private enum Until {
    MAIL("NOT_SENT MAIL, NOT_SENT MAIL") {
      @Override
      void play(Connection peer) throws IOException {
        peer.expectStart("MAIL");
      }
    },
    RCPT("NOT_SENT RCPT, NOT_SENT RCPT") {
      @Override
      void play(Connection peer) throws IOException {
        peer.expectStart("MAIL");
        peer.say("250 2.1.0 Ok");
        peer.expectStart("RCPT");
      }
    },
    DATA("NOT_SENT DATA, REJECTED RCPT") {
      @Override
      void play(Connection peer) throws IOException {
        peer.expectStart("MAIL");
        peer.say("250 2.1.0 Ok");
        peer.expectStart("RCPT");
        peer.say("250 2.1.5 Ok");
        peer.expectStart("RCPT");
        peer.say("550 5.1.1 No");
        peer.expect("DATA");
      }
    },
    CONTENT("NOT_SENT CONTENT, NOT_SENT CONTENT") {
      @Override
      void play(Connection peer) throws IOException {
        peer.envelope(2);
        peer.expect("DATA");
        peer.say("354 Go on");
        peer.octets(1000);
      }
    },
    DOT("UNKNOWN FINAL, UNKNOWN FINAL") {
      @Override
      void play(Connection peer) throws IOException {
        peer.envelope(2);
        peer.content();
      }
    },
    FIRST_REPLY("ACCEPTED FINAL, UNKNOWN FINAL") {
      @Override
      void play(Connection peer) throws IOException {
        peer.envelope(2);
        peer.content();
        peer.say("250 2.1.5 Ok");
      }
    },
    HALF_REPLY("DEFERRED FINAL, UNKNOWN FINAL") {
      @Override
      void play(Connection peer) throws IOException {
        peer.envelope(2);
        peer.content();
        peer.raw("450 4.2.0 Later\r\n250-2.1.5 Ok\r\n25");
      }
    };

    final String outcomes;

    Until(String outcomes) {
      this.outcomes = outcomes;
    }

    Phase phase() {
      return switch (this) {
        case MAIL, RCPT -> Phase.COMMAND;
        case DATA -> Phase.DATA;
        case CONTENT -> Phase.CONTENT;
        default -> Phase.LAST;
      };
    }

    abstract void play(Connection peer) throws IOException;

    byte[] content() {
      return this == CONTENT ? LARGE : "x\r\n".getBytes(StandardCharsets.US_ASCII);
    }
  }

  private enum Failing {
    CLOSES,
    RESETS,
    STOPS,
    GARBLES
  }

  static List<Arguments> everyFailure() {
    List<Arguments> cases = new ArrayList<>();
    for (Family family : Family.values()) {
      for (Until until : Until.values()) {
        for (Failing failing : Failing.values()) {
          cases.add(Arguments.of(family, until, failing));
        }
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("everyFailure")
  @DisplayName("L5 S10 H51 H52 H55: a server fails at each stage")
  void failure(Family family, Until until, Failing failing) throws IOException {
    Phase patience = failing == Failing.STOPS ? until.phase() : Phase.NONE;
    DeliveryResult result =
        deliver(
            family,
            until.content(),
            patience,
            peer -> {
              // One command at a time, so that the stage is what it is called.
              peer.greet();
              until.play(peer);
              switch (failing) {
                case CLOSES -> peer.close();
                case RESETS -> peer.reset();
                case GARBLES -> {
                  peer.raw("\r\nwhat?\r\n");
                  peer.rest();
                }
                case STOPS -> {
                  if (until == Until.CONTENT) {
                    // Reading on would make room for more; wait until the client gives up.
                    peer.awaitReset();
                  } else {
                    peer.rest();
                  }
                }
              }
            });
    assertEquals(until.outcomes, outcomes(result));
    result.recipients().forEach(recipient -> assertFalse(recipient.detail().isEmpty()));
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  @DisplayName("H53 S11: one 421 answers everything that is outstanding")
  void closing(Family family) throws IOException {
    for (String reply : List.of("421 4.3.2 Going down", "421-4.3.2 Going\r\n421 4.3.2 down")) {
      Script pipelined =
          peer -> {
            peer.greet("PIPELINING");
            peer.expectStart("MAIL");
            peer.say(reply);
            peer.rest();
          };
      assertEquals(
          List.of(Outcome.DEFERRED, Outcome.DEFERRED),
          outcome(deliver(family, LARGE, Phase.NONE, pipelined)));
    }
    Script instead =
        peer -> {
          peer.greet("PIPELINING");
          peer.envelope(2);
          peer.content();
          peer.say("250 2.1.5 Ok", "421 4.3.2 Going down");
          peer.rest();
        };
    assertEquals(
        "ACCEPTED FINAL, DEFERRED FINAL",
        outcomes(deliver(family, new byte[0], Phase.NONE, instead)));
  }

  private static List<Outcome> outcome(DeliveryResult result) {
    return result.recipients().stream().map(recipient -> recipient.outcome()).toList();
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  @DisplayName("H54: a refusal in the middle of the content is read, though the server hung up")
  void earlyRefusal(Family family) throws IOException {
    for (String reply : List.of("552 5.3.4 Too big", "421 4.3.0 Too slow")) {
      DeliveryResult result =
          deliver(
              family,
              LARGE,
              Phase.NONE,
              peer -> {
                peer.greet("PIPELINING");
                peer.envelope(2);
                peer.expect("DATA");
                peer.say("354 Go on");
                peer.octets(1000);
                peer.say(reply);
                peer.close();
              });
      String expected = reply.startsWith("5") ? "REJECTED CONTENT" : "DEFERRED CONTENT";
      assertEquals(expected + ", " + expected, outcomes(result));
    }
  }

  /** One line, which is not there before something else has happened. */
  private static InputStream afterwards(CountDownLatch reading, CountDownLatch happened) {
    return new ByteArrayInputStream("x\r\n".getBytes(StandardCharsets.US_ASCII)) {
      @Override
      public synchronized int read(byte[] target, int from, int length) {
        reading.countDown();
        try {
          happened.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        return super.read(target, from, length);
      }
    };
  }

  @ParameterizedTest
  @CsvSource({"552 5.3.4 Too big, REJECTED CONTENT", "250 2.0.0 Ok, NOT_SENT CONTENT"})
  @DisplayName("H54: the write that holds the final dot fails, so nobody can have the message")
  void writeOfTheEndFails(String reply, String expected) throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.envelope(2);
              peer.expect("DATA");
              peer.say("354 Go on");
              reading.await();
              peer.say(reply);
              peer.close();
              closed.countDown();
            })) {
      DeliveryResult result =
          DeliveryTest.client(server)
              .deliver(
                  Envelope.of("a@b", "one@c", "two@c"),
                  MessageSource.of(afterwards(reading, closed)));
      assertEquals(expected + ", " + expected, outcomes(result));
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  @DisplayName("H54: who refuses early need not read all the rest")
  void earlyRefusalIsHeard(Family family) throws IOException {
    DeliveryResult result =
        deliver(
            family,
            LARGE,
            Phase.NONE,
            peer -> {
              peer.greet();
              peer.envelope(2);
              peer.expect("DATA");
              peer.say("354 Go on");
              peer.octets(1000);
              peer.say("552 5.3.4 Too big");
              assertTrue(peer.rest() < LARGE.length - 2000);
            });
    assertEquals("REJECTED CONTENT, REJECTED CONTENT", outcomes(result));
  }

  @Test
  @DisplayName("H54: an early 250 is no success, behind the 354 or within a large content")
  void early250() throws IOException {
    Script atOnce =
        peer -> {
          peer.greet("PIPELINING");
          peer.envelope(2);
          peer.expect("DATA");
          peer.say("354 Go on", "250 2.0.0 Ok", "250 2.0.0 Ok");
          peer.rest();
        };
    assertEquals(
        "NOT_SENT CONTENT, NOT_SENT CONTENT",
        outcomes(deliver(Family.UNIX, new byte[0], Phase.NONE, atOnce)));
    Script within =
        peer -> {
          peer.greet("CHUNKING");
          peer.envelope(2);
          int count = Connection.chunk(peer.line());
          peer.octets(count / 4);
          peer.say("250 2.0.0 Ok", "250 2.0.0 Ok");
          peer.rest();
        };
    assertEquals(
        "NOT_SENT CONTENT, NOT_SENT CONTENT",
        outcomes(deliver(Family.UNIX, LARGE, Phase.NONE, within)));
  }

  @ParameterizedTest
  @CsvSource({
    "PIPELINING, 250 2.0.0 Ok, NOT_SENT CONTENT",
    "PIPELINING, 552 5.3.4 Too big, REJECTED CONTENT",
    "PIPELINING, '', NOT_SENT CONTENT",
    "CHUNKING, 250 2.0.0 Ok, NOT_SENT CONTENT",
    "CHUNKING, 552 5.3.4 Too big, REJECTED FINAL",
    "CHUNKING, '', NOT_SENT CONTENT"
  })
  @DisplayName("H54: what is said before a content of one block is heard before it is sent")
  void earlyReplyToASmallContent(String keyword, String reply, String expected) throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch said = new CountDownLatch(1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING", keyword);
              peer.expectStart("MAIL");
              peer.expectStart("RCPT");
              peer.expectStart("RCPT");
              String replies = "250 2.1.0 Ok\r\n550 5.1.1 No\r\n250 2.1.5 Ok\r\n";
              if (keyword.equals("PIPELINING")) {
                peer.expect("DATA");
                replies += "354 Go on\r\n";
              }
              peer.raw(replies);
              told.await();
              if (reply.isEmpty()) {
                peer.shutdownOutput();
              } else {
                peer.say(reply);
              }
              said.countDown();
              peer.end();
            })) {
      try (LmtpConnection connection = DeliveryTest.client(server).connect()) {
        DeliveryResult result =
            connection.deliver(
                Envelope.of("a@b", "one@c", "two@c"),
                MessageSource.of("x\r\n".getBytes(StandardCharsets.US_ASCII)),
                recipient -> {
                  told.countDown();
                  try {
                    said.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
        assertEquals("REJECTED RCPT, " + expected, outcomes(result));
      }
    }
  }

  @Test
  @DisplayName("H54: a reply that began before the final dot is no success, and what it is unknown")
  void replyAroundTheFinalDot() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch said = new CountDownLatch(1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.envelope(2);
              peer.expect("DATA");
              peer.say("354 Go on");
              reading.await();
              peer.raw("250 2.0");
              said.countDown();
              peer.dotted();
              peer.say(".0 Ok", "250 2.0.0 Ok");
              peer.rest();
            })) {
      DeliveryResult result =
          DeliveryTest.client(server)
              .deliver(
                  Envelope.of("a@b", "one@c", "two@c"),
                  MessageSource.of(afterwards(reading, said)));
      assertEquals("UNKNOWN FINAL, UNKNOWN FINAL", outcomes(result));
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  @DisplayName("H54: the chunk is refused early, for each recipient, and the server hangs up")
  void earlyRefusalOfChunk(Family family) throws IOException {
    DeliveryResult result =
        deliver(
            family,
            LARGE,
            Phase.NONE,
            peer -> {
              peer.greet("PIPELINING", "CHUNKING");
              peer.envelope(2);
              peer.expectStart("BDAT");
              peer.octets(1000);
              peer.say("552 5.3.4 Too big", "452 4.2.2 Full");
              peer.close();
            });
    assertEquals("REJECTED FINAL, DEFERRED FINAL", outcomes(result));
  }

  @Test
  @DisplayName("E5: a chunk cut short is not sent, a whole one without replies unknown")
  void chunkCutShort() throws IOException {
    Script inside =
        peer -> {
          peer.greet("CHUNKING");
          peer.envelope(2);
          peer.octets(Connection.chunk(peer.line()) / 2);
          peer.close();
        };
    assertEquals(
        List.of(Outcome.NOT_SENT, Outcome.NOT_SENT),
        outcome(deliver(Family.UNIX, LARGE, Phase.NONE, inside)));
    Script behind =
        peer -> {
          peer.greet("CHUNKING");
          peer.envelope(2);
          peer.octets(Connection.chunk(peer.line()));
          peer.close();
        };
    assertEquals(
        List.of(Outcome.UNKNOWN, Outcome.UNKNOWN),
        outcome(deliver(Family.UNIX, LARGE, Phase.NONE, behind)));
  }

  @Test
  @DisplayName("L8: a server that answers the last chunk once for all")
  void oneReplyForChunk() throws IOException {
    DeliveryResult result =
        deliver(
            Family.UNIX,
            LARGE,
            Phase.LAST,
            peer -> {
              peer.greet("CHUNKING");
              peer.envelope(2);
              peer.octets(Connection.chunk(peer.line()));
              peer.say("503 5.5.1 No");
              peer.rest();
            });
    assertEquals("REJECTED FINAL, UNKNOWN FINAL", outcomes(result));
  }

  @Test
  @DisplayName("H51: more replies than recipients; the connection is not used again")
  void tooManyReplies() throws IOException {
    DeliveryResult result =
        deliver(
            Family.UNIX,
            new byte[0],
            Phase.NONE,
            peer -> {
              peer.greet("PIPELINING");
              peer.envelope(2);
              peer.content();
              peer.say("250 2.0.0 Ok", "250 2.0.0 Ok", "250 2.0.0 Ok");
              peer.rest();
            });
    assertEquals("ACCEPTED FINAL, ACCEPTED FINAL", outcomes(result));
  }

  @Test
  @DisplayName("H60: the last line of a reply that mixes codes counts")
  void mixedCodes() throws IOException {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.message("550-5.1.1 No\r\n250 2.0.0 Ok", "250-2.0.0 Ok\r\n451 4.0.0 No");
              peer.quit();
            })) {
      DeliveryResult result =
          DeliveryTest.client(server)
              .deliver(Envelope.of("a@b", "one@c", "two@c"), MessageSource.of(new byte[0]));
      assertEquals("ACCEPTED FINAL, DEFERRED FINAL", outcomes(result));
    }
  }

  @Test
  @DisplayName("An interrupt ends a delivery as a loss of the connection does")
  void interrupt() throws IOException {
    Thread deliverer = Thread.currentThread();
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.envelope(2);
              peer.content();
              deliverer.interrupt();
              peer.rest();
            })) {
      DeliveryResult result =
          DeliveryTest.client(server)
              .deliver(Envelope.of("a@b", "one@c", "two@c"), MessageSource.of(new byte[0]));
      assertTrue(Thread.interrupted());
      assertEquals("UNKNOWN FINAL, UNKNOWN FINAL", outcomes(result));
    }
  }
}
