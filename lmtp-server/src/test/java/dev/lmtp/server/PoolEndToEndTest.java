package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpPool;
import dev.lmtp.client.MessageSource;
import dev.lmtp.session.ServerSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our client's pool and our server, under many threads. */
@Timeout(120)
class PoolEndToEndTest {

  private static final int THREADS = 6;
  private static final int CONNECTIONS = 3;

  @TempDir Path folder;

  private final Queue<String> stored = new ConcurrentLinkedQueue<>();
  private final AtomicInteger most = new AtomicInteger();

  private void deliver(Duration patience, Duration pause, int each) throws Exception {
    CompletableFuture<LmtpServer> running = new CompletableFuture<>();
    DeliveryAgent agent =
        message -> {
          most.accumulateAndGet(running.join().connections(), Math::max);
          stored.add(new String(message.stream().readAllBytes(), StandardCharsets.US_ASCII));
          message.replyAll(DeliveryAgent.RECIPIENT_OK);
        };
    ServerSettings settings =
        ServerSettings.of(Protocol.LMTP, "there").withPatience(patience, Duration.ofMinutes(1));
    LmtpClient client = LmtpClient.to("unix:" + folder.resolve("s"));
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (LmtpServer server =
            LmtpServer.builder(agent)
                .listen("unix:" + folder.resolve("s"))
                .settings(settings)
                .start();
        LmtpPool pool =
            LmtpPool.builder().connections(CONNECTIONS).messages(THREADS * each).build()) {
      running.complete(server);
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        done.add(threads.submit(() -> deliver(pool, client, thread, each, pause)));
      }
      for (Future<?> one : done) {
        one.get();
      }
    } finally {
      threads.shutdown();
    }
    List<String> sent =
        IntStream.range(0, THREADS * each).mapToObj(n -> text(n / each, n % each)).toList();
    assertEquals(sent.stream().sorted().toList(), stored.stream().sorted().toList());
  }

  private static String text(int thread, int number) {
    return "Subject: " + thread + " " + number + "\r\n";
  }

  private static Void deliver(
      LmtpPool pool, LmtpClient client, int thread, int each, Duration pause) throws Exception {
    Envelope envelope = Envelope.of("me@example.org", "ada@example.org");
    for (int i = 0; i < each; i++) {
      byte[] content = text(thread, i).getBytes(StandardCharsets.US_ASCII);
      DeliveryResult result = pool.deliver(client, envelope, MessageSource.of(content));
      assertTrue(result.allAccepted(), result::toString);
      long most = pause.toNanos() + 1;
      TimeUnit.NANOSECONDS.sleep(ThreadLocalRandom.current().nextLong(most));
    }
    return null;
  }

  @Test
  @DisplayName("each message is stored once, over no more connections than allowed")
  void manyThreads() throws Exception {
    deliver(Duration.ofMinutes(1), Duration.ZERO, 200);
    assertEquals(CONNECTIONS, most.get());
  }

  @Test
  @DisplayName("H53: a server that gives up idle connections in the wrong moment fails nothing")
  void impatientServer() throws Exception {
    // Long enough for a busy machine not to lose it within a transaction.
    Duration patience = Duration.ofSeconds(2);
    deliver(patience, patience.multipliedBy(2), 4);
  }
}
