package dev.lmtp;

import java.nio.charset.StandardCharsets;

/**
 * The encoding xtext, RFC 3461 §4: what is not printable ASCII, and blank, {@code +} and {@code =},
 * becomes {@code +} with two hexadecimal digits in upper case for each octet of its UTF-8.
 *
 * <p>Decoded text goes on into headers and logs. So control characters, line ends of Unicode and
 * malformed UTF-8 are refused both ways, however they are spelled.
 */
public final class Xtext {

  private static final String HEX = "0123456789ABCDEF";

  private Xtext() {}

  /**
   * Encodes a text.
   *
   * @throws IllegalArgumentException where it holds a control character or half a surrogate pair
   */
  public static String encode(String text) {
    StringBuilder xtext = new StringBuilder(text.length() + 8);
    for (byte b : requireText(text).getBytes(StandardCharsets.UTF_8)) {
      if (isXchar((char) b)) {
        xtext.append((char) b);
      } else {
        xtext.append('+').append(HEX.charAt(b >> 4 & 0xf)).append(HEX.charAt(b & 0xf));
      }
    }
    return xtext.toString();
  }

  /**
   * Decodes a text.
   *
   * @throws IllegalArgumentException where it is no xtext, or hides what {@link #encode} refuses
   */
  public static String decode(String xtext) {
    // xtext = *( xchar / hexchar ) ; hexchar = "+" 2( DIGIT / "A" / "B" / "C" / "D" / "E" / "F" )
    byte[] octets = new byte[xtext.length()];
    int length = 0;
    for (int i = 0; i < xtext.length(); i++) {
      char c = xtext.charAt(i);
      int octet = isXchar(c) ? c : -1;
      if (c == '+' && i + 2 < xtext.length()) {
        // Negative if one of them is no digit.
        octet = HEX.indexOf(xtext.charAt(++i)) << 4 | HEX.indexOf(xtext.charAt(++i));
      }
      if (octet < 0) {
        throw new IllegalArgumentException("not xtext: " + Reply.clean(xtext));
      }
      octets[length++] = (byte) octet;
    }
    return requireText(new String(octets, 0, length, StandardCharsets.UTF_8));
  }

  // xchar = any ASCII CHAR between "!" and "~" except "+" and "="
  private static boolean isXchar(char c) {
    return c > ' ' && c <= '~' && c != '+' && c != '=';
  }

  /** Refuses what must not come out of a decoder; U+FFFD stands for malformed UTF-8. */
  static String requireText(String text) {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      boolean half = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
      if (Character.isISOControl(c) || half || c == 0x2028 || c == 0x2029 || c == 0xfffd) {
        throw new IllegalArgumentException("control character or malformed UTF-8 in a value");
      }
    }
    return text;
  }

  /** Whether a text has at least one character, all of them from blank to {@code ~}. */
  static boolean isPrintableAscii(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= ' ' && c <= '~');
  }
}
