package dev.lmtp;

import java.util.EnumSet;
import java.util.Set;

/**
 * The grammar of addresses, RFC 5321 §4.1.2 and §4.1.3 with RFC 6531 §3.3, over bytes. Each method
 * looks for one construct at an offset and answers where it ends, or -1 where there is none or it
 * leaves the grammar further than the {@link Leniency} tolerates. What was tolerated is noted, also
 * where the construct is refused for something else in the end. One pass; nothing is allocated and
 * nothing outside the range is read.
 *
 * <p>Well-formed UTF-8 is always taken, but for the controls U+0080 to U+009F and the line ends
 * U+2028 and U+2029. Whether it may stand there is for the caller to say: {@code SMTPUTF8} comes
 * behind the address. Not checked: which code points IDNA has in a label (RFC 5892).
 */
public final class AddressSyntax {

  // atext, RFC 5322 §3.2.3
  private static final boolean[] ATEXT = letters("!#$%&'*+-/=?^_`{|}~", true);
  private static final boolean[] UNUSUAL = letters("!#%&/?`|", false);

  private AddressSyntax() {}

  private static boolean[] letters(String special, boolean lettersAndDigits) {
    boolean[] table = new boolean[128];
    for (int c = 0; c < table.length; c++) {
      table[c] = special.indexOf(c) >= 0 || (lettersAndDigits && isLetterOrDigit((byte) c));
    }
    return table;
  }

  /**
   * {@code Local-part = Dot-string / Quoted-string}.
   *
   * @param leniency what is tolerated
   * @param noted takes up what was
   * @return the offset behind the local part, or -1
   */
  public static int localPart(
      byte[] text, int from, int to, Leniency leniency, Set<Deviation> noted) {
    if (from < to && text[from] == '"') {
      boolean may = leniency.tolerates(Deviation.QUOTED_LOCAL_PART, noted);
      return may ? quotedString(text, from, to) : -1;
    }
    // Dot-string = Atom *("." Atom)
    int at = from;
    int atom = from;
    boolean looseDots = false;
    boolean unusual = false;
    while (at < to) {
      byte b = text[at];
      if (b == '.') {
        looseDots |= at == atom;
        atom = ++at;
      } else if (b < 0) {
        int next = nonAscii(text, at, to);
        if (next < 0) {
          break;
        }
        at = next;
      } else if (ATEXT[b]) {
        unusual |= UNUSUAL[b];
        at++;
      } else {
        break;
      }
    }
    looseDots |= at == atom;
    boolean refused =
        at == from
            || (looseDots && !leniency.tolerates(Deviation.LOOSE_DOTS, noted))
            || (unusual && !leniency.tolerates(Deviation.UNUSUAL_ATEXT, noted));
    return refused ? -1 : at;
  }

  // Quoted-string = DQUOTE *( qtextSMTP / "\" %d32-126 ) DQUOTE
  private static int quotedString(byte[] text, int from, int to) {
    int at = from + 1;
    while (at >= 0 && at < to) {
      byte b = text[at];
      if (b == '"') {
        return at + 1;
      }
      if (b < 0) {
        at = nonAscii(text, at, to);
        continue;
      }
      if (b == '\\' && ++at == to) {
        return -1;
      }
      if (text[at] < ' ' || text[at] > '~') {
        return -1;
      }
      at++;
    }
    return -1;
  }

  /**
   * {@code Domain / address-literal}.
   *
   * @param leniency what is tolerated
   * @param noted takes up what was
   * @return the offset behind the domain, or -1
   */
  public static int domain(byte[] text, int from, int to, Leniency leniency, Set<Deviation> noted) {
    if (from < to && text[from] == '[') {
      return AddressLiteral.end(text, from, to, leniency, noted);
    }
    // Domain = sub-domain *("." sub-domain)
    for (int at = from; ; at++) {
      int end = subDomain(text, at, to, leniency, noted);
      if (end == at) {
        boolean may = at > from && leniency.tolerates(Deviation.FINAL_DOT_IN_DOMAIN, noted);
        return may ? at : -1;
      }
      if (end < 0 || end == to || text[end] != '.') {
        return end;
      }
      at = end;
    }
  }

  /**
   * Whether a name is one that a host may give itself (RFC 5321 §2.3.5): a domain or an address
   * literal, in ASCII.
   */
  public static boolean isHostname(byte[] text, int from, int to, Leniency leniency) {
    for (int at = from; at < to; at++) {
      if (text[at] < 0) {
        return false;
      }
    }
    return domain(text, from, to, leniency, EnumSet.noneOf(Deviation.class)) == to;
  }

  // sub-domain = Let-dig [Ldh-str] / U-label
  private static int subDomain(
      byte[] text, int from, int to, Leniency leniency, Set<Deviation> noted) {
    int at = from;
    boolean underscore = false;
    while (at < to) {
      byte b = text[at];
      int next = at + 1;
      if (b < 0) {
        next = nonAscii(text, at, to);
      } else if (b == '_') {
        underscore = true;
      } else if (!isLetterOrDigit(b) && b != '-') {
        next = -1;
      }
      if (next < 0) {
        break;
      }
      at = next;
    }
    boolean looseHyphens = at > from && (text[from] == '-' || text[at - 1] == '-');
    boolean refused =
        (underscore && !leniency.tolerates(Deviation.UNDERSCORE_IN_DOMAIN, noted))
            || (looseHyphens && !leniency.tolerates(Deviation.LOOSE_HYPHENS, noted));
    return refused ? -1 : at;
  }

  // UTF8-non-ascii, RFC 6532 §3.1: the offset behind one character, or -1.
  private static int nonAscii(byte[] text, int at, int to) {
    int lead = text[at] & 0xff;
    int length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length == 0 || to - at < length) {
      return -1;
    }
    int point = lead & (0xff >> (length + 1));
    for (int i = 1; i < length; i++) {
      if ((text[at + i] & 0xc0) != 0x80) {
        return -1;
      }
      point = (point << 6) | (text[at + i] & 0x3f);
    }
    // Below: a control, or a longer form than needed.
    int least = length == 2 ? 0xa0 : length == 3 ? 0x800 : 0x10000;
    boolean surrogate = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    boolean lineEnd = point == 0x2028 || point == 0x2029;
    boolean refused = point < least || point > Character.MAX_CODE_POINT || surrogate || lineEnd;
    return refused ? -1 : at + length;
  }

  static boolean isLetterOrDigit(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
  }
}
