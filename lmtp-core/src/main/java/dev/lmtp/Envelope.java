package dev.lmtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a message is handed over with: where it comes from and to whom, each with parameters. The
 * same forward-path may stand in it twice; both are recipients (RFC 2033 §4.2). A recipient is
 * known by its index, never by its address.
 *
 * @param reversePath where reports about the message go
 * @param parameters those of the {@code MAIL} command
 * @param recipients in the order of the {@code RCPT} commands
 */
public record Envelope(ReversePath reversePath, Parameters parameters, List<Recipient> recipients) {

  /**
   * One recipient.
   *
   * @param path where the message goes
   * @param parameters those of the {@code RCPT} command
   */
  public record Recipient(ForwardPath path, Parameters parameters) {

    /** Checks that the parameters are those of {@code RCPT}. */
    public Recipient {
      Objects.requireNonNull(path, "path");
      requireOf(Verb.RCPT, parameters);
    }
  }

  /** Copies the list, and checks that the parameters are those of {@code MAIL}. */
  public Envelope {
    Objects.requireNonNull(reversePath, "reversePath");
    requireOf(Verb.MAIL, parameters);
    recipients = List.copyOf(recipients);
  }

  private static void requireOf(Verb verb, Parameters parameters) {
    for (Parameter<?> parameter : parameters.all()) {
      if (parameter.verb() != verb) {
        throw new IllegalArgumentException(parameter + " does not belong to " + verb);
      }
    }
  }

  /**
   * An envelope without parameters.
   *
   * @param reversePath an address; empty for the null reverse-path
   * @param recipients addresses
   * @throws IllegalArgumentException where one of them is no address
   */
  public static Envelope of(String reversePath, String... recipients) {
    List<Recipient> to = new ArrayList<>(recipients.length);
    for (String recipient : recipients) {
      to.add(new Recipient(ForwardPath.parse(recipient), Parameters.NONE));
    }
    return new Envelope(ReversePath.parse(reversePath), Parameters.NONE, to);
  }

  /** The same envelope with other parameters of {@code MAIL}. */
  public Envelope withParameters(Parameters other) {
    return new Envelope(reversePath, other, recipients);
  }

  /** The same envelope with one more recipient. */
  public Envelope withRecipient(ForwardPath path, Parameters rcptParameters) {
    List<Recipient> more = new ArrayList<>(recipients);
    more.add(new Recipient(path, rcptParameters));
    return new Envelope(reversePath, parameters, more);
  }
}
