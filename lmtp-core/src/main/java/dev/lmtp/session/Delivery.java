package dev.lmtp.session;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.Reply;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * One transaction over a {@link ClientSession}, without input or output: envelope, content, and for
 * each recipient an outcome as soon as the server's bytes justify one (RFC 2033 §5).
 *
 * <p>Where the server offers PIPELINING, {@code MAIL}, every {@code RCPT} and {@code DATA} leave
 * together; a window on the replies outstanding keeps a peer that cannot write from blocking us
 * (RFC 2920 §3.1). {@code BDAT} is sent only when the recipients' replies are known, since in LMTP
 * they tell how many replies the last chunk has (RFC 2033 §4.3).
 *
 * <p>A delivery ends by itself, or by {@link #fail} when the connection is lost. Either way each
 * recipient has exactly one outcome: {@link Outcome#UNKNOWN} where the whole content had left and
 * no reply came, {@link Outcome#NOT_SENT} where it had not.
 */
public final class Delivery {

  /**
   * So many replies may be outstanding while more commands are sent. At RFC 5321's 512 octets a
   * line they fit into a socket's buffers.
   */
  private static final int WINDOW = 100;

  private static final int RSET_STEP = -2;
  private static final int MAIL_STEP = -1;

  private final ClientSession session;
  private final Envelope envelope;
  private final ContentForm form;
  private final int recipients;
  private final RecipientResult[] results;
  private final ArrayDeque<RecipientResult> untold = new ArrayDeque<>();

  // The next command: RSET_STEP, MAIL_STEP, the index of a recipient, or all sent.
  private int step;
  private int undecided;
  private boolean mailRefused;
  private boolean dataSent;
  private boolean contentAsked;
  private RecipientResult decided;

  /**
   * A delivery that has not begun.
   *
   * @param session greeted, past its hello, and {@link ClientSession#isReusable() reusable}
   * @param envelope with at least one recipient
   * @param form how the caller is going to send the content
   */
  public Delivery(ClientSession session, Envelope envelope, ContentForm form) {
    if (!session.isReusable()) {
      throw new IllegalStateException("no delivery in " + session.state());
    }
    if (envelope.recipients().isEmpty()) {
      throw new IllegalArgumentException("an envelope without recipients");
    }
    this.session = session;
    this.envelope = envelope;
    this.form = form;
    this.recipients = envelope.recipients().size();
    this.results = new RecipientResult[recipients];
    this.undecided = recipients;
    this.step = session.state() == ClientState.READY ? MAIL_STEP : RSET_STEP;
  }

  /**
   * Goes on up to the next event.
   *
   * @param in bytes from the server; empty at {@link DeliveryEvent#NEED_INPUT}. Output may wait
   *     also at {@link DeliveryEvent#DONE}
   */
  public DeliveryEvent poll(ByteBuffer in) {
    while (true) {
      if (!untold.isEmpty()) {
        decided = untold.remove();
        return DeliveryEvent.RECIPIENT;
      }
      send();
      if (wantsContent()) {
        contentAsked = true;
        return DeliveryEvent.CONTENT;
      }
      // Replies that decide nothing any more are read all the same, to stay in step.
      if (undecided == 0 && session.outstanding() == 0) {
        if (in.hasRemaining()) {
          // H51: more than was asked for. The session must see it before it is used again.
          session.poll(in);
        }
        return DeliveryEvent.DONE;
      }
      ClientEvent event = session.poll(in);
      if (event == ClientEvent.NEED_INPUT) {
        return DeliveryEvent.NEED_INPUT;
      }
      take(event);
    }
  }

  /** Sends what may be sent of the envelope. */
  private void send() {
    boolean pipelining = session.capabilities().offers(Extension.PIPELINING);
    int most = pipelining ? WINDOW : 1;
    while (session.outstanding() < most && session.state() != ClientState.CLOSED) {
      if (step == RSET_STEP) {
        session.rset();
      } else if (step == MAIL_STEP) {
        session.mail(envelope.reversePath(), envelope.parameters());
      } else if (mailRefused) {
        return;
      } else if (step < recipients) {
        Envelope.Recipient to = envelope.recipients().get(step);
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
    if (form == ContentForm.DATA && !dataSent && worthwhile && undecided > 0) {
      dataSent = true;
      session.data();
    }
  }

  private boolean wantsContent() {
    if (contentAsked) {
      return false;
    }
    if (form == ContentForm.DATA) {
      return session.state() == ClientState.CONTENT;
    }
    return session.outstanding() == 0 && step == recipients && undecided > 0;
  }

  private void take(ClientEvent event) {
    switch (event) {
      case MAIL -> {
        if (!session.reply().isPositive()) {
          mailRefused = true;
          decideAll(Stage.MAIL, session.reply());
        }
      }
      case RCPT -> {
        if (!session.reply().isPositive()) {
          decide(session.recipient(), Stage.RCPT, session.reply());
        }
      }
      case DATA -> {
        boolean goesOn = session.reply().isIntermediate();
        if (goesOn && session.accepted() == 0) {
          contentAsked = true;
          session.endEmptyContent();
        } else if (goesOn && mailRefused) {
          // Recipients without a sender: a lone dot would deliver an empty message to them.
          session.abandon();
        } else if (!goesOn) {
          decideAll(Stage.DATA, session.reply());
        }
      }
      case CHUNK -> {
        if (!session.reply().isPositive()) {
          decideAll(Stage.DATA, session.reply());
        }
      }
      case EARLY_REPLY -> decideAll(Stage.CONTENT, session.reply());
      case FINAL -> {
        if (session.recipient() < 0) {
          decideAll(Stage.FINAL, session.reply());
        } else {
          decide(session.recipient(), Stage.FINAL, session.reply());
        }
      }
      case VIOLATION -> fail("protocol error: " + session.violation());
      case CLOSED -> {
        if (session.closingReply().isPresent()) {
          decideAll(stage(), session.closingReply().get());
        } else {
          fail("connection closed by peer");
        }
      }
      default -> {}
    }
  }

  private void decide(int recipient, Stage stage, Reply reply) {
    if (results[recipient] == null) {
      tell(
          recipient, RecipientResult.of(envelope.recipients().get(recipient).path(), stage, reply));
    }
  }

  private void decideAll(Stage stage, Reply reply) {
    for (int i = 0; i < recipients; i++) {
      decide(i, stage, reply);
    }
  }

  private void tell(int recipient, RecipientResult result) {
    results[recipient] = result;
    undecided--;
    untold.add(result);
  }

  private Stage stage() {
    if (session.isContentSent()) {
      return Stage.FINAL;
    }
    if (contentAsked) {
      return Stage.CONTENT;
    }
    if (step >= recipients) {
      return Stage.DATA;
    }
    if (step == 0) {
      return Stage.MAIL;
    }
    return step <= MAIL_STEP ? Stage.SESSION : Stage.RCPT;
  }

  /**
   * Ends the delivery because the connection is lost or given up: whoever has no outcome gets
   * {@link Outcome#UNKNOWN} if the whole content had left, and {@link Outcome#NOT_SENT} if not. The
   * session is of no more use.
   *
   * @param detail why, for the log
   */
  public void fail(String detail) {
    Outcome outcome = session.isContentSent() ? Outcome.UNKNOWN : Outcome.NOT_SENT;
    for (int i = 0; i < recipients; i++) {
      if (results[i] == null) {
        tell(
            i,
            RecipientResult.withoutReply(
                envelope.recipients().get(i).path(), outcome, stage(), detail));
      }
    }
    session.abandon();
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
    if (undecided > 0) {
      throw new IllegalStateException("not every recipient is decided yet");
    }
    return new DeliveryResult(Arrays.asList(results));
  }
}
