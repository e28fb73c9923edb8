package dev.lmtp.codec;

/** Protocol words in bytes: compared and read as ASCII only, whatever the platform's locale. */
final class Ascii {

  private Ascii() {}

  static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /** Whether a range is that word in any case of letters; the word is given in upper case. */
  static boolean isWord(byte[] text, int from, int to, String upper) {
    return to - from == upper.length() && startsWith(text, from, to, upper);
  }

  /** Whether a range begins with that word in any case of letters; it is given in upper case. */
  static boolean startsWith(byte[] text, int from, int to, String upper) {
    if (to - from < upper.length()) {
      return false;
    }
    for (int i = 0; i < upper.length(); i++) {
      byte b = text[from + i];
      int folded = b >= 'a' && b <= 'z' ? b - 0x20 : b;
      if (folded != upper.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** A decimal number of digits only; -1 where there is none or it is beyond a {@code long}. */
  static long decimal(byte[] text, int from, int to) {
    long value = 0;
    for (int at = from; at < to; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return from < to ? value : -1;
  }

  static int skipBlanks(byte[] text, int from, int to) {
    int at = from;
    while (at < to && isBlank(text[at])) {
      at++;
    }
    return at;
  }
}
