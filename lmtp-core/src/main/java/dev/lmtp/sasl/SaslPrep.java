package dev.lmtp.sasl;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import javax.security.sasl.SaslException;

/**
 * The stringprep profile SASLprep, RFC 4013, and strict UTF-8.
 *
 * <p>Known limits: the JDK knows its own Unicode, not 3.2. So NFKC and directions are the JDK's,
 * format characters newer than 3.2 are prohibited as well, and code points unassigned in 3.2 (RFC
 * 3454 A.1) are taken, in stored strings too: users do have such passwords. Text that is not ASCII
 * passes through Strings, which cannot be wiped.
 */
final class SaslPrep {

  private SaslPrep() {}

  /** Prepares a name; an empty one stays empty. */
  static String prepare(String text) throws SaslException {
    StringBuilder mapped = new StringBuilder(text.length());
    text.codePoints()
        .filter(c -> !isNothing(c))
        .map(SaslPrep::space)
        .forEach(mapped::appendCodePoint);
    String prepared = Normalizer.normalize(mapped, Normalizer.Form.NFKC);
    if (prepared.codePoints().anyMatch(SaslPrep::isProhibited) || !isOneWay(prepared)) {
      throw new SaslException("prohibited by SASLprep, RFC 4013");
    }
    return prepared;
  }

  /** Prepares a password: octets that the caller wipes, never none. The argument is left alone. */
  static byte[] prepare(char[] password) throws SaslException {
    byte[] prepared;
    if (CharBuffer.wrap(password).chars().allMatch(c -> c >= ' ' && c <= '~')) {
      prepared = new byte[password.length];
      for (int i = 0; i < password.length; i++) {
        prepared[i] = (byte) password[i];
      }
    } else {
      prepared = prepare(String.valueOf(password)).getBytes(StandardCharsets.UTF_8);
    }
    if (prepared.length == 0) {
      throw new SaslException("empty password");
    }
    return prepared;
  }

  /** Decodes UTF-8. Malformed octets are refused: replaced ones would make two names one. */
  static char[] decode(byte[] octets, int from, int to) throws SaslException {
    try {
      CharBuffer text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets, from, to - from));
      char[] chars = new char[text.remaining()];
      text.get(chars);
      Arrays.fill(text.array(), '\0');
      return chars;
    } catch (CharacterCodingException e) {
      // Not as the cause: it tells nothing, and the octets may be a password's.
      throw new SaslException("malformed UTF-8");
    }
  }

  static String decode(byte[] octets) throws SaslException {
    return String.valueOf(decode(octets, 0, octets.length));
  }

  // RFC 3454 C.1.2. U+200B is in B.1 too; as a space is how others read it.
  private static int space(int c) {
    return c == 0x200b || Character.getType(c) == Character.SPACE_SEPARATOR ? ' ' : c;
  }

  // RFC 3454 B.1
  private static boolean isNothing(int c) {
    return "\u00ad\u034f\u1806\u180b\u180c\u180d\u200c\u200d\u2060\ufeff".indexOf(c) >= 0
        || within(c, 0xfe00, 0xfe0f);
  }

  private static boolean within(int c, int first, int last) {
    return c >= first && c <= last;
  }

  private static boolean isProhibited(int c) {
    return switch (Character.getType(c)) {
      // RFC 3454 C.2, C.3, C.5, C.8 and C.9 by their categories
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE ->
          true;
      // C.1.2, which the mapping leaves nothing of; C.4; C.6; C.7
      case Character.SPACE_SEPARATOR -> c != ' ';
      default ->
          (c & 0xfffe) == 0xfffe
              || within(c, 0xfdd0, 0xfdef)
              || within(c, 0xfffc, 0xfffd)
              || within(c, 0x2ff0, 0x2ffb);
    };
  }

  // RFC 3454 6: with one character from right to left, none goes the other way, and the first and
  // the last one go from right to left.
  private static boolean isOneWay(String text) {
    if (text.codePoints().noneMatch(SaslPrep::isRightToLeft)) {
      return true;
    }
    return text.codePoints()
            .noneMatch(
                c -> Character.getDirectionality(c) == Character.DIRECTIONALITY_LEFT_TO_RIGHT)
        && isRightToLeft(text.codePointAt(0))
        && isRightToLeft(text.codePointBefore(text.length()));
  }

  private static boolean isRightToLeft(int c) {
    byte direction = Character.getDirectionality(c);
    return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
        || direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC;
  }
}
