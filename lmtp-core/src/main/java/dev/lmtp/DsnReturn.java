package dev.lmtp;

/** How much of a message a notification of its failure brings back, {@code RET}: RFC 3461 §4.3. */
public enum DsnReturn {
  /** All of it. */
  FULL,
  /** Its header. */
  HDRS;

  /** Reads a word in any case of letters; {@link IllegalArgumentException} if it is another. */
  public static DsnReturn parse(String value) {
    String upper = Extension.upperCase(value);
    ParameterSyntax.require(upper.equals("FULL") || upper.equals("HDRS"), "RET", value);
    return valueOf(upper);
  }
}
