package dev.lmtp;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The address a sender wrote, the value of {@code ORCPT}: RFC 3461 §4.2, RFC 6533 §3. Of the type
 * {@code utf-8} each form is read; the one in ASCII is written, which needs no SMTPUTF8.
 *
 * @param addressType {@code rfc822}, {@code utf-8} or another; kept as it was written
 * @param address decoded: printable ASCII; of the type {@code utf-8}, any text without controls. It
 *     need not be an address of that type. At most 500 octets with the type and a semicolon, as
 *     UTF-8 or as xtext.
 */
public record OriginalRecipient(String addressType, String address) {

  private static final String UTF_8 = "utf-8";
  private static final int LONGEST = 500;

  /** Refuses what would not be read back. */
  public OriginalRecipient {
    boolean utf8 = UTF_8.equalsIgnoreCase(addressType);
    boolean good = utf8 ? !address.isEmpty() : Xtext.isPrintableAscii(address);
    ParameterSyntax.require(good && isAtom(addressType), "original recipient", address);
    String counted = utf8 ? Xtext.requireText(address) : Xtext.encode(address);
    int length = addressType.length() + 1 + counted.getBytes(StandardCharsets.UTF_8).length;
    ParameterSyntax.require(length <= LONGEST, "original recipient", address);
  }

  /** An address of the type {@code rfc822}, or {@code utf-8} if it is not ASCII. */
  public static OriginalRecipient of(String address) {
    return new OriginalRecipient(Xtext.isPrintableAscii(address) ? "rfc822" : UTF_8, address);
  }

  /** Reads {@code rfc822;a@b}; {@link IllegalArgumentException} where it is malformed. */
  public static OriginalRecipient parse(String value) {
    // original-recipient-address = addr-type ";" xtext / "utf-8;" utf-8-enc-addr
    int semicolon = value.indexOf(';');
    ParameterSyntax.require(semicolon > 0, "original recipient", value);
    String type = value.substring(0, semicolon);
    String encoded = value.substring(semicolon + 1);
    boolean utf8 = UTF_8.equalsIgnoreCase(type);
    return new OriginalRecipient(type, utf8 ? decodeUnitext(encoded) : Xtext.decode(encoded));
  }

  // addr-type = atom ; RFC 822: no control, blank or special. No esmtp-value holds "=".
  private static boolean isAtom(String text) {
    return !text.isEmpty()
        && text.chars().allMatch(c -> c > ' ' && c <= '~' && "()<>@,;:\\\".[]=".indexOf(c) < 0);
  }

  // utf-8-addr-unitext = 1*(QUCHAR / EmbeddedUnicodeChar)
  private static String decodeUnitext(String encoded) {
    StringBuilder plain = new StringBuilder(encoded.length());
    for (int at = 0; at < encoded.length(); at++) {
      char c = encoded.charAt(at);
      if (c == '\\') {
        int close = encoded.indexOf('}', at);
        ParameterSyntax.require(close > 0, "utf-8 address", encoded);
        // Refuses what is beyond Unicode.
        plain.appendCodePoint(embedded(encoded.substring(at, close + 1)));
        at = close;
      } else {
        ParameterSyntax.require(c > '~' || isQchar(c), "utf-8 address", encoded);
        plain.append(c);
      }
    }
    return plain.toString();
  }

  // EmbeddedUnicodeChar = "\x{" HEXPOINT "}" ; no leading zero, no surrogate, and of ASCII only
  // what cannot stand for itself
  private static int embedded(String text) {
    String what = "character of a utf-8 address";
    ParameterSyntax.require(text.matches("\\\\x\\{[1-9A-Fa-f][0-9A-Fa-f]{1,5}\\}"), what, text);
    int point = Integer.parseInt(text.substring(3, text.length() - 1), 16);
    boolean surrogate = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    ParameterSyntax.require(!surrogate && !isQchar(point), what, text);
    return point;
  }

  // QCHAR = printable ASCII except SP, "\", "+", "="
  private static boolean isQchar(int c) {
    return c > ' ' && c <= '~' && c != '\\' && c != '+' && c != '=';
  }

  private static String encodeUnitext(String plain) {
    StringBuilder encoded = new StringBuilder(plain.length() + 8);
    for (int at = 0; at < plain.length(); at += Character.charCount(plain.codePointAt(at))) {
      int c = plain.codePointAt(at);
      String hex = Integer.toHexString(c).toUpperCase(Locale.ROOT);
      encoded.append(isQchar(c) ? Character.toString(c) : "\\x{" + hex + "}");
    }
    return encoded.toString();
  }

  /** The value as it is written. */
  @Override
  public String toString() {
    boolean utf8 = UTF_8.equalsIgnoreCase(addressType);
    return addressType + ";" + (utf8 ? encodeUnitext(address) : Xtext.encode(address));
  }
}
