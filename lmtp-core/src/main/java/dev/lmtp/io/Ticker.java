package dev.lmtp.io;

import java.time.Duration;

/**
 * The time by which a connection's deadlines are kept. Every connection brings its own: that of the
 * system over a socket, and one that a test moves by hand over memory.
 *
 * <p>Times are nanoseconds from some origin, positive and ordered by {@code <}. Safe for any
 * thread.
 */
public interface Ticker {

  /** The time of the system: {@code System.nanoTime()} and the watchdog. */
  Ticker SYSTEM =
      new Ticker() {
        @Override
        public long now() {
          return Deadlines.now();
        }

        @Override
        public Alarm at(long deadline, Runnable action) {
          return Deadlines.at(deadline, action);
        }
      };

  /** Something that is to be done when its time has come. */
  interface Alarm {
    /** Nothing is done from now on, unless it has begun. Twice does no harm. */
    void cancel();
  }

  /** The time now. */
  long now();

  /**
   * Has something done once, when a time has come.
   *
   * @param deadline when; where it has passed, at once
   * @param action on a thread of the ticker's, where it must not block; what it throws is logged
   */
  Alarm at(long deadline, Runnable action);

  /** The deadline of what may take so long from now on; what is not positive ends at once. */
  default long after(Duration patience) {
    return Deadlines.after(now(), patience);
  }

  /** How long it is until a deadline; negative where it has passed. */
  default Duration until(long deadline) {
    return Duration.ofNanos(deadline - now());
  }
}
