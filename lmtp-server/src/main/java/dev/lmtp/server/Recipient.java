package dev.lmtp.server;

import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One accepted {@code RCPT} of a message: answered once. The same address may stand behind two of
 * them, and each wants its own answer (RFC 2033 §4.2).
 *
 * <p>Safe for use by any thread. An answer is written to the peer by the thread that gives it, if
 * it may leave already; so answering may block for as long as the peer does not read, up to its
 * patience.
 */
public final class Recipient {

  /** Who wants to know of the answers. */
  interface Owner {
    /** These recipients have their answers. */
    void answered(List<Recipient> some);

    /** An answer came when its deadline had passed. */
    default void late(Recipient recipient, Reply reply) {}

    /** Answers by {@link Recipient#expire} when that time has passed. */
    default void expireAfter(Duration time, Recipient recipient) {}
  }

  private static final Reply DELIVERED = Reply.of(250, "2.0.0", "Delivered");
  private static final Reply EXPIRED = Reply.of(451, "4.4.1", "Delivery takes too long, try again");

  private final int index;
  private final Envelope.Recipient recipient;
  private final Owner owner;
  private final AtomicReference<Reply> answer = new AtomicReference<>();

  Recipient(int index, Envelope.Recipient recipient, Owner owner) {
    this.index = index;
    this.recipient = recipient;
    this.owner = owner;
  }

  /** The forward-path. */
  public ForwardPath path() {
    return recipient.path();
  }

  /** The parameters of its {@code RCPT}. */
  public Parameters parameters() {
    return recipient.parameters();
  }

  /** Its place among the recipients that were accepted for the message, from 0 on. */
  public int index() {
    return index;
  }

  /**
   * Takes responsibility for this recipient, with 250 2.0.0. To be called when the message is safe,
   * and not before.
   *
   * @return as {@link #reply}
   */
  public boolean accept() {
    return reply(DELIVERED);
  }

  /**
   * Answers this recipient. A 2xx takes responsibility; one that is given before the whole content
   * has arrived is held back until it has, and lapses if it never does.
   *
   * @param reply 2xx, 4xx or 5xx
   * @return whether this answer counts; {@code false} when there is one already, its deadline has
   *     passed, or the delivery is over. A 2xx that does not count means that the sender will send
   *     again what was just stored
   */
  public boolean reply(Reply reply) {
    requireFinal(reply);
    boolean counts = take(reply);
    if (counts) {
      owner.answered(List.of(this));
    }
    return counts;
  }

  private boolean take(Reply reply) {
    if (answer.compareAndSet(null, reply)) {
      return true;
    }
    if (EXPIRED.equals(answer.get())) {
      owner.late(this, reply);
    }
    return false;
  }

  /** Gives all of a message's recipients that have no answer the same one, in one write. */
  static void replyAll(List<Recipient> all, Reply reply) {
    requireFinal(reply);
    List<Recipient> answered = new ArrayList<>(all.size());
    for (Recipient one : all) {
      if (one.take(reply)) {
        answered.add(one);
      }
    }
    if (!answered.isEmpty()) {
      answered.get(0).owner.answered(answered);
    }
  }

  private static void requireFinal(Reply reply) {
    if (reply.isIntermediate()) {
      throw new IllegalArgumentException("no final reply: " + reply);
    }
  }

  /**
   * Sets a deadline: who is not answered by then gets 451 4.4.1, and whoever comes behind that
   * recipient need not wait longer. What is answered later does not count, and is logged.
   *
   * @param time from now on; never more than {@link IncomingMessage#timeLeft()}
   */
  public void answerWithin(Duration time) {
    owner.expireAfter(time, this);
  }

  /** Whether it is answered. */
  public boolean isAnswered() {
    return answer.get() != null;
  }

  /** The answer, or {@code null}. */
  Reply answer() {
    return answer.get();
  }

  /** Answers for whoever did not in time. */
  void expire() {
    if (answer.compareAndSet(null, EXPIRED)) {
      owner.answered(List.of(this));
    }
  }

  /** Answers without telling anybody; for the end of a delivery. */
  boolean close(Reply reply) {
    return answer.compareAndSet(null, reply);
  }
}
