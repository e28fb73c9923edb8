package dev.lmtp.session;

import dev.lmtp.Verb;
import dev.lmtp.codec.Violation;
import java.util.EnumMap;
import java.util.Map;

/**
 * The states of a server session and what each verb does in each: the whole order of commands of
 * RFC 5321 §4.1.4, RFC 2033 §4 and RFC 3030 §2 stands in the one table below.
 *
 * <p>A session is greeted, says hello, and is {@link #READY}. {@code MAIL} opens a transaction,
 * each accepted {@code RCPT} adds a recipient, then comes the content: behind {@code DATA} up to
 * the lone dot, or in chunks, between which commands are read again. When its replies are out the
 * session is ready for the next transaction. {@code RSET} and a hello end a transaction anywhere;
 * {@code NOOP}, {@code HELP}, {@code VRFY} leave it as it is.
 *
 * <p>A verb that is refused never changes the state. One that is allowed leads to the state in the
 * table if its arguments are good and the application agrees, and else changes nothing. Two
 * exceptions keep half a message from being taken for a whole one: a {@code DATA} that the
 * application refuses ends the transaction, and a chunk that comes before the first recipient makes
 * all further ones fail. The octets of a {@code BDAT} are consumed whether it is allowed or not.
 */
public enum ServerState {
  /** The peer is connected and not greeted; no command is read. */
  CONNECTED,
  /** The greeting said that no mail is taken (RFC 5321 §3.1). */
  NO_SERVICE,
  /** Greeted; waiting for the hello. */
  GREETED,
  /** Between transactions. */
  READY,
  /** In a transaction that has no recipient yet. */
  MAIL,
  /** In a transaction with at least one recipient. */
  RCPT,
  /** Within the content behind {@code DATA}; no command is read. */
  DATA,
  /** Within a chunk; no command is read. */
  CHUNK,
  /** Between chunks. */
  CHUNKS,
  /** Between chunks, after one was refused: all further ones are, until the last or a reset. */
  CHUNKS_FAILED,
  /** A TLS handshake is due; no command is read, and {@link ServerSession#secured} is awaited. */
  TLS,
  /** Within an {@code AUTH} exchange: the next line is a response and no command. */
  AUTH,
  /** The content has ended and replies are outstanding; no command is read. */
  REPLIES,
  /** Over. */
  CLOSED;

  private record Cell(ServerState next, Violation violation) {}

  private final Map<Verb, Cell> row = new EnumMap<>(Verb.class);

  static {
    // Columns: LHLO EHLO HELO, MAIL, RCPT, DATA, BDAT, RSET, STARTTLS AUTH.
    Cell early = no(Violation.HELLO_FIRST);
    Cell noMail = no(Violation.MAIL_FIRST);
    Cell noRcpt = no(Violation.RECIPIENT_FIRST);
    Cell nested = no(Violation.NESTED_MAIL);
    Cell mixed = no(Violation.CHUNKS_BEGUN);
    Cell shut = no(Violation.NO_SERVICE);
    Cell within = no(Violation.IN_TRANSACTION);
    NO_SERVICE.row(shut, shut, shut, shut, shut, shut, shut);
    GREETED.row(to(READY), early, early, early, early, to(GREETED), early);
    READY.row(to(READY), to(MAIL), noMail, noMail, noMail, to(READY), to(TLS));
    READY.row.put(Verb.AUTH, to(AUTH));
    MAIL.row(to(READY), nested, to(RCPT), noRcpt, noRcpt, to(READY), within);
    RCPT.row(to(READY), nested, to(RCPT), to(DATA), to(CHUNK), to(READY), within);
    CHUNKS.row(to(READY), mixed, mixed, mixed, to(CHUNK), to(READY), within);
    CHUNKS_FAILED.row(to(READY), mixed, mixed, mixed, to(CHUNK), to(READY), within);

    for (Verb verb : Verb.values()) {
      NO_SERVICE.row.put(verb, shut);
    }
    NO_SERVICE.row.put(Verb.QUIT, to(CLOSED));
  }

  private static Cell to(ServerState next) {
    return new Cell(next, null);
  }

  private static Cell no(Violation violation) {
    return new Cell(null, violation);
  }

  private void row(
      Cell hello, Cell mail, Cell rcpt, Cell data, Cell bdat, Cell rset, Cell security) {
    row.put(Verb.LHLO, hello);
    row.put(Verb.EHLO, hello);
    row.put(Verb.HELO, hello);
    row.put(Verb.MAIL, mail);
    row.put(Verb.RCPT, rcpt);
    row.put(Verb.DATA, data);
    row.put(Verb.BDAT, bdat);
    row.put(Verb.RSET, rset);
    // The same in every state (RFC 5321 §4.1.4).
    row.put(Verb.NOOP, to(this));
    row.put(Verb.VRFY, to(this));
    row.put(Verb.HELP, to(this));
    row.put(Verb.QUIT, to(CLOSED));
    row.put(Verb.EXPN, to(this));
    row.put(Verb.REGISTERED, to(this));
    row.put(Verb.STARTTLS, security);
    row.put(Verb.AUTH, security);
    row.put(Verb.UNRECOGNIZED, no(Violation.UNKNOWN_VERB));
    row.put(Verb.HTTP, no(Violation.FOREIGN_PROTOCOL));
  }

  /** Whether commands are read in this state. */
  boolean readsCommands() {
    return !row.isEmpty();
  }

  /**
   * The state a verb leads to, when its arguments are good and the application agrees.
   *
   * @return {@code null} where the verb is refused; then {@link #violation} says why
   */
  ServerState next(Verb verb) {
    return cell(verb).next();
  }

  /** The rule that a verb breaks in this state; {@code null} where it is allowed. */
  Violation violation(Verb verb) {
    return cell(verb).violation();
  }

  private Cell cell(Verb verb) {
    Cell cell = row.get(verb);
    if (cell == null) {
      throw new IllegalStateException("no command is read in " + this);
    }
    return cell;
  }
}
