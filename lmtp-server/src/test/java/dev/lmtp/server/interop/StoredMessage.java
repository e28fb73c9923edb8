package dev.lmtp.server.interop;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Assertions;

/**
 * A file of a Maildir, taken apart: the three header fields that our server writes on top, and the
 * content as the peer sent it. One byte is one char (ISO 8859-1), so strings compare byte for byte.
 */
record StoredMessage(String returnPath, String deliveredTo, String received, String content) {

  static StoredMessage parse(byte[] file) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    String returnPath = field("Return-Path", text);
    String rest = text.substring(returnPath.length());
    String deliveredTo = field("Delivered-To", rest);
    rest = rest.substring(deliveredTo.length());
    String received = field("Received", rest);
    return new StoredMessage(returnPath, deliveredTo, received, rest.substring(received.length()));
  }

  /** The field at the very start of the text, with its continuation lines and line ends. */
  private static String field(String name, String text) {
    Assertions.assertTrue(
        text.startsWith(name + ": "),
        () -> name + " expected here: " + text.substring(0, Math.min(200, text.length())));
    int end = text.indexOf('\n') + 1;
    while (end < text.length() && (text.charAt(end) == ' ' || text.charAt(end) == '\t')) {
      end = text.indexOf('\n', end) + 1;
    }
    return text.substring(0, end);
  }
}
