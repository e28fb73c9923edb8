package dev.lmtp.server;

/** What a peer may do that not everybody may; a {@link TrustPolicy} decides who. */
public enum Privilege {
  /** Its connections begin with a PROXY header, each of them, and the header is believed. */
  PROXY,
  /** {@code XCLIENT}: it says who its client is, and the session takes that over. */
  XCLIENT,
  /** {@code XFORWARD}: it says who its client is, for the log and the agent. */
  XFORWARD,
  /** {@code XRCPTFORWARD} of Dovecot: it says more about a recipient. */
  XRCPTFORWARD,
  /** Mechanisms that show a password or token in the clear are offered to it without TLS. */
  CLEARTEXT_AUTH,
  /** It may hand over mail without TLS where TLS is required. */
  WITHOUT_TLS,
  /** It may hand over mail without authentication where that is required. */
  WITHOUT_AUTH
}
