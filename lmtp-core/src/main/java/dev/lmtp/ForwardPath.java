package dev.lmtp;

import java.util.Objects;

/**
 * Where a message goes, RFC 5321 §4.1.1.3. Source routes are gone by the time there is a value
 * (§4.1.2, appendix C). {@code <postmaster>} is the mailbox of that local part with no domain.
 *
 * @param mailbox the recipient's
 */
public record ForwardPath(Mailbox mailbox) {

  /** Refuses {@code null}. */
  public ForwardPath {
    Objects.requireNonNull(mailbox, "mailbox");
  }

  /** The forward-path of that mailbox. */
  public static ForwardPath of(Mailbox mailbox) {
    return new ForwardPath(mailbox);
  }

  /**
   * Reads {@code user@example.org}, {@code user} or either in angle brackets.
   *
   * @throws IllegalArgumentException where the text is no mailbox
   */
  public static ForwardPath parse(String text) {
    return new ForwardPath(Mailbox.parse(withoutBrackets(text)));
  }

  static String withoutBrackets(String text) {
    boolean bracketed = text.length() > 1 && text.startsWith("<") && text.endsWith(">");
    return bracketed ? text.substring(1, text.length() - 1) : text;
  }

  /** The path as it is written, in angle brackets. */
  @Override
  public String toString() {
    return "<" + mailbox + ">";
  }
}
