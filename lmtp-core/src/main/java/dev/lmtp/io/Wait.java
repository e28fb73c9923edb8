package dev.lmtp.io;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Whether a thread waits in one direction of a channel, until when, and who ended that.
 *
 * <p>One {@code volatile long} says it all. Its values are the states:
 *
 * <pre>
 *   IDLE          nobody waits
 *   a deadline    a thread waits, in the clock of {@link Deadlines}; always above the constants
 *   EXPIRED       the deadline passed while a thread waited; for good
 *   WOKEN         somebody wants the waiting to end; for good
 *   CLOSED        the channel is closed or about to be; for good
 * </pre>
 *
 * <p>Every step is one compare-and-set, so exactly one thread wins it:
 *
 * <pre>
 *   from       to         by                      what the winner does
 *   IDLE       deadline   begin, waiting thread   enters the blocking call
 *   deadline   IDLE       end, waiting thread     returns the result of the call
 *   deadline   EXPIRED    expire, watchdog        shuts the direction down: the call returns
 *   deadline   WOKEN      wake, any thread        shuts the direction down: the call returns
 *   IDLE       WOKEN      wake, any thread        nothing: the next begin sees it
 *   any        CLOSED     close, any thread       ends the call, closes the channel
 * </pre>
 *
 * <p>That the deadline is itself the mark of a waiting thread is what keeps an old deadline from
 * hitting a later wait. The watchdog compares with the very deadline it found passed. Where that
 * wait ended meanwhile and another began, the value differs and the watchdog loses; where both have
 * the same deadline, it has passed for the later one too.
 *
 * <p>A call may succeed in the moment in which it is ended. Then {@link #end} reports the ending,
 * the caller still delivers what the call returned, and the next {@link #begin} reports it again:
 * the direction is shut, so there is nothing to wait for.
 */
final class Wait {
  static final long IDLE = 0;
  static final long EXPIRED = 1;
  static final long WOKEN = 2;
  static final long CLOSED = 3;

  /** The least value that is a deadline. */
  static final long FIRST_DEADLINE = 4;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Wait.class, "state", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile long state = IDLE;

  /** Returns the deadline where the caller may wait now, else the state that forbids it. */
  long begin(long deadline) {
    long witness = (long) STATE.compareAndExchange(this, IDLE, deadline);
    if (witness >= FIRST_DEADLINE) {
      throw new IllegalStateException("another thread waits in the same direction");
    }
    if (witness != IDLE) {
      return witness;
    }
    Deadlines.expect(deadline);
    return deadline;
  }

  /** Returns IDLE where the wait ended by itself, else the state that ended it. */
  long end(long deadline) {
    return STATE.compareAndSet(this, deadline, IDLE) ? IDLE : state;
  }

  /** Whether the caller has to end a call whose deadline passed. */
  boolean expire(long now) {
    long seen = state;
    return seen >= FIRST_DEADLINE && seen <= now && STATE.compareAndSet(this, seen, EXPIRED);
  }

  /** Whether the caller has to end a call that waits. */
  boolean wake() {
    for (long seen = state; seen == IDLE || seen >= FIRST_DEADLINE; seen = state) {
      if (STATE.compareAndSet(this, seen, WOKEN)) {
        return seen != IDLE;
      }
    }
    return false;
  }

  /** Returns the state before. */
  long close() {
    return (long) STATE.getAndSet(this, CLOSED);
  }

  long state() {
    return state;
  }

  /** Whether there is no waiting any more, now or later. */
  boolean isEnded() {
    long seen = state;
    return seen != IDLE && seen < FIRST_DEADLINE;
  }

  /** Returns the deadline of the wait in progress, or {@link Deadlines#NONE}. */
  long deadline() {
    long seen = state;
    return seen >= FIRST_DEADLINE ? seen : Deadlines.NONE;
  }
}
