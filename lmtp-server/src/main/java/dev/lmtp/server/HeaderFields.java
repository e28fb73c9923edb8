package dev.lmtp.server;

import java.util.ArrayList;
import java.util.List;

/** Finds fields in the header of a message, RFC 5322 §2.2, whose lines end in LF or CR LF. */
final class HeaderFields {

  /** Octets of a text. */
  record Range(int from, int to) {}

  private static final String RETURN_PATH = "return-path";

  private HeaderFields() {}

  /**
   * The Return-Path fields with their line ends, in order. Looked for up to the first line that is
   * no field: what comes behind may be a body. One whose end is not within the text is left out.
   */
  static List<Range> returnPaths(byte[] text, int length) {
    List<Range> found = new ArrayList<>();
    for (int from = 0; ; ) {
      int colon = from;
      // ftext, and the obsolete blanks before the colon
      while (colon < length && text[colon] > ' ' && text[colon] < 0x7f && text[colon] != ':') {
        colon++;
      }
      int name = colon;
      while (colon < length && isBlank(text[colon])) {
        colon++;
      }
      if (name == from || colon == length || text[colon] != ':') {
        return found;
      }
      int to = colon;
      do {
        to = nextLine(text, to, length);
      } while (to < length && isBlank(text[to]));
      if (to == length) {
        return found;
      }
      if (isReturnPath(text, from, name)) {
        found.add(new Range(from, to));
      }
      from = to;
    }
  }

  /** Moves the rest over the fields. */
  static int withoutReturnPaths(byte[] text, int length) {
    int end = 0;
    int at = 0;
    for (Range range : returnPaths(text, length)) {
      System.arraycopy(text, at, text, end, range.from() - at);
      end += range.from() - at;
      at = range.to();
    }
    System.arraycopy(text, at, text, end, length - at);
    return end + length - at;
  }

  private static int nextLine(byte[] text, int from, int length) {
    int at = from;
    while (at < length && text[at] != '\n') {
      at++;
    }
    return Math.min(length, at + 1);
  }

  private static boolean isReturnPath(byte[] text, int from, int to) {
    boolean equal = to - from == RETURN_PATH.length();
    for (int i = 0; equal && i < RETURN_PATH.length(); i++) {
      // No other octet than a letter or its capital becomes the letter; "-" has the bit already.
      equal = (text[from + i] | 0x20) == RETURN_PATH.charAt(i);
    }
    return equal;
  }

  private static boolean isBlank(byte octet) {
    return octet == ' ' || octet == '\t';
  }
}
