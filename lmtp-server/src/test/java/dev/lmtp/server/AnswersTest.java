package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.testkit.ScriptedPeer;
import dev.lmtp.testkit.TestNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How an agent answers: from any thread, in time or not, while the peer is there or not. */
class AnswersTest {
  private static final Reply STORED = Reply.of(250, "2.0.0", "Stored");

  private final TestNetwork network = new TestNetwork();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final BlockingQueue<ServerObserver.Message> ended = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    threads.shutdownNow();
  }

  private LmtpServer.Builder server(DeliveryAgent agent) {
    return LmtpServer.builder(agent)
        .listen(network.address("lmtp"))
        .observer(
            new ServerObserver() {
              @Override
              public void ended(Message message) {
                ended.add(message);
              }
            });
  }

  private LmtpConnection connect() throws IOException {
    return LmtpClient.builder(network.address("lmtp")).build().connect();
  }

  private static DeliveryResult deliver(LmtpConnection client, String... recipients)
      throws IOException {
    return client.deliver(
        Envelope.of("a@b.c", recipients),
        MessageSource.of("hi\r\n".getBytes(StandardCharsets.US_ASCII)));
  }

  private static List<Integer> codes(DeliveryResult result) {
    return result.recipients().stream()
        .map(RecipientResult::reply)
        .map(reply -> reply.orElseThrow().code())
        .toList();
  }

  @Test
  @DisplayName("L4: answers from other threads, in another order")
  void answersFromElsewhere() throws Exception {
    DeliveryAgent agent =
        message -> {
          List<CompletableFuture<?>> all = new ArrayList<>();
          for (int i = message.recipients().size() - 1; i >= 0; i--) {
            Recipient recipient = message.recipients().get(i);
            all.add(CompletableFuture.runAsync(recipient::accept, threads));
          }
          message.awaitAnswers();
          assertEquals(3, all.size());
        };
    try (LmtpServer server = server(agent).start();
        LmtpConnection client = connect()) {
      assertTrue(deliver(client, "one@d", "two@d", "three@d").allAccepted());
      assertEquals(1, server.connections());
    }
  }

  @Test
  @DisplayName("a recipient has a deadline of its own, and those behind it need not wait longer")
  void deadlineOfOne() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    DeliveryAgent agent =
        message -> {
          message.stream().readAllBytes();
          Recipient slow = message.recipients().get(0);
          message.recipients().get(1).accept();
          slow.answerWithin(Duration.ofSeconds(20));
          message.awaitAnswers();
          // Too late: it does not count, and does not throw.
          assertFalse(slow.accept());
          told.countDown();
        };
    try (LmtpServer server = server(agent).start();
        LmtpConnection client = connect()) {
      Future<DeliveryResult> result = threads.submit(() -> deliver(client, "slow@d", "fast@d"));
      network.advanceToDeadline(Duration.ofSeconds(20));
      assertEquals(List.of(451, 250), codes(result.get()));
      assertEquals(
          "451 4.4.1 Delivery takes too long, try again",
          result.get().recipients().get(0).reply().orElseThrow().toString());
      told.await();
    }
    ServerObserver.Message message = ended.take();
    ServerObserver.Answered slow = message.recipients().get(0);
    ServerObserver.Answered fast = message.recipients().get(1);
    assertEquals(250, slow.late().orElseThrow().code());
    assertEquals(Duration.ofSeconds(20), slow.after());
    assertEquals(Duration.ZERO, slow.heldBack());
    assertEquals(Duration.ZERO, fast.after());
    assertEquals(Duration.ofSeconds(20), fast.heldBack(), "waited behind the slow one");
    assertEquals(4, message.octets());
  }

  @Test
  @DisplayName("H29: who has no answer when the peer stops waiting gets 451")
  void deadlineOfAll() throws Exception {
    BlockingQueue<Duration> left = new LinkedBlockingQueue<>();
    DeliveryAgent agent =
        message -> {
          left.add(message.timeLeft());
          message.awaitAnswers();
          left.add(message.timeLeft());
        };
    try (LmtpServer server = server(agent).replyPatience(Duration.ofSeconds(30)).start();
        LmtpConnection client = connect()) {
      Future<DeliveryResult> result = threads.submit(() -> deliver(client, "one@d", "two@d"));
      network.advanceToDeadline(Duration.ofSeconds(30));
      assertEquals(List.of(451, 451), codes(result.get()));
    }
    assertEquals(Duration.ofSeconds(30), left.take());
    assertEquals(Duration.ZERO, left.take());
  }

  @Test
  @DisplayName("an agent hears that the peer has gone, and the sender will try again")
  void peerGone() throws Exception {
    CountDownLatch has = new CountDownLatch(1);
    BlockingQueue<Object> noticed = new LinkedBlockingQueue<>();
    DeliveryAgent agent =
        message -> {
          message.afterReplies(noticed::add);
          CountDownLatch gone = new CountDownLatch(1);
          message.whenPeerGone(gone::countDown);
          while (message.next().hasRemaining()) {
            // Only the end matters.
          }
          noticed.add(message.isPeerGone());
          has.countDown();
          awaitUnchecked(gone);
          noticed.add(message.isPeerGone());
          message.replyAll(STORED);
        };
    try (LmtpServer server = server(agent).start()) {
      LmtpConnection client = connect();
      CompletableFuture<DeliveryResult> result = new CompletableFuture<>();
      Thread sender = new Thread(() -> completeWith(result, client));
      sender.start();
      has.await();
      network.advanceToDeadline(Duration.ofSeconds(1));
      network.awaitDeadline(Duration.ofSeconds(1));
      sender.interrupt();
      RecipientResult one = result.get().recipients().get(0);
      assertEquals(RecipientResult.Outcome.UNKNOWN, one.outcome());
      network.advanceToDeadline(Duration.ofSeconds(1));
      assertEquals(false, noticed.take());
      assertEquals(true, noticed.take());
      assertEquals(AfterReplies.Fate.LOST, noticed.take());
    }
  }

  private static void completeWith(
      CompletableFuture<DeliveryResult> result, LmtpConnection client) {
    try {
      result.complete(deliver(client, "one@d"));
    } catch (IOException | RuntimeException e) {
      result.completeExceptionally(e);
    }
  }

  private static void awaitUnchecked(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  @DisplayName("recipients in parallel; what one of them throws is its own 451")
  void inParallel() throws Exception {
    CountDownLatch together = new CountDownLatch(3);
    DeliveryAgent agent =
        message ->
            message.deliverEach(
                threads,
                recipient -> {
                  together.countDown();
                  awaitUnchecked(together);
                  if (recipient.index() == 1) {
                    throw new IOException("its disk is broken");
                  }
                  recipient.reply(STORED);
                });
    try (LmtpServer server = server(agent).start();
        LmtpConnection client = connect()) {
      assertEquals(List.of(250, 451, 250), codes(deliver(client, "one@d", "two@d", "three@d")));
    }
  }

  @Test
  @DisplayName("recipients in parallel; who finds no thread free is served by the session's own")
  void inParallelWithoutThreads() throws Exception {
    List<Thread> served = new CopyOnWriteArrayList<>();
    DeliveryAgent agent =
        message ->
            message.deliverEach(
                refused -> {
                  throw new RejectedExecutionException("busy");
                },
                recipient -> {
                  served.add(Thread.currentThread());
                  recipient.reply(STORED);
                });
    try (LmtpServer server = server(agent).start();
        LmtpConnection client = connect()) {
      assertEquals(List.of(250, 250, 250), codes(deliver(client, "one@d", "two@d", "three@d")));
    }
    assertEquals(Collections.nCopies(3, served.get(0)), served);
  }

  @Test
  @DisplayName("a front-end says how long it waits, and the answers come a little before")
  void deadlineOfAFrontEnd() throws Exception {
    BlockingQueue<Duration> left = new LinkedBlockingQueue<>();
    DeliveryAgent agent =
        message -> {
          message.stream().readAllBytes();
          left.add(message.timeLeft());
          message.replyAll(STORED);
        };
    try (LmtpServer server =
        server(agent)
            .trust(TrustPolicy.LOCAL.trusting("unix", Set.of(Privilege.XCLIENT)))
            .start()) {
      ScriptedPeer.connect(
          server.addresses().get(0),
          peer -> {
            peer.expect("220 *");
            peer.say("XCLIENT TIMEOUT=40");
            peer.expect("220 *");
            peer.say("LHLO me");
            for (String line = peer.line(); line.charAt(3) == '-'; line = peer.line()) {
              // the extensions
            }
            peer.say("MAIL FROM:<a@b.c>", "RCPT TO:<one@d>", "DATA");
            peer.expect("250 *");
            peer.expect("250 *");
            peer.expect("354 *");
            peer.say("hi", ".", "QUIT");
            peer.expect("250 *");
          });
    }
    Duration told = left.take();
    // Forty seconds less a tenth, and less what has passed of real time since it was said.
    assertTrue(told.compareTo(Duration.ofSeconds(36)) <= 0, told::toString);
    assertTrue(told.compareTo(Duration.ZERO) > 0, told::toString);
  }
}
