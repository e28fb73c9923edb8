package dev.lmtp.io;

import static dev.lmtp.io.Setting.watched;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.io.Setting.Pair;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Input that arrives while the wait for it is being ended. The test plays the watchdog: it ends
 * what waits as if the deadline had passed, so that the two meet many times a second.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RaceTest {
  private static final String ALL = "dev.lmtp.io.Setting#all";
  private static final int ROUNDS = 200;

  private final Random random = new Random(7);

  @ParameterizedTest
  @MethodSource(ALL)
  void aFillIsEitherDeliveredOrExpired(Setting setting) throws Exception {
    long later = Deadlines.after(Setting.LONG.multipliedBy(2));
    for (int round = 0; round < ROUNDS; round++) {
      try (Pair pair = setting.connect()) {
        Future<Integer> fill = fillWhileInputArrives(pair);
        watched(pair.near()).endExpired(later);

        boolean delivered = isDelivered(fill, SocketTimeoutException.class);
        boolean expired = watched(pair.near()).reading.state() == Wait.EXPIRED;
        assertTrue(delivered || expired);
        assertNextFill(pair, expired ? SocketTimeoutException.class : null);
        assertOutputWorks(pair);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aFillIsEitherDeliveredOrWoken(Setting setting) throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      try (Pair pair = setting.connect()) {
        Future<Integer> fill = fillWhileInputArrives(pair);
        pair.near().wake();

        int count = fill.get();
        assertTrue(count == 0 || count == 1, "count " + count);
        assertTrue(pair.near().woken());
        assertOutputWorks(pair);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aFillIsEitherDeliveredOrClosed(Setting setting) throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      try (Pair pair = setting.connect()) {
        Future<Integer> fill = fillWhileInputArrives(pair);
        pair.near().close();

        isDelivered(fill, ClosedChannelException.class);
        assertNextFill(pair, ClosedChannelException.class);
        assertFalse(watched(pair.near()).channel.isOpen());
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aDrainEndsHoweverDeadlineAndCloseMeet(Setting setting) throws Exception {
    long later = Deadlines.after(Setting.LONG.multipliedBy(2));
    for (int round = 0; round < ROUNDS / 20; round++) {
      try (Pair pair = setting.connect()) {
        Future<Void> drain = pair.startDrain(4 << 20, Setting.LONG);
        pair.awaitBlockedWrite();
        Future<?> close =
            pair.start(
                () -> {
                  pair.near().close();
                  return null;
                });
        watched(pair.near()).endExpired(later);

        assertInstanceOf(IOException.class, Setting.failure(drain));
        close.get();
        assertFalse(watched(pair.near()).channel.isOpen());
      }
    }
  }

  @Test
  void anOldDeadlineNeverHitsALaterWait() throws Exception {
    AtomicReference<Wait> current = new AtomicReference<>(new Wait());
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService executor = WorkerThreads.platform("watchdog");
    try {
      Future<?> watchdog =
          executor.submit(
              () -> {
                while (!done.get()) {
                  // Always past the early deadlines, never past the late ones.
                  current.get().expire(Deadlines.after(Setting.LONG.dividedBy(2)));
                }
              });
      int expired = 0;
      for (int round = 0; round < 200_000 || expired == 0; round++) {
        Wait wait = current.get();
        long early = wait.begin(Deadlines.after(Duration.ZERO));
        pause(20);
        if (wait.end(early) == Wait.EXPIRED) {
          expired++;
          current.set(new Wait());
          continue;
        }
        long late = wait.begin(Deadlines.after(Setting.LONG));
        pause(20);
        assertEquals(Wait.IDLE, wait.end(late));
      }
      done.set(true);
      watchdog.get();
    } finally {
      done.set(true);
      executor.shutdown();
    }
  }

  private Future<Integer> fillWhileInputArrives(Pair pair) {
    Future<Integer> fill = pair.startFill(ByteBuffer.allocate(8), Setting.LONG);
    if (random.nextBoolean()) {
      pair.awaitFilling();
    }
    pair.executor()
        .execute(
            () -> {
              try {
                pair.send("x");
              } catch (IOException e) {
                // The near end was quicker: its input is shut down, or it is closed.
              }
            });
    pause(2_000);
    return fill;
  }

  private void pause(int most) {
    for (int i = random.nextInt(most); i > 0; i--) {
      Thread.onSpinWait();
    }
  }

  private static boolean isDelivered(Future<Integer> fill, Class<? extends IOException> ending)
      throws InterruptedException {
    try {
      assertEquals(1, fill.get());
      return true;
    } catch (ExecutionException e) {
      assertInstanceOf(ending, e.getCause());
      return false;
    }
  }

  /** Expects the error, or input where there is none. */
  private static void assertNextFill(Pair pair, Class<? extends IOException> error)
      throws Exception {
    Future<Integer> fill = pair.startFill(ByteBuffer.allocate(8), Setting.LONG);
    if (error != null) {
      assertInstanceOf(error, Setting.failure(fill));
    } else {
      pair.send("y");
      assertEquals(1, fill.get());
    }
  }

  private static void assertOutputWorks(Pair pair) throws IOException {
    pair.near().drain(US_ASCII.encode("421 bye\r\n"), Setting.LONG);
    ByteBuffer received = ByteBuffer.allocate(9);
    while (received.hasRemaining()) {
      assertTrue(pair.far().read(received) > 0);
    }
  }
}
