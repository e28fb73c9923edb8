package dev.lmtp.client;

import static dev.lmtp.client.DeliveryTest.client;
import static dev.lmtp.client.DeliveryTest.message;
import static dev.lmtp.client.DeliveryTest.outcomes;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.client.ScriptedPeer.Connection;
import dev.lmtp.client.ScriptedPeer.Family;
import dev.lmtp.client.ScriptedPeer.Script;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class PoolTest {

  private static final Envelope ONE = Envelope.of("a@b", "one@c");
  private static final Envelope TWO = Envelope.of("a@b", "one@c", "two@d");
  private static final String OK = "250 2.0.0 Ok";

  private static void ok(LmtpPool pool, LmtpClient client) throws LmtpException {
    assertTrue(pool.deliver(client, ONE, message("x")).allAccepted());
  }

  /** Takes so many messages, and then a farewell. */
  private static Script takes(int messages, String... keywords) {
    return peer -> {
      peer.greet(keywords);
      for (int i = 0; i < messages; i++) {
        peer.message(OK);
      }
      peer.quit();
    };
  }

  private static boolean hasThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("lmtp-pool") && thread.isAlive());
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  @DisplayName("L5: messages share a connection, with RSET where one is open; QUIT at the end")
  void reuses(Family family) throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            family,
            peer -> {
              peer.greet("PIPELINING");
              peer.message(OK);
              peer.expectStart("MAIL");
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("550 5.1.1 No");
              peer.expect("DATA");
              peer.say("503 5.5.1 No");
              peer.expect("RSET");
              peer.say("250 2.0.0 Ok");
              peer.message(OK);
              peer.quit();
            })) {
      LmtpClient client = client(server);
      try (LmtpPool pool = LmtpPool.builder().build()) {
        ok(pool, client);
        assertEquals("REJECTED RCPT", outcomes(pool.deliver(client, ONE, message("x"))));
        ok(pool, client);
      }
      assertFalse(hasThread());
    }
  }

  @Test
  void readmeExample(@TempDir Path folder) throws Exception {
    List<Path> spool = new ArrayList<>();
    for (String name : List.of("1", "2", "3")) {
      spool.add(Files.writeString(folder.resolve(name), "hi\r\n"));
    }
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.message(OK);
              peer.message("452 4.2.2 Full");
              peer.message(OK);
              peer.quit();
            })) {
      DeliveringExample.pool(client(server), ONE, spool);
    }
    assertEquals(List.of("2"), List.of(folder.toFile().list()));
  }

  /** What a server does with a connection that rests, and what may be done in the end. */
  private enum Stale {
    END(peer -> {}),
    SHUTDOWN(peer -> peer.say("421 4.3.2 Shutting down")),
    BABBLE(peer -> peer.say("250 2.0.0 Nobody asked")),
    RESET(Connection::reset);

    final Script script;

    Stale(Script script) {
      this.script = script;
    }
  }

  @ParameterizedTest
  @EnumSource(Stale.class)
  @DisplayName("H53: what the server ended or said meanwhile is found, and nobody hears of it")
  void findsStale(Stale how) throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.TCP,
            peer -> {
              peer.greet("PIPELINING");
              peer.message(OK);
              how.script.run(peer);
              peer.close();
              gone.countDown();
            },
            takes(1))) {
      LmtpClient client = client(server);
      try (LmtpPool pool = LmtpPool.builder().build()) {
        ok(pool, client);
        gone.await();
        ok(pool, client);
      }
    }
  }

  /** How a server loses a connection that rested, when the next envelope comes. */
  private enum Loss {
    BEFORE_REPLIES(peer -> peer.expectStart("MAIL")),
    WITHIN_REPLIES(
        peer -> {
          peer.expectStart("MAIL");
          peer.say("250 2.1.0 Ok");
          peer.expectStart("RCPT");
          peer.say("250 2.1.5 Ok");
        }),
    CLOSING(
        peer -> {
          peer.expectStart("MAIL");
          peer.say("421 4.4.2 Idle for too long");
        }),
    CLOSING_LATE(
        peer -> {
          peer.envelope(2);
          peer.expect("DATA");
          peer.say("421 4.7.0 Too many messages");
        });

    final Script script;

    Loss(Script script) {
      this.script = script;
    }
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  @DisplayName(
      "S11 H53: lost with the envelope, it goes over a fresh connection; told once, a stream too")
  void overAgain(Loss how) throws Exception {
    List<RecipientResult> told = new ArrayList<>();
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.message(OK);
              how.script.run(peer);
              peer.close();
            },
            peer -> {
              peer.greet("PIPELINING");
              assertEquals("whole\r\n", new String(peer.message(OK, OK), US_ASCII));
              peer.quit();
            })) {
      LmtpClient client = client(server);
      try (LmtpPool pool = LmtpPool.builder().build()) {
        ok(pool, client);
        MessageSource stream =
            MessageSource.of(new ByteArrayInputStream("whole".getBytes(US_ASCII)));
        DeliveryResult result = pool.deliver(client, TWO, stream, told::add);
        assertTrue(result.allAccepted());
        assertEquals(result.recipients(), told);
      }
    }
  }

  @Test
  @DisplayName("S11: but once, and only where nothing else is known; then each is told")
  void notAgain() throws Exception {
    List<String> told = new ArrayList<>();
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.message(OK);
              peer.expectStart("MAIL");
            },
            peer -> {
              // The fresh one is lost as well.
              peer.greet("PIPELINING");
              peer.expectStart("MAIL");
            },
            peer -> {
              peer.greet("PIPELINING");
              peer.message(OK);
              peer.expectStart("MAIL");
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("550 5.1.1 No");
            },
            peer -> {
              peer.greet("PIPELINING");
              peer.message(OK);
              peer.envelope(2);
              peer.expect("DATA");
              peer.say("354 Go on");
            },
            peer -> {
              peer.greet("PIPELINING");
              peer.message(OK);
              peer.envelope(2);
              peer.content();
            })) {
      LmtpClient client = client(server);
      try (LmtpPool pool = LmtpPool.builder().build()) {
        ok(pool, client);
        assertEquals("NOT_SENT DATA, NOT_SENT DATA", told(pool, client, told));
        ok(pool, client);
        assertEquals("REJECTED RCPT, NOT_SENT DATA", told(pool, client, told));
        ok(pool, client);
        assertEquals("NOT_SENT CONTENT, NOT_SENT CONTENT", told(pool, client, told));
        ok(pool, client);
        assertEquals("UNKNOWN FINAL, UNKNOWN FINAL", told(pool, client, told));
      }
      assertEquals(8, told.size(), told::toString);
    }
  }

  /** More than the socket holds, so that it cannot have left where nobody reads. */
  private static String told(LmtpPool pool, LmtpClient client, List<String> told)
      throws LmtpException {
    boolean read = told.size() == 6;
    return outcomes(
        pool.deliver(
            client,
            TWO,
            message(read ? "x" : "x\r\n".repeat(1 << 20)),
            one -> told.add(one.outcome().name())));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 60000, 60000, ''",
    "9, 0, 60000, ''",
    "9, 60000, 0, ''",
    "9, 60000, 60000, MAILMAX=1"
  })
  @DisplayName("E10: no more messages, rest, age or MAIL than allowed; each ends by QUIT")
  void limits(int messages, int idle, int age, String limits) throws Exception {
    String[] keywords = limits.isEmpty() ? new String[0] : new String[] {"LIMITS " + limits};
    try (ScriptedPeer server =
        ScriptedPeer.start(Family.UNIX, takes(1, keywords), takes(1, keywords))) {
      LmtpClient client = client(server);
      try (LmtpPool pool =
          LmtpPool.builder()
              .messages(messages)
              .idle(Duration.ofMillis(idle))
              .age(Duration.ofMillis(age))
              .build()) {
        ok(pool, client);
        ok(pool, client);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"RCPTMAX=1 MAILMAX=2", "RCPTDOMAINMAX=2"})
  @DisplayName("E10: an envelope for which the rest of the session's limits may not suffice")
  void sessionLimits(String limits) throws Exception {
    boolean split = limits.startsWith("RCPTMAX");
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            takes(1, "LIMITS " + limits),
            peer -> {
              peer.greet("LIMITS " + limits);
              if (split) {
                peer.message(OK);
                peer.message(OK);
              } else {
                peer.message(OK, OK);
              }
              peer.quit();
            })) {
      LmtpClient client = client(server);
      try (LmtpPool pool = LmtpPool.builder().build()) {
        ok(pool, client);
        assertTrue(pool.deliver(client, TWO, message("x")).allAccepted());
      }
    }
  }

  @Test
  @DisplayName("what has been idle for too long ends by QUIT, and the thread with the last of it")
  void idle() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              takes(2).run(peer);
              ended.countDown();
            },
            takes(1))) {
      LmtpClient client = client(server);
      try (LmtpPool pool = LmtpPool.builder().idle(Duration.ofMillis(1_500)).build()) {
        ok(pool, client);
        ok(pool, client);
        assertTrue(hasThread());
        ended.await();
        while (hasThread()) {
          Thread.onSpinWait();
        }
        ok(pool, client);
      }
      assertFalse(hasThread());
    }
  }

  @Test
  @DisplayName("beyond the connections of a destination deliveries wait; another one's do not")
  void waits() throws Exception {
    CompletableFuture<Thread> waiting = new CompletableFuture<>();
    CountDownLatch begun = new CountDownLatch(1);
    try (ScriptedPeer other = ScriptedPeer.start(Family.UNIX, takes(1));
        ScriptedPeer server =
            ScriptedPeer.start(
                Family.UNIX,
                peer -> {
                  peer.greet();
                  peer.envelope(1);
                  peer.content();
                  begun.countDown();
                  Thread second = waiting.get();
                  while (second.getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                  }
                  peer.say(OK);
                  peer.message(OK);
                  peer.quit();
                })) {
      LmtpClient client = client(server);
      LmtpPool pool = LmtpPool.builder().connections(1).build();
      try (pool) {
        CompletableFuture<Void> first = delivery(pool, client, new CompletableFuture<>());
        begun.await();
        ok(pool, client(other));
        CompletableFuture<Void> second = delivery(pool, client, waiting);
        first.get();
        second.get();
      }
    }
  }

  private static CompletableFuture<Void> delivery(
      LmtpPool pool, LmtpClient client, CompletableFuture<Thread> by) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                ok(pool, client);
                done.complete(null);
              } catch (LmtpException | AssertionError e) {
                done.completeExceptionally(e);
              }
            });
    thread.start();
    by.complete(thread);
    return done;
  }

  @Test
  @DisplayName("waiting has an end, by time and by interrupt; a closed pool delivers what it began")
  void waitingEnds() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Duration wait = Duration.ofMillis(1_500);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.envelope(1);
              peer.content();
              begun.countDown();
              goOn.await();
              peer.say(OK);
              peer.quit();
            })) {
      LmtpClient client =
          LmtpClient.builder(server.address())
              .helloName("here")
              .patience(
                  wait,
                  Duration.ofMinutes(1),
                  Duration.ofMinutes(1),
                  Duration.ofMinutes(1),
                  Duration.ofMinutes(1))
              .build();
      LmtpPool pool = LmtpPool.builder().connections(1).build();
      CompletableFuture<Void> first = delivery(pool, client, new CompletableFuture<>());
      begun.await();
      assertEquals(Kind.TIMEOUT, assertThrows(LmtpException.class, () -> ok(pool, client)).kind());
      Thread.currentThread().interrupt();
      assertEquals(Kind.CONNECT, assertThrows(LmtpException.class, () -> ok(pool, client)).kind());
      assertTrue(Thread.interrupted());
      pool.close();
      assertThrows(IllegalStateException.class, () -> ok(pool, client));
      goOn.countDown();
      first.get();
      assertFalse(hasThread());
    }
  }

  @Test
  @DisplayName("a message that is unfit costs no connection")
  void unfit() throws Exception {
    try (ScriptedPeer server = ScriptedPeer.start(Family.UNIX, takes(2))) {
      LmtpClient client =
          LmtpClient.builder(server.address())
              .helloName("here")
              .lineEnds(LmtpClient.LineEnds.REFUSE)
              .build();
      try (LmtpPool pool = LmtpPool.builder().build()) {
        ok(pool, client);
        LmtpException e =
            assertThrows(
                LmtpException.class, () -> pool.deliver(client, ONE, message("bare\nline")));
        assertEquals(Kind.CONTENT, e.kind());
        ok(pool, client);
      }
    }
  }
}
