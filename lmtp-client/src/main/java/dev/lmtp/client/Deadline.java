package dev.lmtp.client;

import dev.lmtp.io.Ticker;
import java.time.Duration;

/** When a delivery as a whole has to be over, beside the patience of its phases. */
record Deadline(Duration patience, Ticker ticker, long end) {

  static final Deadline NONE = new Deadline(Duration.ofNanos(Long.MAX_VALUE / 2), Ticker.SYSTEM, 0);

  /** Begins now, by some clock; {@code null} is no deadline. */
  static Deadline after(Duration patience, Ticker ticker) {
    return patience == null || patience.compareTo(NONE.patience) >= 0
        ? NONE
        : new Deadline(patience, ticker, ticker.after(patience));
  }

  /** The same by another clock. */
  Deadline by(Ticker other) {
    return equals(NONE) || ticker.equals(other)
        ? this
        : new Deadline(patience, other, other.after(left()));
  }

  /** What is left of some patience; zero or less where the time is over. */
  Duration within(Duration phase) {
    Duration left = left();
    return left.compareTo(phase) < 0 ? left : phase;
  }

  boolean isOver() {
    return left().compareTo(Duration.ZERO) <= 0;
  }

  private Duration left() {
    return equals(NONE) ? patience : ticker.until(end);
  }
}
