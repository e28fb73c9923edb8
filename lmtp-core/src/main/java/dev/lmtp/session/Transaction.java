package dev.lmtp.session;

import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.Reply;
import java.util.BitSet;
import java.util.OptionalInt;

/**
 * One transaction of a {@link Delivery}: sends the commands for some of its recipients, and says
 * what the replies decide. When it is over each of them is decided or put off: their {@code RCPT}
 * was one too many for this transaction (RFC 5321 §4.5.3.1.10).
 */
final class Transaction {

  /**
   * So many replies may be outstanding while more commands are sent. At RFC 5321's 512 octets a
   * line they fit into a socket's buffers.
   */
  private static final int WINDOW = 100;

  private static final int RSET_STEP = -2;
  private static final int MAIL_STEP = -1;

  private final ClientSession session;
  private final Envelope envelope;
  private final int[] members;
  private final ContentForm form;
  private final Outcomes outcomes;

  // The next command: RSET_STEP, MAIL_STEP, the number of a member, or all sent.
  private int step;
  // Members that are neither decided nor put off.
  private int open;
  private final BitSet putOff = new BitSet();
  private boolean acceptedBehind;
  private boolean mailRefused;
  private boolean dataSent;
  private boolean contentAsked;

  // Its content was handed over, and the session has gone on to the next transaction.
  private boolean followed;

  /**
   * A transaction that has not begun.
   *
   * @param members indexes into the recipients of the envelope, in the order of the {@code RCPT}s
   */
  Transaction(
      ClientSession session,
      Envelope envelope,
      int[] members,
      ContentForm form,
      Outcomes outcomes) {
    this.session = session;
    this.envelope = envelope;
    this.members = members;
    this.form = form;
    this.outcomes = outcomes;
    this.step = session.state() == ClientState.READY ? MAIL_STEP : RSET_STEP;
    this.open = members.length;
  }

  /** Sends what may be sent of the envelope. */
  void send() {
    boolean pipelining = session.capabilities().offers(Extension.PIPELINING);
    int most = pipelining ? WINDOW : 1;
    while (session.outstanding() < most && session.state() != ClientState.CLOSED) {
      if (step == RSET_STEP) {
        session.rset();
      } else if (step == MAIL_STEP) {
        session.mail(envelope.reversePath(), envelope.parameters());
      } else if (mailRefused) {
        return;
      } else if (step < members.length) {
        Envelope.Recipient to = envelope.recipients().get(members[step]);
        session.rcpt(to.path(), to.parameters());
      } else {
        sendData();
        return;
      }
      step++;
    }
  }

  private void sendData() {
    // Sent blindly behind the recipients: refused ones make the server say so.
    boolean worthwhile = session.outstanding() > 0 || session.accepted() > 0;
    if (form == ContentForm.DATA && !dataSent && worthwhile && open > 0) {
      dataSent = true;
      session.data();
    }
  }

  /** Whether the server waits for the content; said once. */
  boolean asksForContent() {
    // Behind a RCPT that got 421 there is neither.
    boolean ready =
        form == ContentForm.DATA
            ? session.state() == ClientState.CONTENT
            : session.state() == ClientState.RCPT
                && session.outstanding() == 0
                && step == members.length
                && open > 0;
    if (!ready || contentAsked) {
      return false;
    }
    contentAsked = true;
    return true;
  }

  /** Whether nothing is to come any more; replies that decide nothing are waited for too. */
  boolean isOver() {
    return open == 0 && (followed || session.outstanding() == 0);
  }

  /** Whether only the final replies are to come, one for each who is open or one for all. */
  boolean awaitsFinalReplies() {
    return open > 0 && putOff.isEmpty() && !followed && session.mayGoOn();
  }

  /** How many of its recipients are neither decided nor put off. */
  int open() {
    return open;
  }

  /** The session goes on to another transaction; from now on this one only takes replies. */
  void follow() {
    followed = true;
  }

  /** Its content was not handed over after all. */
  void resume() {
    followed = false;
    session.takeEndBack(form);
  }

  /** Takes the reply that the session has found. */
  void take(ClientEvent event) {
    Reply reply = session.reply();
    switch (event) {
      case MAIL -> {
        if (!reply.isPositive()) {
          mailRefused = true;
          open = 0;
          // It says the same to those whose turn has not come.
          outcomes.decideAll(Stage.MAIL, reply);
        }
      }
      case RCPT -> {
        if (reply.isPositive()) {
          acceptedBehind |= !putOff.isEmpty();
        } else {
          refused(session.recipient(), reply);
        }
      }
      case DATA -> {
        boolean goesOn = reply.isIntermediate();
        if (goesOn && session.accepted() == 0) {
          contentAsked = true;
          session.endEmptyContent();
        } else if (goesOn && mailRefused) {
          // Recipients without a sender: a lone dot would deliver an empty message to them.
          session.abandon();
        } else if (!goesOn) {
          decideOpen(Stage.DATA, reply);
        }
      }
      case CHUNK -> {
        if (!reply.isPositive()) {
          decideOpen(Stage.DATA, reply);
        }
      }
      case EARLY_REPLY -> decideOpen(Stage.CONTENT, reply);
      case FINAL -> {
        if (session.recipient() < 0) {
          decideOpen(Stage.FINAL, reply);
        } else {
          decide(session.recipient(), Stage.FINAL, reply);
        }
      }
      default -> {}
    }
  }

  private void refused(int member, Reply reply) {
    if (session.accepted() > 0 && !mailRefused && isTooMany(reply)) {
      outcomes.putOff(members[member], reply);
      putOff.set(member);
      open--;
    } else {
      decide(member, Stage.RCPT, reply);
    }
  }

  /** Whether that was one recipient too many: 452, of old 552, RFC 5321 §4.5.3.1.10. */
  private static boolean isTooMany(Reply reply) {
    boolean code = reply.code() == 452 || reply.code() == 552;
    // Another enhanced code, as 4.2.2 for a full mailbox, is about the recipient.
    return code && reply.enhanced().map(s -> s.subject() == 5 && s.detail() == 3).orElse(true);
  }

  private void decide(int member, Stage stage, Reply reply) {
    if (!outcomes.isDecided(members[member])) {
      open--;
      outcomes.decide(members[member], stage, reply);
    }
  }

  /** Decides everyone who is neither decided nor put off. */
  void decideOpen(Stage stage, Reply reply) {
    for (int i = 0; i < members.length; i++) {
      if (!putOff.get(i)) {
        decide(i, stage, reply);
      }
    }
  }

  /** Ends it because the session is over; the others' replies are lost. */
  void fail(String detail) {
    Outcome outcome = isContentSent() ? Outcome.UNKNOWN : Outcome.NOT_SENT;
    for (int i = 0; i < members.length; i++) {
      if (!putOff.get(i)) {
        outcomes.decide(members[i], outcome, stage(), detail);
      }
    }
  }

  /**
   * How many {@code RCPT}s the server was seen to take: those before the first that was put off. No
   * number where a later one was accepted, for then it counts something else.
   */
  OptionalInt taken() {
    boolean counts = !putOff.isEmpty() && !acceptedBehind;
    return counts ? OptionalInt.of(putOff.nextSetBit(0)) : OptionalInt.empty();
  }

  /** How far it has come. */
  Stage stage() {
    if (isContentSent()) {
      return Stage.FINAL;
    }
    if (contentAsked) {
      return Stage.CONTENT;
    }
    if (step >= members.length) {
      return Stage.DATA;
    }
    if (step == 0) {
      return Stage.MAIL;
    }
    return step <= MAIL_STEP ? Stage.SESSION : Stage.RCPT;
  }

  private boolean isContentSent() {
    return followed || session.isContentSent();
  }

  /** Whether the caller was asked for the content, or a lone dot was sent. */
  boolean contentAsked() {
    return contentAsked;
  }
}
