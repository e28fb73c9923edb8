package dev.lmtp;

import java.util.Set;

/**
 * The grammar of address literals, RFC 5321 §4.1.3, as {@link AddressSyntax} finds it:
 *
 * <pre>
 * address-literal  = "[" ( IPv4-address-literal / "IPv6:" IPv6-addr /
 *                          Standardized-tag ":" 1*dcontent ) "]"
 * Standardized-tag = *( ALPHA / DIGIT / "-" ) ( ALPHA / DIGIT )
 * dcontent         = %d33-90 / %d94-126
 * </pre>
 *
 * <p>Any tag is taken, although IPv6 is the only one that was ever registered.
 */
final class AddressLiteral {

  private AddressLiteral() {}

  /** The offset behind the literal whose bracket stands at {@code from}, or -1. */
  static int end(byte[] text, int from, int to, Leniency leniency, Set<Deviation> noted) {
    int at = from + 1;
    int tag = at;
    while (at < to && text[at] > ' ' && text[at] <= '~' && (text[at] < '[' || text[at] > ']')) {
      // The tag ends where it cannot go on.
      if (tag == at && (AddressSyntax.isLetterOrDigit(text[at]) || text[at] == '-')) {
        tag++;
      }
      at++;
    }
    if (at == from + 1 || at == to || text[at] != ']') {
      return -1;
    }
    boolean tagged = tag > from + 1 && text[tag] == ':' && text[tag - 1] != '-' && tag + 1 < at;
    boolean ipv6 = tagged && isIpv6Tag(text, from + 1, tag);
    boolean known = ipv6 ? isIpv6(text, tag + 1, at) : tagged || isIpv4(text, from + 1, at);
    boolean may =
        leniency.tolerates(Deviation.ADDRESS_LITERAL, noted)
            && (known || leniency.tolerates(Deviation.LOOSE_ADDRESS_LITERAL, noted));
    return may ? at + 1 : -1;
  }

  private static boolean isIpv6Tag(byte[] text, int from, int to) {
    return to - from == 4
        && (text[from] | 0x20) == 'i'
        && (text[from + 1] | 0x20) == 'p'
        && (text[from + 2] | 0x20) == 'v'
        && text[from + 3] == '6';
  }

  // IPv4-address-literal = Snum 3("." Snum)
  private static boolean isIpv4(byte[] text, int from, int to) {
    int at = from;
    for (int part = 0; part < 4; part++) {
      if (part > 0 && (at == to || text[at++] != '.')) {
        return false;
      }
      int start = at;
      int number = 0;
      while (at < to && at - start < 3 && text[at] >= '0' && text[at] <= '9') {
        number = 10 * number + text[at++] - '0';
      }
      if (at == start || number > 255) {
        return false;
      }
    }
    return at == to;
  }

  // IPv6-addr = IPv6-full / IPv6-comp / IPv6v4-full / IPv6v4-comp: eight groups, of which an IPv4
  // address is two; "::" stands for at least two.
  private static boolean isIpv6(byte[] text, int from, int to) {
    int groups = 0;
    boolean compressed = to - from > 1 && text[from] == ':' && text[from + 1] == ':';
    int at = compressed ? from + 2 : from;
    while (at < to) {
      if (isIpv4(text, at, to)) {
        groups += 2;
        break;
      }
      int start = at;
      while (at < to && at - start < 4 && isHexDigit(text[at])) {
        at++;
      }
      if (at == start) {
        return false;
      }
      groups++;
      if (at < to && (text[at++] != ':' || at == to)) {
        return false;
      }
      if (at < to && text[at] == ':') {
        if (compressed) {
          return false;
        }
        compressed = true;
        at++;
      }
    }
    return compressed ? groups <= 6 : groups == 8;
  }

  private static boolean isHexDigit(byte b) {
    int lower = b | 0x20;
    return (b >= '0' && b <= '9') || (lower >= 'a' && lower <= 'f');
  }
}
