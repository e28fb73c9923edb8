package dev.lmtp;

/**
 * Which of the two protocols is spoken. This is the only place where LMTP (RFC 2033) and SMTP (RFC
 * 5321) differ; everything else is one machine.
 */
public enum Protocol {
  /** RFC 2033: {@code LHLO}, and one reply for each accepted recipient after the content. */
  LMTP(Verb.LHLO, Reply.of(503, "5.5.1", "No valid recipients")),
  /** RFC 5321: {@code EHLO} or {@code HELO}, and one reply for the whole message. */
  SMTP(Verb.EHLO, Reply.of(554, "5.5.1", "No valid recipients"));

  private final Verb hello;
  private final Reply noRecipients;

  Protocol(Verb hello, Reply noRecipients) {
    this.hello = hello;
    this.noRecipients = noRecipients;
  }

  /** The verb that opens a session: {@code LHLO} (RFC 2033 §4.1) or {@code EHLO}. */
  public Verb hello() {
    return hello;
  }

  /**
   * Whether the verb exists in this protocol: LMTP has no {@code EHLO} and {@code HELO}, SMTP no
   * {@code LHLO} (RFC 2033 §4.1).
   */
  public boolean has(Verb verb) {
    return switch (verb) {
      case LHLO -> this == LMTP;
      case EHLO, HELO -> this == SMTP;
      default -> true;
    };
  }

  /**
   * How many replies follow the end of the content (RFC 2033 §4.2, §4.3).
   *
   * @param accepted how many {@code RCPT} commands of the transaction succeeded
   */
  public int finalReplies(int accepted) {
    return this == LMTP ? accepted : 1;
  }

  /** The answer to {@code DATA} when every recipient was refused (RFC 2033 §4.2, RFC 5321 §3.3). */
  public Reply noRecipients() {
    return noRecipients;
  }
}
