package dev.lmtp;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A mailbox, RFC 5321 §4.1.2: a local part and a domain. Both are kept as they were written, byte
 * for byte. Two mailboxes are equal when their local parts are the same and their domains are the
 * same in any case of letters (RFC 5321 §2.4).
 *
 * @param localPart as on the wire: a dot-string, or a quoted-string with its quotes
 * @param domain a domain or an address literal; empty where none was given, as LMTP clients may
 */
public record Mailbox(String localPart, String domain) {

  /** Refuses whatever would not be read back from the wire as the same mailbox. */
  public Mailbox {
    byte[] local = ascii(localPart);
    if (AddressSyntax.localPart(local, 0, local.length) != local.length) {
      throw new IllegalArgumentException("not a local part: " + Reply.clean(localPart));
    }
    byte[] name = ascii(domain);
    if (name.length > 0 && AddressSyntax.domain(name, 0, name.length) != name.length) {
      throw new IllegalArgumentException("not a domain: " + Reply.clean(domain));
    }
  }

  /**
   * Reads {@code local@domain} or {@code local}, without angle brackets.
   *
   * @throws IllegalArgumentException where the text is no mailbox
   */
  public static Mailbox parse(String text) {
    byte[] bytes = ascii(text);
    int end = AddressSyntax.localPart(bytes, 0, bytes.length);
    if (end == bytes.length) {
      return new Mailbox(text, "");
    }
    if (end < 0 || bytes[end] != '@' || end + 1 == bytes.length) {
      throw new IllegalArgumentException("not a mailbox: " + Reply.clean(text));
    }
    return new Mailbox(text.substring(0, end), text.substring(end + 1));
  }

  /** The local part without the quotes and backslashes of a quoted-string. */
  public String unquotedLocalPart() {
    if (!localPart.startsWith("\"")) {
      return localPart;
    }
    StringBuilder plain = new StringBuilder(localPart.length());
    for (int i = 1; i < localPart.length() - 1; i++) {
      if (localPart.charAt(i) == '\\') {
        i++;
      }
      plain.append(localPart.charAt(i));
    }
    return plain.toString();
  }

  private static byte[] ascii(String text) {
    // What is not ASCII becomes an octet above 127, which the grammar refuses.
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Mailbox that
        && localPart.equals(that.localPart)
        && domain.equalsIgnoreCase(that.domain);
  }

  @Override
  public int hashCode() {
    return 31 * localPart.hashCode() + domain.toLowerCase(Locale.ROOT).hashCode();
  }

  /** The mailbox as it is written, {@code local@domain} or {@code local}. */
  @Override
  public String toString() {
    return domain.isEmpty() ? localPart : localPart + "@" + domain;
  }
}
