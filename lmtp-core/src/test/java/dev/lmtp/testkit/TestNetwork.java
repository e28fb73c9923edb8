package dev.lmtp.testkit;

import dev.lmtp.io.MemoryAddress;
import dev.lmtp.io.Ticker;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Connections within this process, and a clock that stands still until it is moved: every patience
 * of a client or server on an {@link #address} of this network is kept by it. So a test of what
 * happens after ten minutes takes no time, and no test fails because a machine is slow.
 *
 * <pre>{@code
 * TestNetwork network = new TestNetwork();
 * try (LmtpServer server = LmtpServer.builder(agent).listen(network.address("lmtp")).start();
 *     LmtpConnection client = LmtpClient.builder(network.address("lmtp")).build().connect()) {
 *   network.advanceToDeadline(Duration.ofMinutes(5)); // the server's patience is over
 * }
 * }</pre>
 *
 * <p>Whoever wants connections without a socket but in real time listens on {@code memory:NAME}.
 * Safe for any thread.
 */
public final class TestNetwork {

  /** How long a test waits, in real time, for somebody to wait. */
  private static final long GIVE_UP_SECONDS = 30;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Due> alarms = new ArrayList<>();
  private final Clock clock = new Clock();
  private long now = 1;

  /** A network of its own: names mean nothing on another one. */
  public TestNetwork() {}

  /** An address to listen on, and to connect to. */
  public SocketAddress address(String name) {
    return MemoryAddress.of(name, clock);
  }

  /**
   * Lets time pass. What is due on the way happens at its time, in its order; what that makes other
   * threads do, they do when they come to it, perhaps later.
   */
  public void advance(Duration time) {
    long end;
    lock.lock();
    try {
      end = now + time.toNanos();
    } finally {
      lock.unlock();
    }
    for (Due due = nextBy(end); due != null; due = nextBy(end)) {
      due.action.run();
    }
  }

  /** Takes the earliest alarm and moves to its time; where there is none, moves to the end. */
  private Due nextBy(long end) {
    lock.lock();
    try {
      Due next = earliest();
      if (next == null || next.deadline > end) {
        now = Math.max(now, end);
        return null;
      }
      now = Math.max(now, next.deadline);
      alarms.remove(next);
      return next;
    } finally {
      lock.unlock();
    }
  }

  private Due earliest() {
    return alarms.stream().min(Comparator.comparingLong(alarm -> alarm.deadline)).orElse(null);
  }

  /** {@link #awaitDeadline}, and lets that time pass. */
  public void advanceToDeadline(Duration time) {
    awaitDeadline(time);
    advance(time);
  }

  /**
   * Waits until the next thing that anybody waits for ends after exactly that time.
   *
   * @throws IllegalStateException where that is not so within half a minute of real time
   */
  public void awaitDeadline(Duration time) {
    long left = TimeUnit.SECONDS.toNanos(GIVE_UP_SECONDS);
    lock.lock();
    try {
      while (earliest() == null || earliest().deadline - now != time.toNanos()) {
        if (left <= 0) {
          String found =
              earliest() == null ? "nothing" : Duration.ofNanos(earliest().deadline - now) + "";
          throw new IllegalStateException("nobody waits for " + time + ", but for " + found);
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  private final class Clock implements Ticker {
    @Override
    public long now() {
      lock.lock();
      try {
        return now;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public Ticker.Alarm at(long deadline, Runnable action) {
      Due alarm = new Due(deadline, action);
      boolean passed;
      lock.lock();
      try {
        passed = deadline <= now;
        if (!passed) {
          alarms.add(alarm);
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
      if (passed) {
        action.run();
      }
      return alarm;
    }
  }

  private final class Due implements Ticker.Alarm {
    private final long deadline;
    private final Runnable action;

    private Due(long deadline, Runnable action) {
      this.deadline = deadline;
      this.action = action;
    }

    @Override
    public void cancel() {
      lock.lock();
      try {
        alarms.remove(this);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
