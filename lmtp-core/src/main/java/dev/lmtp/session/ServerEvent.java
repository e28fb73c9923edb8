package dev.lmtp.session;

/**
 * What {@link ServerSession#poll} found. Eight of them are questions: the session goes on when the
 * application has called {@code accept} or {@code refuse}.
 */
public enum ServerEvent {
  /** The input is used up: write {@link ServerSession#output()}, then read more. */
  NEED_INPUT,
  /** Much output waits: write {@link ServerSession#output()} before going on. Input may be left. */
  FLUSH,
  /** Question: a peer is here; accepting greets it. */
  CONNECTED,
  /** Question: the peer says hello by {@link ServerSession#helloName()}. */
  HELLO,
  /** Question: a transaction from {@link ServerSession#reversePath()}. */
  MAIL,
  /** Question: one more recipient, {@link ServerSession#recipient()}. */
  RCPT,
  /**
   * Question: {@code VRFY}, {@code EXPN}, {@code HELP} or a command the application registered,
   * {@link ServerSession#commandName()} with {@link ServerSession#commandArgument()}.
   */
  COMMAND,
  /** Question: TLS is asked for; accepting leads to {@link ServerState#TLS}. */
  STARTTLS,
  /**
   * Question: {@code AUTH} by {@link ServerSession#mechanism()}, or a further response of the
   * exchange: {@link ServerSession#response()}. Answered by {@link ServerSession#challenge} too.
   */
  AUTH,
  /** Question: the content is about to come, for {@link ServerSession#recipients()}. */
  CONTENT_START,
  /** A piece of the content, {@link ServerSession#content()}. */
  CONTENT,
  /** The content is whole: each recipient wants a {@link ServerSession#report report}. */
  CONTENT_END,
  /**
   * The transaction is over without a message; {@link ServerSession#abortCause()} says why. What
   * was received of the content is to be thrown away.
   */
  ABORTED,
  /**
   * The peer broke a rule, {@link ServerSession#violation()}: for the log. The session answers it,
   * for a misplaced chunk behind its octets.
   */
  VIOLATION,
  /** The session is over: write {@link ServerSession#output()}, then close the connection. */
  CLOSED
}
