package dev.lmtp;

import java.util.Objects;
import java.util.Optional;

/**
 * What became of one recipient: what the peer's bytes justify, never a guess.
 *
 * @param recipient the forward-path as it was given
 * @param outcome what the caller must do next
 * @param stage how far it came
 * @param reply the reply that decided, if one did
 * @param detail one line for a log: the reply's text, or why there was none
 */
public record RecipientResult(
    ForwardPath recipient, Outcome outcome, Stage stage, Optional<Reply> reply, String detail) {

  /** What the caller must do about a recipient. */
  public enum Outcome {
    /** 2xx behind the content: the peer has taken responsibility. Forget it. */
    ACCEPTED,
    /** 4xx: keep the message and try again later. */
    DEFERRED,
    /**
     * 5xx, or the server does not offer what the message must not be sent without: will not be
     * taken; tell the sender.
     */
    REJECTED,
    /** The end of the content was never sent: certainly not delivered. Try again. */
    NOT_SENT,
    /**
     * The connection ended behind the final dot, before this recipient's reply: it may have been
     * delivered (RFC 2033 §5, RFC 1047). Try again, and a double is possible.
     */
    UNKNOWN
  }

  /** The command or phase a recipient's outcome was decided in. */
  public enum Stage {
    /** Before {@code MAIL}. */
    SESSION,
    /** The {@code MAIL} command. */
    MAIL,
    /** This recipient's {@code RCPT} command. */
    RCPT,
    /** The {@code DATA} command, or a chunk that is not the last. */
    DATA,
    /** While the content was sent. */
    CONTENT,
    /** Behind the final dot or the last chunk. */
    FINAL
  }

  /** Refuses {@code null}. */
  public RecipientResult {
    Objects.requireNonNull(recipient, "recipient");
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(stage, "stage");
    Objects.requireNonNull(reply, "reply");
    Objects.requireNonNull(detail, "detail");
  }

  /** The outcome that a reply means for a recipient, by its first digit (RFC 5321 §4.2.1). */
  public static RecipientResult of(ForwardPath recipient, Stage stage, Reply reply) {
    Outcome outcome;
    if (reply.isPositive() && stage == Stage.FINAL) {
      outcome = Outcome.ACCEPTED;
    } else if (reply.isPermanent()) {
      outcome = Outcome.REJECTED;
    } else {
      // 4xx; or a 2xx or 3xx where it promises nothing: to be tried again.
      outcome = Outcome.DEFERRED;
    }
    return new RecipientResult(recipient, outcome, stage, Optional.of(reply), reply.text());
  }

  /** An outcome no reply decided. */
  public static RecipientResult withoutReply(
      ForwardPath recipient, Outcome outcome, Stage stage, String detail) {
    return new RecipientResult(recipient, outcome, stage, Optional.empty(), detail);
  }
}
