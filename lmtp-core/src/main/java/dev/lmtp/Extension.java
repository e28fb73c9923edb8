package dev.lmtp;

import java.util.Optional;
import java.util.stream.Stream;

/** The service extensions the library implements, by their keyword in the {@code EHLO} reply. */
public enum Extension {
  /** Commands in groups, RFC 2920. Compulsory in LMTP (RFC 2033 §5). */
  PIPELINING("PIPELINING"),
  /** Status codes like 5.1.1 in replies, RFC 2034. Compulsory in LMTP (RFC 2033 §5). */
  ENHANCEDSTATUSCODES("ENHANCEDSTATUSCODES"),
  /** Octets above 127 in the content, RFC 6152. */
  EIGHTBITMIME("8BITMIME"),
  /**
   * Declared message size, RFC 1870; its parameter is the largest size taken, 0 or none for any.
   */
  SIZE("SIZE"),
  /** Content in counted chunks with {@code BDAT}, RFC 3030. */
  CHUNKING("CHUNKING"),
  /** Content that is not made of lines, RFC 3030 §3; needs CHUNKING. */
  BINARYMIME("BINARYMIME"),
  /** Addresses and header in UTF-8, RFC 6531; needs 8BITMIME. */
  SMTPUTF8("SMTPUTF8"),
  /**
   * Delivery status notifications on request, RFC 3461. Who offers it takes over the duty to send
   * them.
   */
  DSN("DSN"),
  /** A time within which to deliver, RFC 2852; its parameter is the least one taken, in seconds. */
  DELIVERBY("DELIVERBY"),
  /** Submission of mail to be sent later, RFC 4865; longest wait in seconds, and latest moment. */
  FUTURERELEASE("FUTURERELEASE"),
  /** Priorities, RFC 6710; its parameter names the policy. */
  MT_PRIORITY("MT-PRIORITY"),
  /** Only over TLS from here on, RFC 8689; to be offered over TLS only. */
  REQUIRETLS("REQUIRETLS"),
  /** Only if the recipient has owned the mailbox since a moment, RFC 7293. */
  RRVS("RRVS"),
  /** How many transactions and recipients a session may have, RFC 9422. */
  LIMITS("LIMITS"),
  /** Classes of solicitation that are not wanted, RFC 3865. */
  NO_SOLICITING("NO-SOLICITING"),
  /** Message tracking, RFC 3885. */
  MTRK("MTRK"),
  /** TLS on demand, RFC 3207; a server's facade offers it where it has a certificate. */
  STARTTLS("STARTTLS"),
  /** Authentication, RFC 4954; its parameters are the names of the mechanisms. */
  AUTH("AUTH");

  private final String keyword;

  Extension(String keyword) {
    this.keyword = keyword;
  }

  /** The keyword as it stands in the {@code EHLO} or {@code LHLO} reply. */
  public String keyword() {
    return keyword;
  }

  /** The extension of that keyword, in any case of letters; empty for one we do not implement. */
  public static Optional<Extension> of(String keyword) {
    String upper = upperCase(keyword);
    return Stream.of(values()).filter(known -> known.keyword.equals(upper)).findFirst();
  }

  /**
   * Checks a keyword of an extension or a parameter, and puts it in upper case.
   *
   * @throws IllegalArgumentException where it is none of the grammar of RFC 5321 §4.1.1.1
   */
  public static String requireKeyword(String keyword) {
    // ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
    if (!keyword.matches("[A-Za-z0-9][A-Za-z0-9-]*")) {
      throw new IllegalArgumentException("not a keyword: " + Reply.clean(keyword));
    }
    return upperCase(keyword);
  }

  /** Folds ASCII letters alone: Unicode would make a keyword of letters that are none of ours. */
  static String upperCase(String keyword) {
    StringBuilder upper = null;
    for (int i = 0; i < keyword.length(); i++) {
      char c = keyword.charAt(i);
      if (c >= 'a' && c <= 'z') {
        upper = upper == null ? new StringBuilder(keyword) : upper;
        upper.setCharAt(i, (char) (c - 'a' + 'A'));
      }
    }
    return upper == null ? keyword : upper.toString();
  }
}
