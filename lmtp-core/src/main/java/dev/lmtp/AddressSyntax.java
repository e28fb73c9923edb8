package dev.lmtp;

/**
 * The grammar of addresses, RFC 5321 §4.1.2 and §4.1.3, over bytes. Each method looks for one
 * construct at an offset and answers where it ends, or -1 where there is none; nothing is allocated
 * and nothing outside the range is read.
 *
 * <p>Taken more widely than the RFC writes it, because real mail is so: a local part may have dots
 * at its ends and in a row, a domain may have underscores and one final dot. Octets above 127 are
 * never part of an address.
 */
public final class AddressSyntax {

  private AddressSyntax() {}

  /**
   * {@code Local-part = Dot-string / Quoted-string}.
   *
   * @return the offset behind the local part, or -1
   */
  public static int localPart(byte[] text, int from, int to) {
    if (from < to && text[from] == '"') {
      return quotedString(text, from, to);
    }
    int at = from;
    while (at < to && (isAtext(text[at]) || text[at] == '.')) {
      at++;
    }
    return at > from ? at : -1;
  }

  // Quoted-string = DQUOTE *( qtextSMTP / "\" %d32-126 ) DQUOTE
  private static int quotedString(byte[] text, int from, int to) {
    for (int at = from + 1; at < to; at++) {
      byte b = text[at];
      if (b == '"') {
        return at + 1;
      }
      if (b == '\\' && ++at == to) {
        return -1;
      }
      if (text[at] < ' ' || text[at] > '~') {
        return -1;
      }
    }
    return -1;
  }

  /**
   * {@code Domain / address-literal}: labels of letters, digits, hyphens and underscores, or what
   * stands in brackets.
   *
   * @return the offset behind the domain, or -1
   */
  public static int domain(byte[] text, int from, int to) {
    if (from < to && text[from] == '[') {
      return addressLiteral(text, from, to);
    }
    int at = from;
    int label = from;
    while (at < to) {
      byte b = text[at];
      if (isLetterOrDigit(b) || b == '-' || b == '_') {
        at++;
      } else if (b == '.' && at > label) {
        label = ++at;
      } else {
        break;
      }
    }
    return at > from ? at : -1;
  }

  // address-literal = "[" ( IPv4 / "IPv6:" IPv6 / Standardized-tag ":" 1*dcontent ) "]"
  // dcontent = %d33-90 / %d94-126
  private static int addressLiteral(byte[] text, int from, int to) {
    for (int at = from + 1; at < to; at++) {
      byte b = text[at];
      if (b == ']') {
        return at > from + 1 ? at + 1 : -1;
      }
      if (b <= ' ' || b > '~' || b == '[' || b == '\\') {
        return -1;
      }
    }
    return -1;
  }

  // atext, RFC 5322 §3.2.3
  private static boolean isAtext(byte b) {
    return isLetterOrDigit(b) || (b > ' ' && "!#$%&'*+-/=?^_`{|}~".indexOf(b) >= 0);
  }

  private static boolean isLetterOrDigit(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
  }
}
