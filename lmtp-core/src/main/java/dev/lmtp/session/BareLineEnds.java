package dev.lmtp.session;

/**
 * What a server does with content that has a bare CR or a bare LF (RFC 5321 §2.3.8). It never
 * repairs one: where two servers see different lines, mail is smuggled.
 */
public enum BareLineEnds {
  /** The message is refused with 550 5.6.11, after its real end. */
  REJECT,
  /** The octets are passed on as they are. */
  ACCEPT_LITERALLY
}
