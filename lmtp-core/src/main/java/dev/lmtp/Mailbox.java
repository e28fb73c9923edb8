package dev.lmtp;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/**
 * A mailbox, RFC 5321 §4.1.2 and RFC 6531 §3.3: a local part and a domain. Both are kept as they
 * were written, byte for byte, in UTF-8 where they are not ASCII. Two mailboxes are equal when
 * their local parts are the same and their domains are the same in any case of ASCII letters (RFC
 * 5321 §2.4).
 *
 * <p>It holds whatever a parser of any {@link Leniency} takes: neither control characters nor line
 * ends of any kind.
 *
 * @param localPart as on the wire: a dot-string, or a quoted-string with its quotes
 * @param domain a domain or an address literal; empty where none was given, as LMTP clients may
 */
public record Mailbox(String localPart, String domain) {

  /** Refuses whatever would not be read back from the wire as the same mailbox. */
  public Mailbox {
    Set<Deviation> noted = EnumSet.noneOf(Deviation.class);
    byte[] local = utf8(localPart);
    if (AddressSyntax.localPart(local, 0, local.length, Leniency.WIDEST, noted) != local.length) {
      throw new IllegalArgumentException("not a local part: " + Reply.clean(localPart));
    }
    byte[] name = utf8(domain);
    if (name.length > 0
        && AddressSyntax.domain(name, 0, name.length, Leniency.WIDEST, noted) != name.length) {
      throw new IllegalArgumentException("not a domain: " + Reply.clean(domain));
    }
  }

  /**
   * Reads {@code local@domain} or {@code local}, without angle brackets.
   *
   * @throws IllegalArgumentException where the text is no mailbox
   */
  public static Mailbox parse(String text) {
    byte[] bytes = utf8(text);
    int end =
        AddressSyntax.localPart(
            bytes, 0, bytes.length, Leniency.WIDEST, EnumSet.noneOf(Deviation.class));
    if (end == bytes.length) {
      return new Mailbox(text, "");
    }
    if (end < 0 || bytes[end] != '@' || end + 1 == bytes.length) {
      throw new IllegalArgumentException("not a mailbox: " + Reply.clean(text));
    }
    String local = new String(bytes, 0, end, StandardCharsets.UTF_8);
    return new Mailbox(local, text.substring(local.length() + 1));
  }

  /** Whether it can be sent without {@code SMTPUTF8} (RFC 6531). */
  public boolean isAscii() {
    return isAscii(localPart) && isAscii(domain);
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return false;
      }
    }
    return true;
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

  private static byte[] utf8(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    // Half a surrogate pair has become a question mark, which the grammar would take.
    if (!isAscii(text) && !new String(bytes, StandardCharsets.UTF_8).equals(text)) {
      throw new IllegalArgumentException("not Unicode: " + Reply.clean(text));
    }
    return bytes;
  }

  /** Upper and lower case of more than ASCII would make one domain of different ones. */
  private String foldedDomain() {
    return Extension.upperCase(domain);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Mailbox that
        && localPart.equals(that.localPart)
        && foldedDomain().equals(that.foldedDomain());
  }

  @Override
  public int hashCode() {
    return 31 * localPart.hashCode() + foldedDomain().hashCode();
  }

  /** The mailbox as it is written, {@code local@domain} or {@code local}. */
  @Override
  public String toString() {
    return domain.isEmpty() ? localPart : localPart + "@" + domain;
  }
}
