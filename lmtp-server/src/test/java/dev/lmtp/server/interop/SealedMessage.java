package dev.lmtp.server.interop;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Messages that tell whether they are whole: a field of the header has the message's number, and
 * the length and the digest of the body as it is stored, with LF line ends.
 */
final class SealedMessage {
  private static final Pattern SEAL = Pattern.compile("(?m)^X-Seal: (\\d+) (\\d+) ([0-9a-f]{64})$");
  private static final Pattern MESSAGE_ID = Pattern.compile("<(\\d+)\\.seal@example\\.org>");
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(76, "\n".getBytes(StandardCharsets.US_ASCII));

  private SealedMessage() {}

  /** A message of about that size, with CR LF line ends. */
  static byte[] of(int number, int size) {
    byte[] octets = new byte[size * 3 / 4];
    new Random(number).nextBytes(octets);
    String body = LINES.encodeToString(octets) + "\n";
    String message =
        "From: sender@example.org\nDate: Thu, 1 Jan 2026 12:00:00 +0000\nMessage-ID: <"
            + number
            + ".seal@example.org>\nX-Seal: "
            + number
            + " "
            + body.length()
            + " "
            + digest(body)
            + "\n\n"
            + body;
    return message.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  /** From 1 to 300 KiB, small ones as often as large ones. */
  static int randomSize(Random random) {
    return (int) (1_024 * Math.pow(300, random.nextDouble()));
  }

  /** The number of a stored message; none where it is not whole. */
  static OptionalInt open(byte[] file) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\n\n");
    Matcher seal = SEAL.matcher(text).region(0, Math.max(end, 0));
    if (end < 0 || !seal.find()) {
      return OptionalInt.empty();
    }
    String body = text.substring(end + 2);
    return body.length() == Integer.parseInt(seal.group(2)) && digest(body).equals(seal.group(3))
        ? OptionalInt.of(Integer.parseInt(seal.group(1)))
        : OptionalInt.empty();
  }

  /** The number in the Message-ID of a log line; none where there is none. */
  static OptionalInt numberInMessageId(String line) {
    Matcher id = MESSAGE_ID.matcher(line);
    return id.find() ? OptionalInt.of(Integer.parseInt(id.group(1))) : OptionalInt.empty();
  }

  private static String digest(String body) {
    try {
      byte[] octets = body.getBytes(StandardCharsets.ISO_8859_1);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has it", e);
    }
  }
}
