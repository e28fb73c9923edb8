package dev.lmtp;

import java.util.Objects;
import java.util.Optional;

/**
 * Where a message comes from and where a report about it goes, RFC 5321 §4.1.1.2.
 *
 * @param mailbox the sender; none in the null reverse-path {@code <>} of a notification (§4.5.5)
 */
public record ReversePath(Optional<Mailbox> mailbox) {

  /** Refuses {@code null}. */
  public ReversePath {
    Objects.requireNonNull(mailbox, "mailbox");
  }

  /** The null reverse-path, {@code <>}: nobody is to be told. */
  public static final ReversePath NULL = new ReversePath(Optional.empty());

  /** The reverse-path of that mailbox. */
  public static ReversePath of(Mailbox mailbox) {
    return new ReversePath(Optional.of(mailbox));
  }

  /**
   * Reads {@code user@example.org}, {@code <user@example.org>}, or nothing and {@code <>} for the
   * null reverse-path.
   *
   * @throws IllegalArgumentException where the text is no mailbox
   */
  public static ReversePath parse(String text) {
    String address = ForwardPath.withoutBrackets(text);
    return address.isEmpty() ? NULL : of(Mailbox.parse(address));
  }

  /** Whether this is the null reverse-path. */
  public boolean isNull() {
    return mailbox.isEmpty();
  }

  /** The path as it is written, in angle brackets. */
  @Override
  public String toString() {
    return mailbox.map(address -> "<" + address + ">").orElse("<>");
  }
}
