package dev.lmtp.client;

import java.time.Duration;

/** When a delivery as a whole has to be over, beside the patience of its phases. */
record Deadline(Duration patience, long end) {

  static final Deadline NONE = new Deadline(Duration.ofNanos(Long.MAX_VALUE / 2), 0);

  /** Begins now; {@code null} is no deadline. */
  static Deadline after(Duration patience) {
    return patience == null || patience.compareTo(NONE.patience) >= 0
        ? NONE
        : new Deadline(patience, System.nanoTime() + patience.toNanos());
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
    return equals(NONE) ? patience : Duration.ofNanos(end - System.nanoTime());
  }
}
