package dev.lmtp.client;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.SessionLimits;
import dev.lmtp.client.Destination.Pooled;
import dev.lmtp.client.LmtpException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps connections for the next message: delivers as {@link LmtpClient#deliver} does, and over the
 * connection of an earlier delivery by the same client where one is left. A client is a
 * destination: make one for each server, and keep it.
 *
 * <p><b>Reuse.</b> A connection on which the server has said something, or which it has ended, is
 * dropped without a word. Where a used one is lost, or answers 421, before it has answered anything
 * else of the envelope, the message goes once more, over a fresh one: a pool reports no failure
 * that a client alone would not meet. Connections are not used beyond their age, their number of
 * messages and the limits of the server (RFC 9422).
 *
 * <p><b>Waiting.</b> Where all connections to a destination are in use, deliveries wait in the
 * order in which they came: for as long as {@link LmtpClient.Builder#deliveryPatience} lets them,
 * and at most for the patience of a connect.
 *
 * <p><b>Threads.</b> For any number of them; virtual ones are not pinned. An interrupt ends a
 * delivery, as it does without a pool. While connections are idle a daemon thread says {@code QUIT}
 * to those whose time is over.
 */
public final class LmtpPool implements AutoCloseable {

  private final int connections;
  private final int messages;
  private final long idleNanos;
  private final long ageNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();

  // All that follows is under the lock.
  private final Map<LmtpClient, Destination> destinations = new HashMap<>();
  private Thread closer;
  private boolean closed;

  private LmtpPool(Builder builder) {
    this.connections = builder.connections;
    this.messages = builder.messages;
    this.idleNanos = builder.idleNanos;
    this.ageNanos = builder.ageNanos;
  }

  /** Begins a configuration. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Delivers a message; as {@link #deliver(LmtpClient, Envelope, MessageSource, DeliveryListener)}.
   *
   * @return what became of each recipient
   */
  public DeliveryResult deliver(LmtpClient client, Envelope envelope, MessageSource message)
      throws LmtpException {
    return deliver(client, envelope, message, recipient -> {});
  }

  /**
   * Delivers a message, as {@link LmtpConnection#deliver(Envelope, MessageSource,
   * DeliveryListener)} does.
   *
   * @param client where to, and how
   * @return what became of each recipient, in the order of the envelope
   * @throws LmtpException of any kind; nothing was delivered
   * @throws IllegalStateException after {@link #close}, or where the message's stream was used up
   */
  public DeliveryResult deliver(
      LmtpClient client, Envelope envelope, MessageSource message, DeliveryListener listener)
      throws LmtpException {
    Deadline deadline = Deadline.after(client.deliveryPatience());
    Destination destination = enter(client);
    try {
      destination.awaitTurn(deadline);
      try {
        return deliver(destination, envelope, message, listener, deadline);
      } finally {
        destination.endTurn();
      }
    } finally {
      leave(destination);
    }
  }

  private DeliveryResult deliver(
      Destination destination,
      Envelope envelope,
      MessageSource message,
      DeliveryListener listener,
      Deadline deadline)
      throws LmtpException {
    Trial trial = new Trial(listener);
    Pooled used;
    while (!trial.failed && (used = take(destination, envelope)) != null) {
      try {
        DeliveryResult result = used.deliver(envelope, message, trial, deadline);
        trial.failed = !trial.answered && !deadline.isOver() && !isInterrupted();
        if (!trial.failed) {
          trial.tell();
          return result;
        }
      } catch (LmtpException e) {
        if (e.kind() != Kind.CONNECT || isInterrupted()) {
          throw e;
        }
        // The server ended it while it was idle.
      } finally {
        giveBack(used);
      }
    }
    Pooled fresh = destination.connect(deadline);
    try {
      return fresh.deliver(envelope, message, listener, deadline);
    } finally {
      giveBack(fresh);
    }
  }

  private static boolean isInterrupted() {
    return Thread.currentThread().isInterrupted();
  }

  /** Keeps back what a fresh connection may change, for as long as nothing else is said. */
  private static final class Trial implements DeliveryListener {
    private final DeliveryListener listener;
    private final List<RecipientResult> kept = new ArrayList<>();
    private boolean answered;
    private boolean failed;

    Trial(DeliveryListener listener) {
      this.listener = listener;
    }

    @Override
    public void decided(RecipientResult result) {
      kept.add(result);
      answered |= !isLoss(result);
      if (answered) {
        tell();
      }
    }

    /** Whether that says nothing of the recipient, and the content was not begun, so is unread. */
    private static boolean isLoss(RecipientResult result) {
      boolean closed = result.reply().filter(reply -> reply.code() == 421).isPresent();
      return result.stage().compareTo(Stage.CONTENT) < 0
          && (closed || result.outcome() == Outcome.NOT_SENT);
    }

    void tell() {
      kept.forEach(listener::decided);
      kept.clear();
    }

    @Override
    public void sent(long octets, OptionalLong total) {
      listener.sent(octets, total);
    }
  }

  // ---------------------------------------------------------------- what is kept

  private Destination enter(LmtpClient client) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the pool is closed");
      }
      Destination destination =
          destinations.computeIfAbsent(client, one -> new Destination(one, connections));
      destination.users++;
      return destination;
    } finally {
      lock.unlock();
    }
  }

  private void leave(Destination destination) {
    lock.lock();
    try {
      destination.users--;
      if (destination.users == 0 && destination.idle.isEmpty()) {
        destinations.remove(destination.client());
      }
    } finally {
      lock.unlock();
    }
  }

  /** A connection that may take that envelope; {@code null} where none is left. */
  private Pooled take(Destination destination, Envelope envelope) {
    while (true) {
      Pooled next;
      lock.lock();
      try {
        next = destination.idle.poll();
      } finally {
        lock.unlock();
      }
      if (next == null || isFit(next, envelope)) {
        return next;
      }
      next.connection.close();
    }
  }

  private boolean isFit(Pooled pooled, Envelope envelope) {
    SessionLimits limits = pooled.connection.capabilities().sessionLimits();
    // What is left of a MAILMAX may not suffice for several transactions, nor that of a
    // RCPTDOMAINMAX for these domains.
    boolean one = envelope.recipients().size() <= limits.rcptMax().orElse(Integer.MAX_VALUE);
    long now = System.nanoTime();
    return now - pooled.idleSince < idleNanos
        && now - pooled.opened < ageNanos
        && (one || limits.mailMax().isEmpty())
        && limits.rcptDomainMax().isEmpty();
  }

  private void giveBack(Pooled pooled) {
    boolean kept = pooled.connection.isReusable() && pooled.messages < messages;
    lock.lock();
    try {
      kept &= !closed;
      if (kept) {
        pooled.idleSince = System.nanoTime();
        pooled.destination.idle.push(pooled);
        if (closer == null) {
          closer = new Thread(this::closeIdle, "lmtp-pool");
          closer.setDaemon(true);
          closer.start();
        }
      }
    } finally {
      lock.unlock();
    }
    if (!kept) {
      pooled.connection.close();
    }
  }

  // ---------------------------------------------------------------- the end

  /** Closes what has been idle for too long, until there is nothing idle. */
  private void closeIdle() {
    for (Pooled next = awaitExpired(); next != null; next = awaitExpired()) {
      next.connection.close();
      next.destination.endTurn();
      leave(next.destination);
    }
  }

  /** The next one to be closed, with a turn taken for it; {@code null} at the end. */
  private Pooled awaitExpired() {
    lock.lock();
    try {
      while (!closed) {
        long wait = Long.MAX_VALUE;
        for (Destination each : destinations.values()) {
          if (!each.idle.isEmpty()) {
            long left = idleNanos - (System.nanoTime() - each.idle.getLast().idleSince);
            if (left <= 0 && each.tryTurn()) {
              each.users++;
              return each.idle.removeLast();
            }
            // Where all turns are taken somebody is about to take that connection.
            wait = Math.min(wait, left > 0 ? left : idleNanos);
          }
        }
        if (wait == Long.MAX_VALUE) {
          closer = null;
          return null;
        }
        closing.awaitNanos(wait);
      }
    } catch (InterruptedException e) {
      // Nobody has this thread. Should it happen, the next connection left idle gets a new one.
      closer = null;
    } finally {
      lock.unlock();
    }
    return null;
  }

  /**
   * Says {@code QUIT} on all idle connections and waits for that. Deliveries in progress go on, and
   * close theirs when they are done. Closing twice does no harm.
   */
  @Override
  public void close() {
    List<Pooled> idle = new ArrayList<>();
    Thread running;
    lock.lock();
    try {
      closed = true;
      destinations.values().forEach(each -> idle.addAll(each.idle));
      destinations.values().forEach(each -> each.idle.clear());
      closing.signal();
      running = closer;
    } finally {
      lock.unlock();
    }
    idle.forEach(each -> each.connection.close());
    try {
      if (running != null) {
        running.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Collects a configuration; for one thread. */
  public static final class Builder {
    private int connections = 20;
    private int messages = 100;
    private long idleNanos = TimeUnit.SECONDS.toNanos(60);
    private long ageNanos = TimeUnit.MINUTES.toNanos(5);

    private Builder() {}

    /** How many connections there are to each destination at most: 20. */
    public Builder connections(int most) {
      this.connections = positive(most);
      return this;
    }

    /** How many messages go over one connection at most: 100. */
    public Builder messages(int most) {
      this.messages = positive(most);
      return this;
    }

    /** How long a connection may wait for the next message: 60 s, less than servers grant. */
    public Builder idle(Duration most) {
      this.idleNanos = TimeUnit.NANOSECONDS.convert(most);
      return this;
    }

    /** How old a connection may be when a message begins: 5 minutes. */
    public Builder age(Duration most) {
      this.ageNanos = TimeUnit.NANOSECONDS.convert(most);
      return this;
    }

    private static int positive(int most) {
      if (most < 1) {
        throw new IllegalArgumentException("at least 1, not " + most);
      }
      return most;
    }

    /** Makes the pool; it connects when something is to be delivered. */
    public LmtpPool build() {
      return new LmtpPool(this);
    }
  }
}
