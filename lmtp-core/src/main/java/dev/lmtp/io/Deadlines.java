package dev.lmtp.io;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The watchdog: one daemon thread that ends the blocking calls whose deadline has passed.
 *
 * <p>A blocking channel read knows no timeout, and a selector for each connection would cost more
 * than the connection. So a waiting thread only writes its deadline into a {@link Wait}, and this
 * thread looks through all of them when the earliest deadline it knows of is due. It rests between
 * two scans for a tenth of a second, and with very many connections for up to a second, so that up
 * to some 100,000 of them take at most a hundredth of one processor: a deadline is never early and
 * may be late by that much. With nothing to wait for it sleeps without waking.
 *
 * <p>No wait is overlooked. {@link #next} holds the time of the next scan. A waiting thread first
 * stores its deadline, then reads {@code next}, lowers it where its deadline is earlier and wakes
 * the watchdog. The watchdog first sets {@code next} to {@link #NONE}, then scans, then lowers
 * {@code next} to the earliest deadline it met. All of these are volatile, hence in one order: a
 * thread that read {@code next} before the watchdog's NONE had stored its deadline before the scan,
 * which finds it; one that read {@code next} later lowers it itself. The same holds for a newly
 * registered channel, whose first wait follows its registration.
 *
 * <p>Times are {@code System.nanoTime()} counted from the start of this class, so that they are
 * positive, ordered by {@code <}, and never one of the constants of {@link Wait}.
 */
final class Deadlines {

  /** What the watchdog looks at. */
  interface Watched {
    /**
     * Ends what has a deadline that passed. For the watchdog; does not block.
     *
     * @return the earliest deadline that is still to come, or {@link #NONE}
     */
    long endExpired(long now);
  }

  /** Later than any deadline. */
  static final long NONE = Long.MAX_VALUE;

  private static final System.Logger LOG = System.getLogger(Deadlines.class.getName());

  private static final long MIN_REST = 100_000_000;
  private static final long MAX_REST = 1_000_000_000;

  /** How often the time of a scan goes into the rest after it; 10,000 channels take about 1 ms. */
  private static final long REST_PER_SCAN = 100;

  private static final long ORIGIN = System.nanoTime() - Wait.FIRST_DEADLINE;

  /** Some 146 years: what longer patience is cut to, so that no sum overflows. */
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE / 2);

  private static final Set<Watched> WATCHED = ConcurrentHashMap.newKeySet();
  private static final AtomicReference<Thread> WATCHDOG = new AtomicReference<>();
  private static final AtomicLong next = new AtomicLong(NONE);

  private Deadlines() {}

  static void register(Watched watched) {
    if (WATCHDOG.get() == null) {
      startWatchdog();
    }
    WATCHED.add(watched);
  }

  static void unregister(Watched watched) {
    WATCHED.remove(watched);
  }

  static long now() {
    return System.nanoTime() - ORIGIN;
  }

  /** The deadline of a wait that begins now. Patience that is not positive ends at once. */
  static long after(Duration patience) {
    return after(now(), patience);
  }

  static long after(long now, Duration patience) {
    if (patience.isNegative()) {
      return now;
    }
    return now + (patience.compareTo(FOREVER) < 0 ? patience.toNanos() : FOREVER.toNanos());
  }

  /** As {@link Ticker#at}. */
  static Ticker.Alarm at(long deadline, Runnable action) {
    Alarm alarm = new Alarm(deadline, action);
    register(alarm);
    expect(deadline);
    return alarm;
  }

  private record Alarm(long deadline, Runnable action) implements Watched, Ticker.Alarm {

    @Override
    public long endExpired(long now) {
      if (deadline > now) {
        return deadline;
      }
      if (WATCHED.remove(this)) {
        try {
          action.run();
        } catch (RuntimeException e) {
          LOG.log(Level.ERROR, "what was to be done at a deadline failed", e);
        }
      }
      return NONE;
    }

    @Override
    public void cancel() {
      unregister(this);
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** Makes sure that a scan follows the deadline. To be called after it was stored. */
  static void expect(long deadline) {
    if (lowerNext(deadline)) {
      LockSupport.unpark(WATCHDOG.get());
    }
  }

  private static boolean lowerNext(long deadline) {
    for (long seen = next.get(); deadline < seen; seen = next.get()) {
      if (next.compareAndSet(seen, deadline)) {
        return true;
      }
    }
    return false;
  }

  private static void startWatchdog() {
    // No thread-locals and no class loader from whoever happens to come first.
    Thread thread = new Thread(null, Deadlines::watch, "lmtp-deadlines", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    if (WATCHDOG.compareAndSet(null, thread)) {
      boolean started = false;
      try {
        thread.start();
        started = true;
      } finally {
        if (!started) {
          // No memory for a thread now; the next registration tries again.
          WATCHDOG.set(null);
        }
      }
    }
  }

  private static void watch() {
    for (; ; ) {
      long started = now();
      next.set(NONE);
      try {
        lowerNext(scan(started));
      } catch (RuntimeException | Error e) {
        // Without this thread no deadline would ever fire again, so it survives anything.
        lowerNext(started);
        LOG.log(Level.ERROR, "a scan of the deadlines failed and will be repeated", e);
      }
      long ended = now();
      long rest = Math.min(MAX_REST, Math.max(MIN_REST, (ended - started) * REST_PER_SCAN));
      sleepUntilNext(ended + rest);
    }
  }

  private static long scan(long now) {
    long earliest = NONE;
    for (Watched watched : WATCHED) {
      earliest = Math.min(earliest, watched.endExpired(now));
    }
    return earliest;
  }

  /** Sleeps until the next scan is due, and at least until the given time. */
  private static void sleepUntilNext(long soonest) {
    for (; ; ) {
      long due = next.get();
      long left = Math.max(due, soonest) - now();
      if (left <= 0) {
        return;
      }
      if (due == NONE) {
        LockSupport.park(WATCHED);
      } else {
        LockSupport.parkNanos(WATCHED, left);
      }
      // An interrupt is nobody's business here, and while it is pending no park would wait.
      Thread.interrupted();
    }
  }
}
