package dev.lmtp;

import java.util.ArrayList;
import java.util.List;

/**
 * What a message is handed over with: where it comes from, with which parameters, and to whom. The
 * same forward-path may stand in it twice; both are recipients (RFC 2033 §4.2). A recipient is
 * known by its index, never by its address.
 *
 * @param reversePath where reports about the message go
 * @param parameters those of the {@code MAIL} command
 * @param recipients in the order of the {@code RCPT} commands
 */
public record Envelope(
    ReversePath reversePath, MailParameters parameters, List<ForwardPath> recipients) {

  /** Copies the list. */
  public Envelope {
    recipients = List.copyOf(recipients);
  }

  /**
   * An envelope without parameters.
   *
   * @param reversePath an address; empty for the null reverse-path
   * @param recipients addresses
   * @throws IllegalArgumentException where one of them is no address
   */
  public static Envelope of(String reversePath, String... recipients) {
    List<ForwardPath> paths = new ArrayList<>(recipients.length);
    for (String recipient : recipients) {
      paths.add(ForwardPath.parse(recipient));
    }
    return new Envelope(ReversePath.parse(reversePath), MailParameters.NONE, paths);
  }

  /** The same envelope with other parameters. */
  public Envelope withParameters(MailParameters other) {
    return new Envelope(reversePath, other, recipients);
  }
}
