package dev.lmtp.io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Serves many connections with as few threads as their work allows: one selector, and one thread at
 * a time that leads, which is to wait at it and to run what became ready (the pattern
 * Leader/Followers).
 *
 * <p>The leader runs a session itself, so that as long as sessions are quick one thread does all,
 * without a switch. It gives the lead up for that time, and takes it back behind it where nobody
 * else has it. So a session may block wherever it likes:
 *
 * <ul>
 *   <li>where that kind of work usually takes long, another thread runs it, and the leader goes on;
 *   <li>where it waits for its peer, another thread is called to lead when it begins to wait;
 *   <li>where it takes long all the same, the stand-by thread notices within two milliseconds, and
 *       calls one.
 * </ul>
 *
 * <p>A thread that lost the lead to another goes back to the pool. {@link Lead} says who leads,
 * {@link Place} what becomes of a connection.
 */
public final class LeaderFollowers implements Closeable {

  /** What is done on one connection, by one thread at a time, not always the same. */
  public interface Session {
    /**
     * Goes on with what has arrived. The first step has no input. Never throws.
     *
     * @return whether there is to be a further step when input has come, or the wait for it ended
     */
    boolean step();

    /** What kind of work the next step is, from 0 to 15: work of one kind takes equally long. */
    int kind();
  }

  private static final System.Logger LOG = System.getLogger(LeaderFollowers.class.getName());

  /**
   * What takes longer is worth another thread. Far more than calling one costs: on a busy machine a
   * quick step is now and then interrupted for as long, and more threads are no help then.
   */
  private static final long LONG = 300_000;

  /** So much of a step counts, for the same reason. */
  private static final long MOST_COUNTED = 3 * LONG;

  private static final long TICK = 1_000_000;
  private static final long PAUSE = 100_000_000;

  private final ExecutorService threads = WorkerThreads.platform("lmtp");
  private final Thread standby = new Thread(null, this::standBy, "lmtp-standby", 0, false);
  private final Lead lead = new Lead();
  private final Selector selector;
  private final Consumer<SelectionKey> found = this::found;

  /** Places to be run; the leader's. */
  private final Queue<Place> ready = new ArrayDeque<>();

  /** Places whose wait was ended by other than input. */
  private final Queue<Place> called = new ConcurrentLinkedQueue<>();

  /** A moving average for each kind of work, in nanoseconds. A lost update does no harm. */
  private final long[] usual = new long[16];

  private final AtomicInteger places = new AtomicInteger();
  private volatile boolean selecting;
  private volatile boolean resting;
  private volatile boolean closing;

  /**
   * Begins, with a thread that waits.
   *
   * @throws IOException where there is no selector
   */
  public LeaderFollowers() throws IOException {
    selector = Selector.open();
    standby.setDaemon(true);
    standby.start();
    callFollower();
  }

  /**
   * Takes a connection over and begins its session, on another thread.
   *
   * @return false where it is none that can be waited for with others: in memory
   * @throws IOException where it is closed
   */
  public boolean add(Transport transport, Session session) throws IOException {
    if (!(transport.line instanceof SocketLine line)) {
      return false;
    }
    Place place = new Place(this, session, line.watched);
    line.share(place);
    if (!place.register(selector)) {
      throw new ClosedChannelException();
    }
    places.incrementAndGet();
    call(place);
    return true;
  }

  /** The threads that lead in turn, for work beside; they end with this. */
  public Executor threads() {
    return threads;
  }

  /** Ends when the last session has; those are for their owner to end. */
  @Override
  public void close() {
    closing = true;
    wakeSelector();
  }

  // ---------------------------------------------------------------- leading

  private void lead() {
    leadOn(lead.take());
  }

  /** Leads for as long as this thread has the lead. */
  private void leadOn(boolean leading) {
    while (leading) {
      Place next = ready.poll();
      if (next != null) {
        leading = handOver(next) || run(next);
      } else if (isOver()) {
        end();
        return;
      } else {
        select();
      }
    }
  }

  /** Gives a session to another thread where that pays. Returns false where it is not given. */
  private boolean handOver(Place place) {
    return usual[place.session.kind()] > LONG && execute(() -> leadOn(serve(place)));
  }

  /** Runs a session, not leading. Returns whether this thread leads behind it. */
  private boolean run(Place place) {
    lead.leave();
    if (resting) {
      LockSupport.unpark(standby);
    }
    return serve(place);
  }

  private boolean serve(Place place) {
    int kind = place.session.kind();
    long began = System.nanoTime();
    boolean goesOn = step(place);
    if (!place.blocks()) {
      long took = Math.min(System.nanoTime() - began, MOST_COUNTED);
      usual[kind] += (took - usual[kind]) / 8;
    }
    if (goesOn) {
      place.rest();
    } else {
      places.decrementAndGet();
      // The selector lets go of a closed channel when it is asked next.
      wakeSelector();
    }
    return lead.take();
  }

  private static boolean step(Place place) {
    try {
      return place.session.step();
    } catch (RuntimeException | Error e) {
      LOG.log(Level.ERROR, "a session failed", e);
      return false;
    }
  }

  private void select() {
    selecting = true;
    try {
      if (called.isEmpty() && !isOver()) {
        selector.select(found);
      } else {
        selector.selectNow(found);
      }
      selecting = false;
      for (Place place = called.peek(); place != null; place = called.peek()) {
        answer(place);
        called.remove();
      }
    } catch (IOException | RuntimeException | Error e) {
      // Without a leader no session would go on, so this survives anything.
      LOG.log(Level.ERROR, "waiting for connections failed and is repeated", e);
      LockSupport.parkNanos(PAUSE);
    } finally {
      selecting = false;
    }
    // With an interrupt pending no select would wait, and it is meant for nobody here.
    Thread.interrupted();
  }

  private void found(SelectionKey key) {
    Place place = (Place) key.attachment();
    if (place.becameReady()) {
      ready.add(place);
    }
  }

  private void answer(Place place) throws IOException {
    boolean runs;
    try {
      runs = place.wasCalled(selector);
    } catch (CancelledKeyException e) {
      // It left a moment ago, and the selector lets go only when it is asked.
      selector.selectNow(found);
      runs = place.wasCalled(selector);
    }
    if (runs) {
      ready.add(place);
    }
  }

  private boolean isOver() {
    return closing && places.get() == 0;
  }

  private void end() {
    try {
      selector.close();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "closing the selector failed", e);
    }
    threads.shutdown();
    LockSupport.unpark(standby);
  }

  // ---------------------------------------------------------------- for the places

  /** Has a place looked at though it has no input. Any thread. */
  void call(Place place) {
    called.add(place);
    wakeSelector();
  }

  /** Has a waiting leader look again: at what was called, and at what keys are waited for. */
  void wakeSelector() {
    // The leader says that it selects before it looks, so one of both sees the other.
    if (selecting) {
      selector.wakeup();
    }
  }

  /** Makes sure that somebody leads while the calling thread does not go on. */
  void ensureLeader() {
    if (!lead.isTaken()) {
      callFollower();
    }
  }

  private boolean callFollower() {
    return execute(this::lead);
  }

  private boolean execute(Runnable task) {
    try {
      threads.execute(task);
      return true;
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      LOG.log(Level.WARNING, "no further thread: " + e);
      return false;
    }
  }

  // ---------------------------------------------------------------- standing by

  private void standBy() {
    while (selector.isOpen()) {
      long before = lead.term();
      LockSupport.parkNanos(TICK);
      Thread.interrupted();
      if (lead.term() != before) {
        continue;
      }
      if (!lead.isTaken()) {
        if (!callFollower()) {
          LockSupport.parkNanos(PAUSE);
        }
        continue;
      }
      resting = true;
      // The leader leaves the lead before it looks here, so one of both sees the other.
      if (lead.term() == before && selector.isOpen()) {
        LockSupport.park(this);
      }
      resting = false;
    }
  }
}
