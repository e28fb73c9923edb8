package dev.lmtp.session;

import dev.lmtp.Verb;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;

/**
 * The states of a client session: what may be sent next. With pipelining a client is ahead of the
 * replies it has seen, so these are states of the sending side; which replies are still to come is
 * another matter ({@link ExpectedReplies}).
 *
 * <p>A command that ends a group (RFC 2920 §3.1) leads to a state in which nothing may follow it
 * until its reply is there: a hello to {@link #HELLO}, {@code DATA} to {@link #DATA}, {@code
 * STARTTLS} to {@link #STARTTLS}, {@code AUTH} to {@link #AUTH}, {@code QUIT} to {@link #QUIT}.
 */
public enum ClientState {
  /** Connected; the greeting has not come. */
  GREETING,
  /** Greeted: a hello is due. */
  GREETED,
  /** A hello was sent; its reply has not come. */
  HELLO,
  /** Between transactions. */
  READY,
  /** {@code MAIL} was sent. */
  MAIL,
  /** {@code MAIL} and a {@code RCPT} were sent. */
  RCPT,
  /** {@code DATA} was sent; its reply has not come. */
  DATA,
  /** The server said 354: the content and its final dot are to be sent. */
  CONTENT,
  /** Within the octets of a chunk. */
  CHUNK,
  /** Between chunks. */
  CHUNKS,
  /** {@code STARTTLS} was sent; its reply has not come. */
  STARTTLS,
  /** The server agreed to TLS: a handshake is due, and nothing else. */
  TLS,
  /** {@code AUTH} or a response was sent; the reply has not come. */
  AUTH,
  /** The server challenged: a response is due, or the end of the exchange. */
  CHALLENGED,
  /** {@code QUIT} was sent. */
  QUIT,
  /** Over; nothing may be sent. */
  CLOSED;

  private final Map<Verb, ClientState> row = new EnumMap<>(Verb.class);

  static {
    for (ClientState state : EnumSet.of(GREETED, READY, MAIL, RCPT, CHUNKS)) {
      state.row.put(Verb.QUIT, QUIT);
    }
    for (ClientState state : EnumSet.of(GREETED, READY)) {
      state.row.put(Verb.LHLO, HELLO);
      state.row.put(Verb.EHLO, HELLO);
      state.row.put(Verb.HELO, HELLO);
    }
    for (ClientState state : EnumSet.of(READY, MAIL, RCPT, CHUNKS)) {
      state.row.put(Verb.RSET, READY);
      state.row.put(Verb.NOOP, state);
    }
    READY.row.put(Verb.MAIL, MAIL);
    READY.row.put(Verb.STARTTLS, STARTTLS);
    READY.row.put(Verb.AUTH, AUTH);
    MAIL.row.put(Verb.RCPT, RCPT);
    RCPT.row.put(Verb.RCPT, RCPT);
    RCPT.row.put(Verb.DATA, DATA);
    RCPT.row.put(Verb.BDAT, CHUNK);
    CHUNKS.row.put(Verb.BDAT, CHUNK);
  }

  /**
   * The state that sending a verb leads to.
   *
   * @return {@code null} where it may not be sent
   */
  public ClientState next(Verb verb) {
    return row.get(verb);
  }
}
