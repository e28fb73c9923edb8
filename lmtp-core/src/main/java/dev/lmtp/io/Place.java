package dev.lmtp.io;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A connection among those that wait at one selector: who acts on it, and what the selector looks
 * for.
 *
 * <pre>
 *   RESTING   nobody; the selector looks for input
 *   RUNNING   a thread, its owner; the selector still looks for input, in vain if it finds any
 *   MUTED     a thread, its owner; the selector looks for nothing
 *   BLOCKING  a thread, its owner, which waits in each call; the selector does not know it
 *   OUT       nobody; the leader is to put it into the selector again
 *
 *   from      to        by       when
 *   RESTING   RUNNING   leader   input was found, or the place was called: the leader runs it
 *   RUNNING   MUTED     leader   input was found: not to find it again and again
 *   OUT       RESTING   leader   was called
 *   RUNNING   RESTING   owner    the step is over
 *   MUTED     RESTING   owner    the step is over; the selector has to look again
 *   R. or M.  BLOCKING  owner    it has to wait for its peer within the step
 *   BLOCKING  OUT       owner    the step is over
 * </pre>
 *
 * <p>What costs is to change what the selector looks for, and it is done only where input comes
 * while the owner is busy, or where the owner has to wait itself. Input is announced as long as it
 * is there, so none is overlooked; the end of a wait is announced once, by {@link #call}, and so it
 * is looked for behind each step.
 */
final class Place {
  private enum State {
    RESTING,
    RUNNING,
    MUTED,
    BLOCKING,
    OUT
  }

  final LeaderFollowers.Session session;
  private final LeaderFollowers leaders;
  private final WatchedChannel watched;
  private final AtomicReference<State> state = new AtomicReference<>(State.RESTING);
  private SelectionKey key;

  Place(LeaderFollowers leaders, LeaderFollowers.Session session, WatchedChannel watched) {
    this.leaders = leaders;
    this.session = session;
    this.watched = watched;
  }

  // ---------------------------------------------------------------- the leader

  /** Input was found here. Returns whether the leader is to run the session. */
  boolean becameReady() {
    if (state.get() == State.RUNNING) {
      // Before it is said: behind that, only the owner tells what to look for.
      lookFor(0);
      if (state.compareAndSet(State.RUNNING, State.MUTED)) {
        return false;
      }
      lookFor(SelectionKey.OP_READ);
    }
    return state.compareAndSet(State.RESTING, State.RUNNING);
  }

  /**
   * Somebody called. Returns as {@link #becameReady}.
   *
   * @throws CancelledKeyException where the selector has not let go of the channel yet
   */
  boolean wasCalled(Selector selector) {
    if (state.get() == State.OUT) {
      boolean isIn = register(selector);
      state.set(State.RESTING);
      if (isIn && !watched.reading.isEnded()) {
        return false;
      }
    }
    return becameReady();
  }

  /** Puts the channel into the selector; false where it is closed. */
  boolean register(Selector selector) {
    try {
      // Found only when it is complete.
      key = watched.channel.register(selector, 0, this);
      lookFor(SelectionKey.OP_READ);
      return true;
    } catch (ClosedChannelException e) {
      return false;
    }
  }

  // ---------------------------------------------------------------- the owner

  /** Waits in each call, from now on to the end of the step. */
  void block() throws IOException {
    if (!blocks()) {
      // Before it is said: a place that blocks is not looked away from.
      key.cancel();
      state.set(State.BLOCKING);
      watched.channel.configureBlocking(true);
      leaders.ensureLeader();
    }
  }

  /** Whether the owner waits in each call. */
  boolean blocks() {
    return state.get() == State.BLOCKING;
  }

  /** Ends a step. The caller does not own the place any longer. */
  void rest() {
    if (blocks()) {
      unblock();
      state.set(State.OUT);
      call();
      return;
    }
    if (!state.compareAndSet(State.RUNNING, State.RESTING)) {
      state.set(State.RESTING);
      lookFor(SelectionKey.OP_READ);
      leaders.wakeSelector();
    }
    // Who runs it by now has ended the wait in another way, or the session is over.
    if (watched.reading.isEnded()) {
      call();
    }
  }

  private void unblock() {
    try {
      watched.channel.configureBlocking(false);
    } catch (IOException e) {
      // It is closed, which the next step is told.
    }
  }

  // ---------------------------------------------------------------- any thread

  /** Tells that a wait was ended by other than input. */
  void call() {
    leaders.call(this);
  }

  private void lookFor(int operations) {
    try {
      if (key.isValid()) {
        key.interestOps(operations);
      }
    } catch (CancelledKeyException e) {
      // The channel is closed, which its wait tells.
    }
  }
}
