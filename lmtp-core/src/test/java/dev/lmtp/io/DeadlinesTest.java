package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeadlinesTest {
  @Test
  void aDeadlineIsNeverAConstantOfTheStateMachine() {
    long now = Deadlines.now();

    assertTrue(now >= Wait.FIRST_DEADLINE);
    assertTrue(Deadlines.after(Duration.ZERO) >= now);
    assertTrue(Deadlines.after(Duration.ofDays(-1)) >= now);
    assertTrue(Deadlines.after(Duration.ofSeconds(Long.MIN_VALUE)) >= now);
  }

  @Test
  void patienceWithoutEndDoesNotOverflow() {
    long forever = Deadlines.after(ChronoUnit.FOREVER.getDuration());

    assertTrue(forever > Deadlines.after(Duration.ofDays(36500)));
    assertTrue(forever < Deadlines.NONE);
  }

  @Test
  void noWaitIsOverlooked() throws Exception {
    // Threads start waits with deadlines in any order while the watchdog scans and sleeps.
    ExecutorService executor = WorkerThreads.platform("waits");
    try {
      List<Future<List<WatchedChannel>>> starts = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        Random random = new Random(thread);
        starts.add(executor.submit(() -> startWaits(random, 250)));
      }
      for (Future<List<WatchedChannel>> start : starts) {
        for (WatchedChannel channel : start.get()) {
          awaitExpired(channel.reading);
          awaitExpired(channel.writing);
          channel.close();
        }
      }
    } finally {
      executor.shutdown();
    }
  }

  private static List<WatchedChannel> startWaits(Random random, int count) throws Exception {
    List<WatchedChannel> channels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      WatchedChannel channel = new WatchedChannel(SocketChannel.open());
      channel.writing.begin(Deadlines.after(Duration.ofMillis(random.nextInt(400))));
      channel.reading.begin(Deadlines.after(Duration.ofMillis(random.nextInt(400))));
      channels.add(channel);
    }
    return channels;
  }

  private static void awaitExpired(Wait wait) throws InterruptedException {
    while (wait.state() != Wait.EXPIRED) {
      Thread.sleep(1);
    }
  }

  @Test
  void theWatchdogWakesForADeadlineEarlierThanTheOneItSleepsFor() throws Exception {
    WatchedChannel patient = new WatchedChannel(SocketChannel.open());
    WatchedChannel impatient = new WatchedChannel(SocketChannel.open());
    long late = Deadlines.after(Setting.LONG);
    patient.reading.begin(late);
    while (watchdog().getState() != Thread.State.TIMED_WAITING) {
      Thread.sleep(1);
    }
    impatient.reading.begin(Deadlines.after(Duration.ZERO));

    awaitExpired(impatient.reading);
    assertEquals(late, patient.reading.deadline());
    patient.close();
    impatient.close();
  }

  @Test
  void theWatchdogSleepsWithoutWakingWhereNobodyWaits() throws Exception {
    WatchedChannel idle = new WatchedChannel(SocketChannel.open());
    WatchedChannel waited = new WatchedChannel(SocketChannel.open());
    waited.reading.begin(Deadlines.after(Duration.ZERO));
    awaitExpired(waited.reading);
    waited.close();

    Thread watchdog = watchdog();
    assertTrue(watchdog.isDaemon());
    while (watchdog.getState() != Thread.State.WAITING) {
      Thread.sleep(1);
    }
    idle.close();
  }

  @Test
  void anInterruptedWatchdogGoesOn() throws Exception {
    WatchedChannel channel = new WatchedChannel(SocketChannel.open());
    Thread watchdog = watchdog();
    watchdog.interrupt();
    channel.reading.begin(Deadlines.after(Setting.SHORT));

    awaitExpired(channel.reading);
    // Or it would never sleep again.
    while (watchdog.isInterrupted()) {
      Thread.sleep(1);
    }
    channel.close();
  }

  @Test
  void aClosedChannelIsForgotten() throws Exception {
    WeakReference<WatchedChannel> closed = closed();
    while (closed.get() != null) {
      System.gc();
      Thread.sleep(1);
    }
  }

  private static WeakReference<WatchedChannel> closed() throws IOException {
    WatchedChannel channel = new WatchedChannel(SocketChannel.open());
    channel.close();
    return new WeakReference<>(channel);
  }

  private static Thread watchdog() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("lmtp-deadlines"))
        .findAny()
        .orElseThrow();
  }
}
