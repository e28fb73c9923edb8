package dev.lmtp.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.client.Outgoing;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Loads an LMTP server with equal messages, in any number of sessions, each with a thread where the
 * sender is not {@link LaidOut}. A program, so that its own work can be told from the server's: for
 * each line on standard input, a number of messages, it answers by the seconds that took and the
 * seconds of processor time it took itself.
 */
final class Load {

  private final Envelope envelope;
  private final String address;
  private final int sessions;
  private final byte[] content;
  private final Sender sender;
  private final int perConnection;

  private Load(
      String address, int sessions, int size, Sender sender, int perConnection, int recipients) {
    this.address = address;
    this.sessions = sessions;
    this.content = Corpus.BASE64.content(size);
    this.sender = sender;
    this.perConnection = perConnection;
    this.envelope =
        Envelope.of(
            "sender@example.org",
            IntStream.range(0, recipients)
                .mapToObj(i -> "user" + i + "@example.org")
                .toArray(String[]::new));
  }

  /**
   * Arguments: address, sessions, octets of a message, sender, messages for each connection,
   * recipients of each message (one where it goes step by step).
   */
  static void main(List<String> arguments) throws Exception {
    Load load =
        new Load(
            arguments.get(0),
            Integer.parseInt(arguments.get(1)),
            Integer.parseInt(arguments.get(2)),
            sender(arguments.get(3)),
            Integer.parseInt(arguments.get(4)),
            Integer.parseInt(arguments.get(5)));
    ExecutorService threads = Executors.newFixedThreadPool(load.sessions);
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      long cpu = system.getProcessCpuTime();
      long started = System.nanoTime();
      load.send(Integer.parseInt(order), threads);
      long ended = System.nanoTime();
      cpu = system.getProcessCpuTime() - cpu;
      System.out.println((ended - started) / 1e9 + " " + cpu / 1e9);
    }
    threads.shutdown();
  }

  private static Sender sender(String name) {
    Sender sender = Sender.valueOf(name);
    if (sender == Sender.SMTP_SOURCE) {
      throw new IllegalArgumentException("a program of its own: " + sender);
    }
    return sender;
  }

  private void send(int messages, ExecutorService threads) throws Exception {
    if (sender == Sender.LAID_OUT) {
      LaidOut.send(address, sessions, content, envelope.recipients().size(), messages);
      return;
    }
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < sessions; i++) {
      int share = messages / sessions + (i < messages % sessions ? 1 : 0);
      Callable<Void> session =
          () -> {
            for (int left = share; left > 0; left -= perConnection) {
              connection(Math.min(left, perConnection));
            }
            return null;
          };
      running.add(threads.submit(session));
    }
    for (Future<?> session : running) {
      session.get();
    }
  }

  private void connection(int messages) throws IOException {
    if (sender == Sender.STEPS) {
      try (StepByStep session = new StepByStep(address)) {
        for (int i = 0; i < messages; i++) {
          session.deliver(content);
        }
      }
      return;
    }
    try (LmtpConnection connection = LmtpClient.to(address).connect()) {
      MessageSource message = MessageSource.of(content);
      if (sender == Sender.DELIVER_ALL) {
        Outgoing each = new Outgoing(envelope, message);
        connection.deliverAll(
            Stream.generate(() -> each).limit(messages).iterator(),
            (sent, result) -> check(result));
      } else {
        for (int i = 0; i < messages; i++) {
          check(connection.deliver(envelope, message));
        }
      }
    }
  }

  private static void check(DeliveryResult result) {
    if (!result.allAccepted()) {
      throw new IllegalStateException("not accepted: " + result);
    }
  }
}
