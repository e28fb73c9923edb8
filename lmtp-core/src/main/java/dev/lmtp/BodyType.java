package dev.lmtp;

/** What the {@code BODY} parameter of {@code MAIL} declares about the content, RFC 6152 §2. */
public enum BodyType {
  /** No octet above 127. */
  SEVENBIT("7BIT"),
  /** Octets above 127 may occur. */
  EIGHTBITMIME("8BITMIME");

  private final String keyword;

  BodyType(String keyword) {
    this.keyword = keyword;
  }

  /** The value as it is written behind {@code BODY=}. */
  public String keyword() {
    return keyword;
  }
}
