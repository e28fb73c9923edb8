package dev.lmtp;

/**
 * What the {@code BODY} parameter of {@code MAIL} declares about the content, RFC 6152 §2 and RFC
 * 3030 §3.
 */
public enum BodyType {
  /** No octet above 127. */
  SEVENBIT("7BIT"),
  /** Octets above 127 may occur. */
  EIGHTBITMIME("8BITMIME"),
  /** Any octets, lines or none; only in chunks. */
  BINARYMIME("BINARYMIME");

  private final String keyword;

  BodyType(String keyword) {
    this.keyword = keyword;
  }

  /** The value as it is written behind {@code BODY=}. */
  public String keyword() {
    return keyword;
  }

  /** Reads a value, in any case of letters. */
  static BodyType parse(String value) {
    for (BodyType type : values()) {
      if (type.keyword.equals(Extension.upperCase(value))) {
        return type;
      }
    }
    throw new IllegalArgumentException("not a body type: " + Reply.clean(value));
  }

  /** Whether a server that offers this takes such content. */
  boolean isOfferedBy(Capabilities offered) {
    return this == SEVENBIT || offered.parameters(keyword).isPresent();
  }
}
