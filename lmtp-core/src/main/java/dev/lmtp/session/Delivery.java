package dev.lmtp.session;

import dev.lmtp.Capabilities;
import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.Reply;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * One message over a {@link ClientSession}, without input or output: envelope, content, and for
 * each recipient an outcome as soon as the server's bytes justify one (RFC 2033 §5).
 *
 * <p>Where the server offers PIPELINING, {@code MAIL}, every {@code RCPT} and {@code DATA} leave
 * together; a window on the replies outstanding keeps a peer that cannot write from blocking us
 * (RFC 2920 §3.1). {@code BDAT} is sent only when the recipients' replies are known, since in LMTP
 * they tell how many replies the last chunk has (RFC 2033 §4.3).
 *
 * <p>Recipients beyond what the server takes at once follow in further transactions of the session,
 * each with the content: beyond the RCPTMAX it offers (RFC 9422 §4.2), and those whose {@code RCPT}
 * was one too many, 452 or 552 behind an accepted one (RFC 5321 §4.5.3.1.10). Where no transaction
 * may follow, those are {@link Outcome#DEFERRED} by that reply, and those without one are {@link
 * Outcome#NOT_SENT}.
 *
 * <p>Parameters the server does not offer are left out. Where one is essential the message does not
 * go: {@link Outcome#REJECTED} without a reply. SMTPUTF8 is added where an address needs it.
 *
 * <p>A delivery ends by itself, or by {@link #fail} when the connection is lost. Either way each
 * recipient has exactly one outcome: {@link Outcome#UNKNOWN} where the whole content had left and
 * no reply came, {@link Outcome#NOT_SENT} where it had not.
 */
public final class Delivery {

  private final ClientSession session;
  private final Envelope envelope;
  private final ContentForm form;
  private final ContentSupply supply;
  private final Outcomes outcomes;

  // None before the first, between two and behind the last.
  private Transaction transaction;
  private int mostRecipients;
  private boolean contentSpent;
  private RecipientResult decided;

  // The one before, until its last reply is here; and whether another has begun behind this one.
  private Delivery before;
  private boolean followed;

  /** A delivery of a content that can be sent more than once. */
  public Delivery(ClientSession session, Envelope envelope, ContentForm form) {
    this(session, envelope, form, ContentSupply.REPEATABLE);
  }

  /**
   * A delivery that has not begun.
   *
   * @param session greeted, past its hello, and {@link ClientSession#isReusable() reusable}
   * @param envelope with at least one recipient
   * @param form how the caller is going to send the content: in chunks if it is BINARYMIME
   * @param supply how often the caller can send it
   */
  public Delivery(
      ClientSession session, Envelope envelope, ContentForm form, ContentSupply supply) {
    this(session, envelope, form, supply, null);
  }

  private Delivery(
      ClientSession session,
      Envelope envelope,
      ContentForm form,
      ContentSupply supply,
      Delivery before) {
    if (before == null ? !session.isReusable() : !before.canBeFollowed()) {
      throw new IllegalStateException("no delivery in " + session.state());
    }
    if (envelope.recipients().isEmpty()) {
      throw new IllegalArgumentException("an envelope without recipients");
    }
    Capabilities offered = session.capabilities();
    this.session = session;
    this.envelope = Essentials.completed(envelope, offered);
    this.form = Objects.requireNonNull(form, "form");
    this.supply = Objects.requireNonNull(supply, "supply");
    this.outcomes = new Outcomes(envelope.recipients());
    this.mostRecipients = offered.sessionLimits().rcptMax().orElse(Integer.MAX_VALUE);
    Essentials.decide(this.envelope, offered, outcomes);
    boolean sent = outcomes.undecided() > 0;
    if (sent && form == ContentForm.DATA && Essentials.isBinary(envelope.parameters())) {
      throw new IllegalArgumentException("BINARYMIME goes in chunks (RFC 3030 section 3)");
    }
    if (before != null && sent) {
      this.before = before;
      before.followed = true;
      before.transaction.follow();
    }
  }

  /**
   * Whether another delivery may begin behind this one: its content was handed over, only final
   * replies are to come, and the server offers PIPELINING.
   */
  public boolean canBeFollowed() {
    return before == null
        && transaction != null
        && transaction.awaitsFinalReplies()
        && transaction.open() == outcomes.undecided();
  }

  /** Whether it waits behind another one, whose final replies are to come. */
  public boolean isBehind() {
    return before != null;
  }

  /**
   * Begins a delivery whose envelope leaves behind the content of this one, without waiting for its
   * replies (RFC 2920 §3.1). From now on input is given to the new delivery alone, which passes on
   * what is meant for this one; {@link #poll} of this one only tells its outcomes. Where the
   * connection is lost, {@link #fail} of the new one is for both.
   *
   * @throws IllegalStateException where not {@link #canBeFollowed}
   */
  public Delivery followedBy(Envelope next, ContentForm nextForm, ContentSupply nextSupply) {
    return new Delivery(session, next, nextForm, nextSupply, this);
  }

  /**
   * Takes back that the whole content was handed over, before anything is polled behind it: of a
   * {@code DATA} at least the last octet did not leave, of a chunk nothing. It goes on as {@link
   * ClientSession#endNotSent} says.
   */
  public void endNotSent() {
    if (transaction == null || followed) {
      throw new IllegalStateException("no content to take back");
    }
    transaction.resume();
  }

  /**
   * Takes this delivery back, of which nothing has left: the content of the one before it did not
   * leave whole, which goes on alone, as behind {@link #endNotSent}. Whoever has no outcome is
   * {@link Outcome#NOT_SENT}.
   *
   * @param detail why, for the log
   */
  public void takeBack(String detail) {
    if (before == null) {
      throw new IllegalStateException("behind no other");
    }
    before.followed = false;
    before.endNotSent();
    before = null;
    transaction = null;
    giveUp(detail);
  }

  /**
   * Goes on up to the next event.
   *
   * @param in bytes from the server; empty at {@link DeliveryEvent#NEED_INPUT}. Output may wait
   *     also at {@link DeliveryEvent#DONE}
   */
  public DeliveryEvent poll(ByteBuffer in) {
    while (true) {
      RecipientResult next = outcomes.next();
      if (next != null) {
        decided = next;
        return DeliveryEvent.RECIPIENT;
      }
      if (followed) {
        return outcomes.undecided() == 0 ? DeliveryEvent.DONE : DeliveryEvent.NEED_INPUT;
      }
      if (transaction == null) {
        if (outcomes.undecided() == 0) {
          return DeliveryEvent.DONE;
        }
        begin();
        continue;
      }
      transaction.send();
      if (transaction.asksForContent()) {
        return DeliveryEvent.CONTENT;
      }
      if (transaction.isOver()) {
        end(in);
        continue;
      }
      ClientEvent event = session.poll(in);
      if (event == ClientEvent.NEED_INPUT) {
        return DeliveryEvent.NEED_INPUT;
      }
      if (isEnd(event)) {
        continue;
      }
      if (before != null) {
        // Replies come in the order of the commands, so the first ones are for it.
        before.transaction.take(event);
        before = before.transaction.isOver() ? null : before;
      } else {
        transaction.take(event);
      }
    }
  }

  /** Begins the first or a further transaction, or says why there can be none. */
  private void begin() {
    if (session.closingReply().isPresent()) {
      closed(session.closingReply().get());
      return;
    }
    String obstacle = obstacle();
    int[] members = obstacle == null ? members() : new int[0];
    if (members.length > 0) {
      transaction = new Transaction(session, envelope, members, form, outcomes);
      return;
    }
    String domains = "the server takes no more domains in a session (RFC 9422)";
    giveUp(obstacle == null ? domains : obstacle);
  }

  /** Why no transaction can follow; {@code null} where one can. */
  private String obstacle() {
    if (session.state() == ClientState.CLOSED) {
      return "the session ended before this recipient's turn";
    }
    if (before != null) {
      // Asked when this one was made.
      return null;
    }
    if (contentSpent) {
      return "the server takes no more recipients at once, and the content can be sent only once";
    }
    if (!session.isInStep()) {
      return "the session is out of step";
    }
    return session.isReusable() ? null : "the server takes no more MAIL in a session (RFC 9422)";
  }

  /** Those whose turn it is, in the order of the envelope. */
  private int[] members() {
    Capabilities offered = session.capabilities();
    List<Envelope.Recipient> all = envelope.recipients();
    int[] members = new int[Math.min(all.size(), mostRecipients)];
    int count = 0;
    for (int i = 0; i < all.size() && count < members.length; i++) {
      if (!outcomes.isDecided(i) && session.used().allowRcpt(all.get(i).path(), offered)) {
        members[count++] = i;
      }
    }
    return Arrays.copyOf(members, count);
  }

  private void end(ByteBuffer in) {
    contentSpent |= transaction.contentAsked() && supply == ContentSupply.ONCE;
    mostRecipients = Math.min(mostRecipients, transaction.taken().orElse(mostRecipients));
    transaction = null;
    if (in.hasRemaining()) {
      // H51: more than was asked for. The session must see it before it is used again.
      isEnd(session.poll(in));
    }
  }

  /** Whether the session is over, and if so, decides everyone. */
  private boolean isEnd(ClientEvent event) {
    if (event == ClientEvent.VIOLATION) {
      fail("protocol error: " + session.violation());
      return true;
    }
    if (event != ClientEvent.CLOSED) {
      return false;
    }
    session.closingReply().ifPresentOrElse(this::closed, () -> fail("connection closed by peer"));
    return true;
  }

  /** H53: a 421 is for everyone who has no outcome yet. */
  private void closed(Reply reply) {
    if (before != null) {
      before.closed(reply);
      before = null;
    }
    if (transaction != null) {
      transaction.decideOpen(transaction.stage(), reply);
      transaction = null;
    }
    outcomes.decidePutOff();
    outcomes.decideAll(Stage.SESSION, reply);
  }

  /**
   * Ends the delivery because the connection is lost or given up: whoever has no outcome gets
   * {@link Outcome#UNKNOWN} if the whole content had left, and {@link Outcome#NOT_SENT} if not. The
   * session is of no more use.
   *
   * @param detail why, for the log
   */
  public void fail(String detail) {
    if (before != null) {
      before.fail(detail);
      before = null;
    }
    if (transaction != null) {
      transaction.fail(detail);
      transaction = null;
    }
    giveUp(detail);
    session.abandon();
  }

  private void giveUp(String detail) {
    outcomes.decidePutOff();
    outcomes.decideAll(Outcome.NOT_SENT, Stage.SESSION, detail);
  }

  /** The outcome that {@link DeliveryEvent#RECIPIENT} tells. */
  public RecipientResult decided() {
    if (decided == null) {
      throw new IllegalStateException("no recipient is decided yet");
    }
    return decided;
  }

  /**
   * All outcomes, in the order of the envelope.
   *
   * @throws IllegalStateException before every recipient has one
   */
  public DeliveryResult result() {
    if (outcomes.undecided() > 0) {
      throw new IllegalStateException("not every recipient is decided yet");
    }
    return outcomes.result();
  }
}
