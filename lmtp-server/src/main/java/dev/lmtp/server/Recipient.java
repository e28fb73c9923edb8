package dev.lmtp.server;

import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
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

  private static final Reply DELIVERED = Reply.of(250, "2.0.0", "Delivered");

  private final int index;
  private final Envelope.Recipient recipient;
  private final Runnable whenAnswered;
  private final AtomicReference<Reply> answer = new AtomicReference<>();

  Recipient(int index, Envelope.Recipient recipient, Runnable whenAnswered) {
    this.index = index;
    this.recipient = recipient;
    this.whenAnswered = whenAnswered;
  }

  /** The forward-path. */
  public ForwardPath path() {
    return recipient.path();
  }

  /** The parameters of its {@code RCPT}. */
  public Parameters parameters() {
    return recipient.parameters();
  }

  /** Its place in {@link IncomingMessage#recipients()}. */
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
   * @return whether this answer counts; {@code false} when there is one already, or when the
   *     delivery is over
   */
  public boolean reply(Reply reply) {
    if (reply.isIntermediate()) {
      throw new IllegalArgumentException("no final reply: " + reply);
    }
    if (!answer.compareAndSet(null, reply)) {
      return false;
    }
    whenAnswered.run();
    return true;
  }

  /** Whether it is answered. */
  public boolean isAnswered() {
    return answer.get() != null;
  }

  /** The answer, or {@code null}. */
  Reply answer() {
    return answer.get();
  }

  /** Answers without telling anybody; for the end of a delivery. */
  boolean close(Reply reply) {
    return answer.compareAndSet(null, reply);
  }
}
