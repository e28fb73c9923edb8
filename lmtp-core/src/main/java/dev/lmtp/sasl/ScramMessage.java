package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.security.sasl.SaslException;

/** Reads the attributes of one SCRAM message in their fixed order, RFC 5802 §5.1 and §7. */
final class ScramMessage {

  // attr-val = ALPHA "=" value ; value = 1*value-char, without NUL
  private static final Pattern ATTRIBUTE = Pattern.compile("[A-Za-z]=[^\\x00]++");

  private final String[] attributes;
  private int next;

  ScramMessage(String text) throws SaslException {
    attributes = text.split(",", -1);
    for (String attribute : attributes) {
      if (!ATTRIBUTE.matcher(attribute).matches()) {
        throw new SaslException("malformed SCRAM message");
      }
      if (attribute.charAt(0) == 'm') {
        throw new SaslException("mandatory SCRAM extension, not supported");
      }
    }
  }

  /** The next attribute's value, which must be this one. */
  String take(char name) throws SaslException {
    if (!isNext(name)) {
      throw new SaslException("SCRAM attribute missing: " + name);
    }
    return attributes[next++].substring(2);
  }

  boolean isNext(char name) {
    return next < attributes.length && attributes[next].charAt(0) == name;
  }

  /** The nonce: one that has all of the start, and more behind it. */
  String takeNonce(String start) throws SaslException {
    String nonce = take('r');
    if (!nonce.chars().allMatch(c -> c > ' ' && c <= '~')
        || !nonce.startsWith(start)
        || nonce.length() == start.length()) {
      throw new SaslException("SCRAM nonce does not extend ours");
    }
    return nonce;
  }

  int takeIterations() throws SaslException {
    // posit-number = %x31-39 *DIGIT ; more than seven digits are over our bound anyway
    String digits = take('i');
    if (!digits.matches("[1-9][0-9]{0,6}") || !ScramKeys.isBounded(Integer.parseInt(digits))) {
      throw new SaslException("SCRAM iteration count out of bounds");
    }
    return Integer.parseInt(digits);
  }

  byte[] takeBase64(char name) throws SaslException {
    return base64(take(name));
  }

  /** Decodes base64, only in its one canonical form: what is signed is read one way. */
  static byte[] base64(String text) throws SaslException {
    byte[] octets;
    try {
      octets = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      // Not as the cause: it quotes.
      throw new SaslException("malformed base64");
    }
    if (!base64(octets).equals(text)) {
      throw new SaslException("base64 not canonical");
    }
    return octets;
  }

  static String base64(byte[] octets) {
    return Base64.getEncoder().encodeToString(octets);
  }

  /** A nonce of 18 random octets. */
  static String nonce() {
    return base64(ScramKeys.random(18));
  }

  /** The value of {@code c=}: the header, and the channel binding data if its flag says so. */
  static String channelBinding(Gs2Header header, byte[] data) {
    byte[] start = header.text().getBytes(UTF_8);
    return base64(ByteBuffer.allocate(start.length + data.length).put(start).put(data).array());
  }
}
