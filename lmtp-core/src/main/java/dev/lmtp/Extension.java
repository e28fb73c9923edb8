package dev.lmtp;

import java.util.Optional;

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
  CHUNKING("CHUNKING");

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
    for (Extension extension : values()) {
      if (extension.keyword.equals(upper)) {
        return Optional.of(extension);
      }
    }
    return Optional.empty();
  }

  /** Folds ASCII letters alone: Unicode would make a keyword of letters that are none of ours. */
  static String upperCase(String keyword) {
    StringBuilder upper = new StringBuilder(keyword);
    for (int i = 0; i < upper.length(); i++) {
      char c = upper.charAt(i);
      if (c >= 'a' && c <= 'z') {
        upper.setCharAt(i, (char) (c - 'a' + 'A'));
      }
    }
    return upper.toString();
  }
}
