package dev.lmtp.io;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Who leads: one thread, or for the moment none. Counted up at each change, so that it is odd while
 * somebody leads, and who looks twice knows whether anything happened in between.
 */
final class Lead {
  private final AtomicLong term = new AtomicLong();

  /** Takes the lead where nobody has it. Returns whether the calling thread leads now. */
  boolean take() {
    long seen = term.get();
    return (seen & 1) == 0 && term.compareAndSet(seen, seen + 1);
  }

  /** Gives the lead up, for the leader. All it did before is seen by the next one. */
  void leave() {
    term.set(term.get() + 1);
  }

  boolean isTaken() {
    return (term.get() & 1) == 1;
  }

  long term() {
    return term.get();
  }
}
