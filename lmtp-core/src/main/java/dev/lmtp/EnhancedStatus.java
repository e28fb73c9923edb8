package dev.lmtp;

import java.util.Optional;

/**
 * An enhanced mail system status code, RFC 3463: {@code class.subject.detail}.
 *
 * @param statusClass 2 success, 4 persistent transient failure, 5 permanent failure
 * @param subject 0 to 999, RFC 3463 §3: address, mailbox, system, network, protocol, content,
 *     policy
 * @param detail 0 to 999
 */
public record EnhancedStatus(int statusClass, int subject, int detail) {

  /** Checks the ranges of RFC 3463 §2. */
  public EnhancedStatus {
    if (statusClass != 2 && statusClass != 4 && statusClass != 5) {
      throw new IllegalArgumentException("status class is 2, 4 or 5, not " + statusClass);
    }
    if (subject < 0 || subject > 999 || detail < 0 || detail > 999) {
      throw new IllegalArgumentException(
          "subject and detail lie within 0 and 999: " + subject + "." + detail);
    }
  }

  /**
   * Reads {@code 5.1.1}.
   *
   * @throws IllegalArgumentException where the text is no enhanced status code
   */
  public static EnhancedStatus parse(String text) {
    EnhancedStatus status = leading(text);
    if (status == null || status.toString().length() != text.length()) {
      throw new IllegalArgumentException("not an enhanced status code: " + Reply.clean(text));
    }
    return status;
  }

  /**
   * The code that a reply's text begins with, if there is one that ends at a blank or at the end of
   * the text (RFC 2034 §4).
   */
  public static Optional<EnhancedStatus> leadingIn(String text) {
    return Optional.ofNullable(leading(text));
  }

  // status-code = class "." subject "." detail ; class = "2"/"4"/"5" ; the others 1*3digit
  private static EnhancedStatus leading(String text) {
    // Class, subject and detail: the digits of a number to the base of 1,000.
    int parts = 0;
    int at = 0;
    for (int i = 0; i < 3; i++) {
      int from = at;
      int part = 0;
      while (at < text.length() && at - from < 3 && isDigit(text.charAt(at))) {
        part = part * 10 + text.charAt(at++) - '0';
      }
      parts = parts * 1_000 + part;
      // No leading zeros (RFC 3463 §2): so a code has one spelling, and toString gives it back.
      if (at == from || (at - from > 1 && text.charAt(from) == '0')) {
        return null;
      }
      if (i < 2 && (at == text.length() || text.charAt(at++) != '.')) {
        return null;
      }
    }
    boolean ends = at == text.length() || text.charAt(at) == ' ';
    int statusClass = parts / 1_000_000;
    boolean known = statusClass == 2 || statusClass == 4 || statusClass == 5;
    return ends && known
        ? new EnhancedStatus(statusClass, parts / 1_000 % 1_000, parts % 1_000)
        : null;
  }

  /** What the registry says about the two numbers behind the class; empty if nothing. */
  public Optional<StatusDetail> registered() {
    return StatusDetail.of(subject, detail);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** The code as it is written, {@code 5.1.1}. */
  @Override
  public String toString() {
    return statusClass + "." + subject + "." + detail;
  }
}
