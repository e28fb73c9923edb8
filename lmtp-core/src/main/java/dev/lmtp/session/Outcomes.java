package dev.lmtp.session;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.Reply;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What becomes of the recipients of one delivery, by their index in the envelope: each is decided
 * once, whatever is said of it later, and told once.
 */
final class Outcomes {

  private final List<Envelope.Recipient> recipients;
  private final RecipientResult[] results;
  // What was said to those who are tried again: the last word on them if that comes to nothing.
  private final Reply[] putOff;
  private final ArrayDeque<RecipientResult> untold;
  private int undecided;

  Outcomes(List<Envelope.Recipient> recipients) {
    this.recipients = recipients;
    this.results = new RecipientResult[recipients.size()];
    this.putOff = new Reply[recipients.size()];
    this.untold = new ArrayDeque<>(recipients.size());
    this.undecided = recipients.size();
  }

  boolean isDecided(int recipient) {
    return results[recipient] != null;
  }

  int undecided() {
    return undecided;
  }

  /** A reply decides. */
  void decide(int recipient, Stage stage, Reply reply) {
    decide(recipient, RecipientResult.of(recipients.get(recipient).path(), stage, reply));
  }

  /** No reply decides. */
  void decide(int recipient, Outcome outcome, Stage stage, String detail) {
    ForwardPath path = recipients.get(recipient).path();
    decide(recipient, RecipientResult.withoutReply(path, outcome, stage, detail));
  }

  private void decide(int recipient, RecipientResult result) {
    if (results[recipient] == null) {
      results[recipient] = result;
      undecided--;
      untold.add(result);
    }
  }

  /** A {@code RCPT} too many: not decided by that reply unless the recipient is given up. */
  void putOff(int recipient, Reply reply) {
    putOff[recipient] = reply;
  }

  /** Everyone left is decided by that reply, at that stage. */
  void decideAll(Stage stage, Reply reply) {
    for (int i = 0; i < results.length; i++) {
      decide(i, stage, reply);
    }
  }

  /** Everyone left is decided by what was said to him, if anything was. */
  void decidePutOff() {
    for (int i = 0; i < results.length; i++) {
      Reply reply = putOff[i];
      if (reply != null) {
        // RFC 5321 §4.5.3.1.10: temporary, be it a 552.
        ForwardPath path = recipients.get(i).path();
        decide(
            i,
            new RecipientResult(
                path, Outcome.DEFERRED, Stage.RCPT, Optional.of(reply), reply.text()));
      }
    }
  }

  /** Everyone left is decided without a reply. */
  void decideAll(Outcome outcome, Stage stage, String detail) {
    for (int i = 0; i < results.length; i++) {
      decide(i, outcome, stage, detail);
    }
  }

  /** The next outcome to be told; {@code null} where all that are known were. */
  RecipientResult next() {
    return untold.poll();
  }

  DeliveryResult result() {
    return new DeliveryResult(Arrays.asList(results));
  }
}
