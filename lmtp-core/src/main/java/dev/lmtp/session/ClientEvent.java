package dev.lmtp.session;

/** What {@link ClientSession#poll} found: as a rule the reply to one command, in their order. */
public enum ClientEvent {
  /** The input is used up: write {@link ClientSession#output()}, then read more. */
  NEED_INPUT,
  /** The greeting came; {@link ClientSession#reply()} says whether mail is taken. */
  GREETING,
  /** The reply to a hello; if 2xx, {@link ClientSession#capabilities()} are known. */
  HELLO,
  /** The reply to {@code MAIL}. */
  MAIL,
  /** The reply to the {@code RCPT} of index {@link ClientSession#recipient()}. */
  RCPT,
  /** The reply to {@code DATA}; 354 asks for the content. */
  DATA,
  /** The reply to a chunk that is not the last. */
  CHUNK,
  /**
   * A final reply. In LMTP that of the recipient of index {@link ClientSession#recipient()}; in
   * SMTP it speaks for all accepted recipients, and the index is -1.
   */
  FINAL,
  /** The reply to {@code STARTTLS}; 2xx asks for a handshake. */
  STARTTLS,
  /** 334: the server has a challenge, {@link ClientSession#challenge()}. */
  CHALLENGE,
  /** The reply that ends an {@code AUTH} exchange: 235, or a refusal. */
  AUTH,
  /** The reply to {@code XCLIENT}; a 2xx is a greeting again. */
  XCLIENT,
  /** The reply to {@code RSET}, {@code NOOP} or {@code QUIT}. */
  OTHER,
  /** 4xx or 5xx while the content is being sent: the server will not take it (no index). */
  EARLY_REPLY,
  /** The server broke a rule, {@link ClientSession#violation()}; nothing more will be read. */
  VIOLATION,
  /** The session is over: after QUIT, a 421, a violation, or the end of the input. */
  CLOSED
}
