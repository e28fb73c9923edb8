package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.IntPredicate;

/** Clients that deliver good messages beside whatever else a server has to bear. */
final class BusyPeers implements Closeable {

  /** What each message is. */
  static final String CONTENT = "Subject: good\r\n\r\n" + ".".repeat(70).concat("\r\n").repeat(50);

  private static final Envelope ENVELOPE =
      Envelope.of("good@example.org", "ann@example.org", "ben@example.org");

  private final List<LmtpConnection> connections = new ArrayList<>();
  private final ExecutorService threads;

  /** Connects so many of them. */
  BusyPeers(String address, int count) throws IOException {
    threads = Executors.newFixedThreadPool(count);
    for (int i = 0; i < count; i++) {
      connections.add(LmtpClient.to(address).connect());
    }
  }

  /**
   * Every one of them delivers for as long as that is true of the number delivered before, and each
   * message is accepted for each recipient.
   *
   * @return how many messages in all
   */
  Future<Integer> deliver(IntPredicate goOn) {
    List<Future<Integer>> running = new ArrayList<>();
    for (LmtpConnection connection : connections) {
      running.add(threads.submit(() -> deliver(connection, goOn)));
    }
    FutureTask<Integer> sum = new FutureTask<>(() -> sum(running));
    new Thread(sum, "busy peers").start();
    return sum;
  }

  private static int sum(List<Future<Integer>> running)
      throws InterruptedException, ExecutionException {
    int sum = 0;
    for (Future<Integer> each : running) {
      sum += each.get();
    }
    return sum;
  }

  private static int deliver(LmtpConnection connection, IntPredicate goOn) throws IOException {
    int delivered = 0;
    while (goOn.test(delivered)) {
      byte[] content = CONTENT.getBytes(StandardCharsets.ISO_8859_1);
      DeliveryResult result = connection.deliver(ENVELOPE, MessageSource.of(content));
      assertTrue(result.allAccepted(), result::toString);
      delivered++;
    }
    return delivered;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    connections.forEach(LmtpConnection::close);
  }
}
