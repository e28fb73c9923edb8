package dev.lmtp.session;

import dev.lmtp.Capabilities;
import dev.lmtp.Extension;
import dev.lmtp.codec.LineFramer;
import dev.lmtp.codec.Violation;
import dev.lmtp.sasl.Mechanisms;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a client says in an {@code AUTH} exchange, RFC 4954 §4, out of its base64. */
final class AuthExchange {

  /** The longest line of an exchange with CR LF. */
  static final int LONGEST_LINE = 12_288;

  private static final String NO_OCTETS = "=";
  private static final String CANCEL = "*";

  private List<String> mechanisms = List.of();
  private String mechanism = "";
  private byte[] response;

  /** Takes the mechanisms from a hello reply. */
  void offer(Capabilities offered) {
    String names = offered.parameters(Extension.AUTH.keyword()).orElse("");
    mechanisms = names.isEmpty() ? List.of() : List.of(names.split(" +"));
  }

  /**
   * Reads {@code AUTH mechanism [initial-response]}.
   *
   * @return what is wrong with it, or {@code null}
   */
  Violation begin(String argument, boolean secure) {
    response = null;
    String[] words = argument.split(" +", 2);
    mechanism = words[0].toUpperCase(Locale.ROOT);
    if (mechanism.isEmpty()) {
      return Violation.BAD_ARGUMENT;
    }
    if (!mechanisms.contains(mechanism)) {
      boolean shown = !secure && Mechanisms.isCleartext(mechanism);
      return shown ? Violation.ENCRYPTION_REQUIRED : Violation.UNKNOWN_MECHANISM;
    }
    if (words.length == 1) {
      return null;
    }
    return words[1].equals(NO_OCTETS) ? decode("") : decode(words[1]);
  }

  /** Reads a line that answers a challenge; as {@link #begin}. */
  Violation read(LineFramer line) {
    if (line.violation() != null) {
      boolean tooLong = line.violation() == Violation.LINE_TOO_LONG;
      return tooLong ? Violation.AUTH_LINE_TOO_LONG : line.violation();
    }
    String text = new String(line.bytes(), 0, line.length(), StandardCharsets.ISO_8859_1);
    return text.equals(CANCEL) ? Violation.AUTH_CANCELLED : decode(text);
  }

  private Violation decode(String base64) {
    try {
      response = Base64.getDecoder().decode(base64);
      return null;
    } catch (IllegalArgumentException e) {
      // Its text would quote what may be half a password.
      return Violation.BAD_BASE64;
    }
  }

  String mechanism() {
    return mechanism;
  }

  Optional<byte[]> response() {
    return Optional.ofNullable(response);
  }

  /** Forgets what the client said, which may be a password. */
  void forget() {
    if (response != null) {
      Arrays.fill(response, (byte) 0);
    }
    response = null;
  }
}
