package dev.lmtp.session;

/** Why a transaction ended without a message. */
public enum AbortCause {
  /** The peer sent {@code RSET}. */
  RSET,
  /** The peer said hello again, which resets (RFC 5321 §4.1.4). */
  HELLO,
  /** The peer sent {@code QUIT}. */
  QUIT,
  /** The peer's input ended: never the end of a message (RFC 5321 §4.1.1.10). */
  END_OF_INPUT,
  /** The peer broke a rule, so that the content cannot be taken. */
  VIOLATION,
  /** The application closed the session. */
  CLOSED
}
