package dev.lmtp.server.interop;

import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.LmtpException;
import dev.lmtp.client.MessageSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Assertions;

/**
 * Our client in several threads, each with a connection of its own, delivering sealed messages to
 * some of the recipients each until it is told to finish. Whoever did not get an ACCEPTED is tried
 * again until it has one; where the server is away, until it is back.
 */
final class ClientLoad implements AutoCloseable {
  private static final String SENDER = "sender@example.org";
  private static final int MOST_RECIPIENTS = 3;
  private static final long AWAY_MILLIS = 5;

  private record Job(int number, int size, List<String> recipients) {
    byte[] message() {
      return SealedMessage.of(number, size);
    }
  }

  private final List<String> recipients;
  private final BiConsumer<Integer, RecipientResult> record;
  private final Semaphore permits;
  private final AtomicInteger lastNumber = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);
  private final ReentrantReadWriteLock pause = new ReentrantReadWriteLock(true);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Future<?>> workers = new ArrayList<>();
  private volatile boolean finishing;

  /**
   * A load that is not started.
   *
   * @param record is told what became of each recipient, after each attempt
   * @param permits one is taken for each message
   */
  ClientLoad(
      List<String> recipients, BiConsumer<Integer, RecipientResult> record, Semaphore permits) {
    this.recipients = recipients;
    this.record = record;
    this.permits = permits;
  }

  /** Adds a thread. */
  void start(LmtpClient client, Random random) {
    workers.add(
        threads.submit(
            () -> {
              work(client, random);
              return null;
            }));
  }

  private void work(LmtpClient client, Random random) throws Exception {
    Deque<Job> again = new ArrayDeque<>();
    while (!finishing || !again.isEmpty()) {
      try (LmtpConnection connection = client.connect()) {
        while (connection.isReusable() && (!finishing || !again.isEmpty())) {
          Job job = again.isEmpty() ? next(random) : again.remove();
          if (job != null) {
            deliver(connection, job, again);
          }
        }
      } catch (LmtpException e) {
        // A server that shuts down says so by 421.
        boolean away = e.reply().filter(reply -> reply.code() == 421).isPresent();
        if (e.kind() != LmtpException.Kind.CONNECT && !away) {
          throw e;
        }
        Thread.sleep(AWAY_MILLIS);
      }
    }
  }

  private Job next(Random random) throws InterruptedException {
    // A bound only, so that the end is noticed where no permit comes any more.
    if (!permits.tryAcquire(AWAY_MILLIS, TimeUnit.MILLISECONDS)) {
      return null;
    }
    int number = lastNumber.incrementAndGet();
    List<String> some = new ArrayList<>(recipients);
    Collections.shuffle(some, random);
    return new Job(
        number,
        SealedMessage.randomSize(random),
        List.copyOf(some.subList(0, 1 + random.nextInt(MOST_RECIPIENTS))));
  }

  private void deliver(LmtpConnection connection, Job job, Deque<Job> again) throws LmtpException {
    pause.readLock().lock();
    try {
      begun.release();
      List<String> left = new ArrayList<>();
      Envelope envelope = Envelope.of(SENDER, job.recipients().toArray(String[]::new));
      // Nothing was delivered where this throws.
      again.addFirst(job);
      connection.deliver(
          envelope,
          MessageSource.of(job.message()),
          result -> {
            record.accept(job.number(), result);
            if (result.outcome() != RecipientResult.Outcome.ACCEPTED) {
              left.add(result.recipient().mailbox().toString());
            }
          });
      again.removeFirst();
      if (!left.isEmpty()) {
        again.addLast(new Job(job.number(), job.size(), left));
      }
    } finally {
      pause.readLock().unlock();
    }
  }

  /** Delivers one more message, to everybody. */
  void deliverToAll(LmtpClient client, BiConsumer<Integer, RecipientResult> to)
      throws LmtpException {
    int number = lastNumber.incrementAndGet();
    byte[] message = SealedMessage.of(number, 1_024);
    client
        .deliver(Envelope.of(SENDER, recipients.toArray(String[]::new)), MessageSource.of(message))
        .recipients()
        .forEach(result -> to.accept(number, result));
  }

  /** How many messages there were until now. */
  int messages() {
    return lastNumber.get();
  }

  /** Waits until so many attempts have begun since the last time. */
  void awaitBegun(int attempts) throws Exception {
    await(begun, attempts);
  }

  /** Waits for permits that come as long as the load runs; fails where it does not. */
  void await(Semaphore semaphore, int permitsToCome) throws Exception {
    semaphore.drainPermits();
    if (!semaphore.tryAcquire(permitsToCome, 60, TimeUnit.SECONDS)) {
      for (Future<?> worker : workers) {
        if (worker.isDone()) {
          worker.get();
        }
      }
      Assertions.fail("the load stands still");
    }
  }

  /** Waits until nothing is under way, and lets nothing begin. */
  void pause() {
    pause.writeLock().lock();
  }

  /** The end of {@link #pause}. */
  void resume() {
    pause.writeLock().unlock();
  }

  /** Begins no new message, and waits until every one is accepted. */
  void finish() throws Exception {
    finishing = true;
    for (Future<?> worker : workers) {
      worker.get(60, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    finishing = true;
    threads.shutdownNow();
  }
}
