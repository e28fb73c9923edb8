package dev.lmtp;

/**
 * Every way in which peers are known to leave the grammar, or to use a part of it that mail no
 * longer needs, and what the profiles of {@link Leniency} think of it. This is the one table;
 * {@code docs/leniency.md} is rendered from it.
 */
public enum Deviation {
  // A client's commands, as a server sees them.
  /** {@code MAIL FROM: <a@b>}. */
  BLANK_BEFORE_PATH(
      "RFC 5321 3.3", "blanks before or behind the colon of FROM: and TO:", By.COMPATIBLE),
  /** {@code DATA } with a blank at its end. */
  TRAILING_BLANKS("RFC 5321 4.1.1", "blanks or tabs at the end of the line", By.STRICT),
  /** Two blanks, or a tab, where one blank belongs. */
  REPEATED_BLANKS("RFC 5321 4.1.1", "more than one blank, or a tab, between words", By.COMPATIBLE),
  /** {@code LHLO my_host}. */
  ODD_HELLO_NAME(
      "RFC 5321 4.1.1.1", "a hello name that is neither domain nor literal", By.COMPATIBLE),
  /** {@code LHLO} alone. */
  EMPTY_HELLO_NAME("RFC 5321 4.1.1.1", "a hello without a name", By.COMPATIBLE),

  // A client's paths.
  /** {@code MAIL FROM:a@b}; only with a domain, for {@code SIZE=5} is a local part too. */
  NO_ANGLE_BRACKETS("RFC 5321 4.1.2", "a mailbox with a domain, without < and >", By.COMPATIBLE),
  /** {@code RCPT TO:<a>}, usual in LMTP; {@code RCPT TO:<postmaster>} is no deviation. */
  NO_DOMAIN("RFC 5321 4.1.2", "a local part alone, other than RCPT TO:<postmaster>", By.COMPATIBLE),
  /** {@code <@one,@two:a@b>}: taken and dropped. */
  SOURCE_ROUTE("RFC 5321 4.1.2", "a source route, which is dropped", By.STRICT),
  /** {@code <"a b"@c>}. */
  QUOTED_LOCAL_PART("RFC 5321 4.1.2", "a quoted local part", By.STRICT),
  /** {@code <a!b%c@d>}. */
  UNUSUAL_ATEXT(
      "RFC 5321 4.1.2",
      "one of ! # % & / ? ` | in a local part without quotes: routes of old, food for scripts",
      By.STRICT),
  /** {@code <.a..b.@c>}. */
  LOOSE_DOTS("RFC 5321 4.1.2", "dots in a row or at the ends of a local part", By.COMPATIBLE),
  /** {@code <a@my_host>}. */
  UNDERSCORE_IN_DOMAIN("RFC 5321 4.1.2", "an underscore in a domain", By.COMPATIBLE),
  /** {@code <a@-b>}. */
  LOOSE_HYPHENS("RFC 5321 4.1.2", "a hyphen at an end of a domain's label", By.COMPATIBLE),
  /** {@code <a@b.>}. */
  FINAL_DOT_IN_DOMAIN("RFC 5321 4.1.2", "a dot at the end of a domain", By.COMPATIBLE),
  /** {@code <a@[192.0.2.1]>}. */
  ADDRESS_LITERAL("RFC 5321 4.1.3", "an address literal", By.STRICT),
  /** {@code <a@[::1]>}, {@code <@[192.0.2.1]:a@b>}; tolerated only where literals are. */
  LOOSE_ADDRESS_LITERAL(
      "RFC 5321 4.1.3",
      "an address literal that is neither IPv4, IPv6 nor tagged, or one in a source route",
      By.COMPATIBLE),
  /** A well-formed UTF-8 address although {@code MAIL} did not say {@code SMTPUTF8}. */
  UTF8_WITHOUT_SMTPUTF8("RFC 6531 3.4", "an address in UTF-8 without SMTPUTF8", By.NONE),

  // A server's replies, as a client sees them.
  /** {@code 250-} and then {@code 251 }: the last line's code counts. */
  MIXED_REPLY_CODES(
      "RFC 5321 4.2.1", "different codes in one reply; the last one counts", By.COMPATIBLE),
  /** {@code 250-AUTH=PLAIN}. */
  ODD_KEYWORD_LINE(
      "RFC 5321 4.1.1.1", "a line of a hello reply that is empty, or AUTH=PLAIN", By.COMPATIBLE),
  /** {@code 550 4.1.1}: the enhanced code is ignored. */
  STATUS_CLASS_MISMATCH(
      "RFC 2034 4", "an enhanced code of another class, which is ignored", By.COMPATIBLE),
  /** The enhanced code on the last line alone, as Cyrus writes it. */
  LATE_STATUS("RFC 2034 4", "an enhanced code that is not on every line", By.COMPATIBLE),
  /** Longer than 512 octets, up to {@link Limits#replyLine()}. */
  LONG_REPLY_LINE("RFC 5321 4.5.3.1.5", "a reply line of more than 512 octets", By.COMPATIBLE);

  /** The strictest profile that tolerates it; what paranoid tolerates needs no row. */
  enum By {
    NONE,
    COMPATIBLE,
    STRICT
  }

  private final String section;
  private final String description;
  private final By toleratedBy;

  Deviation(String section, String description, By toleratedBy) {
    this.section = section;
    this.description = description;
    this.toleratedBy = toleratedBy;
  }

  /** The document and section that is left, or that allows what paranoid does not. */
  public String section() {
    return section;
  }

  /** What the peer does, in a line. */
  public String description() {
    return description;
  }

  /** Whether it is a server that does so, seen by a client; if not, a client, seen by a server. */
  boolean isByServer() {
    return compareTo(MIXED_REPLY_CODES) >= 0;
  }

  By toleratedBy() {
    return toleratedBy;
  }
}
