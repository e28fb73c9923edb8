package dev.lmtp.client;

import static dev.lmtp.client.DeliveryTest.client;
import static dev.lmtp.client.DeliveryTest.message;
import static dev.lmtp.client.DeliveryTest.outcomes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.client.ScriptedPeer.Connection;
import dev.lmtp.client.ScriptedPeer.Family;
import dev.lmtp.testkit.FaultyServer;
import dev.lmtp.testkit.FaultyServer.Fault;
import dev.lmtp.testkit.FaultyServer.Moment;
import dev.lmtp.testkit.TestNetwork;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deliveries that a deadline or another thread ends: servers' patience alone is five minutes. */
@Timeout(60)
class DeliveryEndTest {

  private static final Duration SHORT = Duration.ofSeconds(3);
  private static final Envelope TWO = Envelope.of("a@b", "one@c", "two@c");

  /** How far the server comes before it says nothing more, and what is known then. */
  private enum Stage {
    MAIL("NOT_SENT DATA, NOT_SENT DATA"),
    DATA("NOT_SENT DATA, NOT_SENT DATA"),
    CONTENT("NOT_SENT CONTENT, NOT_SENT CONTENT"),
    FINAL("UNKNOWN FINAL, UNKNOWN FINAL"),
    SECOND("ACCEPTED FINAL, UNKNOWN FINAL");

    final String outcomes;

    Stage(String outcomes) {
      this.outcomes = outcomes;
    }

    void play(Connection peer) throws IOException {
      if (this == MAIL) {
        peer.expectStart("MAIL");
        return;
      }
      peer.envelope(2);
      peer.expect("DATA");
      if (this != DATA) {
        peer.say("354 Go on");
      }
      if (this == CONTENT) {
        // So the client has begun.
        peer.octets(1);
      }
      if (compareTo(FINAL) >= 0) {
        peer.dotted();
      }
      if (this == SECOND) {
        peer.say("250 2.1.5 Stored");
      }
    }

    /** More than sockets hold, where the server does not read it. */
    MessageSource message() {
      return DeliveryEndTest.message(this == CONTENT ? 2 << 20 : 72);
    }
  }

  private static MessageSource message(int size) {
    return DeliveryTest.message(("x".repeat(70) + "\r\n").repeat(size / 72));
  }

  private static LmtpClient hasty(ScriptedPeer server) throws IOException {
    return LmtpClient.builder(server.address()).helloName("here").deliveryPatience(SHORT).build();
  }

  @ParameterizedTest
  @EnumSource(Stage.class)
  @DisplayName("the deadline ends a delivery in any phase, with the outcomes that are true")
  void deadline(Stage stage) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              stage.play(peer);
              done.await();
            })) {
      DeliveryResult result = hasty(server).deliver(TWO, stage.message());
      done.countDown();
      assertEquals(stage.outcomes, outcomes(result));
      assertEquals(
          "the delivery has taken 3.0 s and is not done", result.recipients().get(1).detail());
    }
  }

  @Test
  @DisplayName("the time to connect is within the deadline of a client's delivery")
  void deadlineBeforeTheEnvelope() throws Exception {
    try (ScriptedPeer server = ScriptedPeer.start(Family.UNIX, Connection::rest)) {
      LmtpException e =
          assertThrows(
              LmtpException.class, () -> hasty(server).deliver(TWO, DeliveryTest.message("x")));
      assertEquals(Kind.TIMEOUT, e.kind());
      assertTrue(e.getMessage().endsWith("has taken 3.0 s and is not done"), e::getMessage);
    }
  }

  @Test
  @DisplayName("what a slow source gives behind the deadline is not sent, though it need not wait")
  void slowSource() throws Exception {
    InputStream slow =
        new InputStream() {
          private boolean given;

          @Override
          public int read() {
            throw new AssertionError();
          }

          @Override
          public int read(byte[] block, int offset, int length) throws IOException {
            if (given) {
              return -1;
            }
            try {
              assertFalse(
                  new CountDownLatch(1).await(SHORT.toMillis() + 200, TimeUnit.MILLISECONDS));
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            given = true;
            block[offset] = 'x';
            return 1;
          }
        };
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.envelope(2);
              peer.expect("DATA");
              peer.say("354 Go on");
              assertEquals(0, peer.rest());
            })) {
      DeliveryResult result = hasty(server).deliver(TWO, MessageSource.of(slow));
      assertEquals("NOT_SENT CONTENT, NOT_SENT CONTENT", outcomes(result));
    }
  }

  @Test
  @DisplayName("the deadline goes by the clock of the connection")
  void anotherClock() throws Exception {
    // As nothing else: a final reply may take ten minutes.
    Duration whole = Duration.ofMinutes(7);
    TestNetwork network = new TestNetwork();
    FaultyServer server =
        FaultyServer.start(network.address("lmtp"), Fault.tooLittle(Moment.FINAL));
    try (server) {
      LmtpClient client =
          LmtpClient.builder(network.address("lmtp")).deliveryPatience(whole).build();
      CompletableFuture<DeliveryResult> result =
          CompletableFuture.supplyAsync(
              () -> {
                try (LmtpConnection connection = client.connect()) {
                  return connection.deliver(TWO, message(72));
                } catch (LmtpException e) {
                  throw new AssertionError(e);
                }
              });
      network.advanceToDeadline(whole);
      assertEquals("UNKNOWN FINAL, UNKNOWN FINAL", outcomes(result.get()));
    }
  }

  @Test
  @DisplayName("a delivery within its time leaves nothing behind for the next")
  void inTime() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              peer.message("250 2.0.0 Ok", "250 2.0.0 Ok");
              peer.message("250 2.0.0 Ok", "250 2.0.0 Ok");
              peer.quit();
            })) {
      LmtpClient client =
          LmtpClient.builder(server.address())
              .helloName("here")
              .deliveryPatience(Duration.ofSeconds(Long.MAX_VALUE))
              .build();
      try (LmtpConnection connection = client.connect()) {
        assertTrue(connection.deliver(TWO, message(72)).allAccepted());
        assertTrue(connection.deliver(TWO, message(72)).allAccepted());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Stage.class)
  @DisplayName("another thread ends a delivery in any phase, with the outcomes that are true")
  void cancelled(Stage stage) throws Exception {
    CompletableFuture<LmtpConnection> delivering = new CompletableFuture<>();
    CountDownLatch first = new CountDownLatch(stage == Stage.SECOND ? 1 : 0);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING");
              stage.play(peer);
              first.await();
              delivering.get().cancel();
              peer.rest();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        delivering.complete(connection);
        DeliveryResult result =
            connection.deliver(TWO, stage.message(), recipient -> first.countDown());
        assertEquals(stage.outcomes, outcomes(result));
        assertEquals("cancelled", result.recipients().get(1).detail());
        assertFalse(connection.isReusable());
      }
    }
  }

  @Test
  @DisplayName("a connection that was cancelled before says so, and nothing was delivered")
  void cancelledBefore() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.rest();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        connection.cancel();
        LmtpException e =
            assertThrows(LmtpException.class, () -> connection.deliver(TWO, message(72)));
        assertEquals(Kind.CONNECT, e.kind());
        assertTrue(e.getMessage().endsWith(": cancelled"), e::getMessage);
      }
    }
  }

  @Test
  @DisplayName("a file that is cut off in the moment of its last octet may have been delivered")
  void cancelledFile(@TempDir Path folder) throws Exception {
    Path file =
        Files.write(
            folder.resolve("m"), "x\r\n".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII));
    CompletableFuture<LmtpConnection> delivering = new CompletableFuture<>();
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("CHUNKING");
              peer.envelope(2);
              peer.octets(Connection.chunk(peer.line()));
              delivering.get().cancel();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        delivering.complete(connection);
        assertEquals(
            "UNKNOWN FINAL, UNKNOWN FINAL",
            outcomes(connection.deliver(TWO, MessageSource.of(file))));
      }
    }
  }
}
