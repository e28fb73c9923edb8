package dev.lmtp.client;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.client.Destination.Pooled;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.io.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

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

  private final Destinations destinations;

  private LmtpPool(Builder builder) {
    this.destinations =
        new Destinations(
            builder.connections, builder.messages, builder.idleNanos, builder.ageNanos);
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
    Deadline deadline = Deadline.after(client.deliveryPatience(), Ticker.SYSTEM);
    Destination destination = destinations.enter(client);
    try {
      destination.awaitTurn(deadline);
      try {
        return deliver(destination, envelope, message, listener, deadline);
      } finally {
        destination.endTurn();
      }
    } finally {
      destinations.leave(destination);
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
    while (!trial.failed && (used = destinations.take(destination, envelope)) != null) {
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
        destinations.giveBack(used);
      }
    }
    Pooled fresh = destination.connect(deadline);
    try {
      return fresh.deliver(envelope, message, listener, deadline);
    } finally {
      destinations.giveBack(fresh);
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

  /**
   * Says {@code QUIT} on all idle connections and waits for that. Deliveries in progress go on, and
   * close theirs when they are done. Closing twice does no harm.
   */
  @Override
  public void close() {
    destinations.close();
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
      this.idleNanos = TimeUnit.NANOSECONDS.convert(notNegative(most));
      return this;
    }

    /** How old a connection may be when a message begins: 5 minutes. */
    public Builder age(Duration most) {
      this.ageNanos = TimeUnit.NANOSECONDS.convert(notNegative(most));
      return this;
    }

    private static int positive(int most) {
      if (most < 1) {
        throw new IllegalArgumentException("at least 1, not " + most);
      }
      return most;
    }

    private static Duration notNegative(Duration most) {
      if (most.isNegative()) {
        throw new IllegalArgumentException("a time that is over before it begins: " + most);
      }
      return most;
    }

    /** Makes the pool; it connects when something is to be delivered. */
    public LmtpPool build() {
      return new LmtpPool(this);
    }
  }
}
