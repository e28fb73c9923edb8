package dev.lmtp;

import java.util.List;

/**
 * What became of a message, recipient by recipient.
 *
 * @param recipients one result for each recipient of the envelope, in its order
 */
public record DeliveryResult(List<RecipientResult> recipients) {

  /** Copies the list. */
  public DeliveryResult {
    recipients = List.copyOf(recipients);
  }

  /** Whether the peer took responsibility for every recipient. */
  public boolean allAccepted() {
    return count(RecipientResult.Outcome.ACCEPTED) == recipients.size();
  }

  /** How many recipients ended so. */
  public int count(RecipientResult.Outcome outcome) {
    int count = 0;
    for (RecipientResult result : recipients) {
      if (result.outcome() == outcome) {
        count++;
      }
    }
    return count;
  }
}
