package dev.lmtp;

import java.util.List;
import java.util.Optional;

/**
 * A server's reply: a three-digit code, its enhanced status code where there is one, and the lines
 * of text (RFC 5321 §4.2, RFC 2034).
 *
 * <p>A reply cannot contradict itself: the class of the enhanced code is the first digit of the
 * code. It cannot forge another one either: control characters in the text, CR and LF among them,
 * become blanks, whatever the text was made of.
 *
 * @param code 200 to 599
 * @param enhanced the enhanced status code; none in greetings, in the answer to {@code EHLO}, and
 *     with 3xx
 * @param lines the text without codes; at least one line, which may be empty
 */
public record Reply(int code, Optional<EnhancedStatus> enhanced, List<String> lines) {

  /** The most characters kept of one text: what comes from an exception may be endless. */
  private static final int LONGEST_TEXT = 4_096;

  /** Checks the code against its class and cleans the text. */
  public Reply {
    if (code < 200 || code > 599) {
      throw new IllegalArgumentException("a reply code lies within 200 and 599: " + code);
    }
    if (enhanced.isPresent() && enhanced.get().statusClass() != code / 100) {
      throw new IllegalArgumentException(
          "class of " + enhanced.get() + " is not the first digit of " + code);
    }
    String[] cleaned = lines.toArray(new String[lines.size()]);
    for (int i = 0; i < cleaned.length; i++) {
      cleaned[i] = clean(cleaned[i]);
    }
    lines = cleaned.length == 0 ? List.of("") : List.of(cleaned);
  }

  /**
   * A reply with an enhanced status code, as {@code Reply.of(550, "5.1.1", "User unknown")}.
   *
   * @throws IllegalArgumentException where code and enhanced code disagree
   */
  public static Reply of(int code, String enhanced, String text) {
    return new Reply(code, Optional.of(EnhancedStatus.parse(enhanced)), List.of(text));
  }

  /**
   * A reply with an enhanced status code whose class is the first digit of the code, as {@code
   * Reply.of(550, StatusDetail.BAD_DESTINATION_MAILBOX_ADDRESS, "User unknown")}.
   *
   * @param code 2xx, 4xx or 5xx; no other has an enhanced code
   */
  public static Reply of(int code, StatusDetail detail, String text) {
    return new Reply(code, Optional.of(detail.inClass(code / 100)), List.of(text));
  }

  /** A reply without an enhanced status code: a greeting, a hello's answer, a 3xx. */
  public static Reply plain(int code, String... lines) {
    return new Reply(code, Optional.empty(), List.of(lines));
  }

  /** 2xx: done. Behind the content this is a promise (RFC 2033 §4.2). */
  public boolean isPositive() {
    return code < 300;
  }

  /** 3xx: go on. */
  public boolean isIntermediate() {
    return code / 100 == 3;
  }

  /** 4xx: not now. */
  public boolean isTransient() {
    return code / 100 == 4;
  }

  /** 5xx: no. */
  public boolean isPermanent() {
    return code >= 500;
  }

  /** 4xx or 5xx. */
  public boolean isNegative() {
    return code >= 400;
  }

  /** The lines of the text, joined by blanks. */
  public String text() {
    return lines.size() == 1 ? lines.get(0) : String.join(" ", lines);
  }

  /** One line of a text from anywhere: control characters become blanks, its length is bounded. */
  static String clean(String text) {
    int length = Math.min(text.length(), LONGEST_TEXT);
    for (int i = 0; i < length; i++) {
      if (Character.isISOControl(text.charAt(i))) {
        StringBuilder cleaned = new StringBuilder(text.substring(0, length));
        for (int k = i; k < length; k++) {
          if (Character.isISOControl(cleaned.charAt(k))) {
            cleaned.setCharAt(k, ' ');
          }
        }
        return cleaned.toString();
      }
    }
    return text.substring(0, length);
  }

  /** Code, enhanced code and text in one line, for logs. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(32).append(code);
    enhanced.ifPresent(status -> line.append(' ').append(status));
    String text = text();
    return text.isEmpty() ? line.toString() : line.append(' ').append(text).toString();
  }
}
