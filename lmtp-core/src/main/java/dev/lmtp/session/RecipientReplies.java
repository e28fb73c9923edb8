package dev.lmtp.session;

import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.codec.OutputBuffer;
import dev.lmtp.codec.ReplyWriter;

/**
 * The replies behind a content. In LMTP one for each recipient, reported in any order and released
 * in the order of the {@code RCPT}s, each as soon as those before it are there (RFC 2033 §4.2, §5).
 * In SMTP one for all: the first 4xx, else the first 5xx, else the first 2xx, so that a 2xx speaks
 * for every recipient.
 */
final class RecipientReplies {

  private static final Reply[] NONE = {};

  private final Protocol protocol;
  private Reply[] replies = NONE;
  private int released;
  private boolean contentEnded;

  RecipientReplies(Protocol protocol) {
    this.protocol = protocol;
  }

  /** Begins a content for that many recipients. */
  void start(int recipients) {
    // In SMTP a content that nobody is to get has its one reply all the same.
    replies = new Reply[Math.max(recipients, protocol.finalReplies(recipients))];
    released = 0;
    contentEnded = false;
  }

  void report(int recipient, Reply reply) {
    if (recipient < 0 || recipient >= replies.length) {
      throw new IllegalArgumentException(
          "recipient " + recipient + " of " + replies.length + " accepted ones");
    }
    if (reply.isIntermediate()) {
      throw new IllegalArgumentException("no final reply: " + reply);
    }
    if (replies[recipient] != null) {
      throw new IllegalStateException("recipient " + recipient + " is answered already");
    }
    if (reply.isPositive() && !contentEnded) {
      // RFC 2033 §4.2: a 2xx takes responsibility for a message that is not here yet.
      throw new IllegalStateException(
          "2xx for recipient " + recipient + " before the content ended");
    }
    // A client takes 421 for the end of the session, and would not read the replies behind it.
    boolean closing = reply.code() == 421;
    replies[recipient] = closing ? new Reply(451, reply.enhanced(), reply.lines()) : reply;
  }

  /** The content has ended; replies may leave. */
  void contentEnded() {
    contentEnded = true;
  }

  /** Answers everyone who has no answer. */
  void complete(Reply reply) {
    for (int i = 0; i < replies.length; i++) {
      if (replies[i] == null) {
        replies[i] = reply;
      }
    }
  }

  /** Writes what may leave now. */
  void release(OutputBuffer out) {
    if (!contentEnded) {
      return;
    }
    if (protocol == Protocol.SMTP) {
      releaseOne(out);
    } else {
      while (released < replies.length && replies[released] != null) {
        ReplyWriter.write(out, replies[released++]);
      }
    }
    if (released == replies.length) {
      replies = NONE;
      released = 0;
    }
  }

  private void releaseOne(OutputBuffer out) {
    Reply worst = replies[0];
    for (Reply reply : replies) {
      if (reply == null) {
        return;
      }
      if (weight(reply) > weight(worst)) {
        worst = reply;
      }
    }
    ReplyWriter.write(out, worst);
    released = replies.length;
  }

  private static int weight(Reply reply) {
    return reply.isTransient() ? 2 : reply.isPermanent() ? 1 : 0;
  }

  /** Whether the content has ended and replies are missing. */
  boolean areOutstanding() {
    return contentEnded && replies.length > 0;
  }

  /** Forgets everything: the session is over or the transaction was reset. */
  void clear() {
    replies = NONE;
    released = 0;
    contentEnded = false;
  }
}
