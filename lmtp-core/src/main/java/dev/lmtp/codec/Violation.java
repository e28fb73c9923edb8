package dev.lmtp.codec;

import dev.lmtp.Reply;
import java.util.Optional;

/**
 * Every way in which a peer can break the protocol or a limit: the rule, the reply a server gives
 * by default, and whether the session can go on. Hostile input buys a constant, never a stack
 * trace. Where a constant has no words of its own, its reply has them.
 */
public enum Violation {
  // What is wrong with a line.
  /** A CR that no LF follows, in a command: never a line end. */
  BARE_CR("RFC 5321 2.3.8", Reply.of(500, "5.5.2", "Bare CR in command line")),
  /** An LF that follows no CR, in a command: never a line end. */
  BARE_LF("RFC 5321 2.3.8", Reply.of(500, "5.5.2", "Bare LF in command line")),
  NUL("RFC 5321 4.1.2", Reply.of(500, "5.5.2", "NUL in command line")),
  LINE_TOO_LONG("RFC 5321 4.5.3.1.4", Reply.of(500, "5.5.2", "Line too long")),
  /** A command line so long that its end is not waited for. */
  LINE_ENDLESS("RFC 5321 4.5.3.1.4", Reply.of(500, "5.5.2", "Line too long, closing"), End.FATAL),

  // What is wrong with a command.
  /** A word that is no command. */
  UNKNOWN_VERB("RFC 5321 4.2.4", Reply.of(500, "5.5.1", "Command not recognized")),
  /** An HTTP request: a browser that somebody made speak to this port. */
  FOREIGN_PROTOCOL("RFC 5321 4.1.1", Reply.of(421, "4.7.0", "No HTTP here, closing"), End.FATAL),
  /** A command the server knows and does not offer. */
  NOT_IMPLEMENTED("RFC 5321 4.2.4", Reply.of(502, "5.5.1", "Command not implemented")),
  /** HELO or EHLO in LMTP, LHLO in SMTP. */
  OTHER_PROTOCOL("RFC 2033 4.1", Reply.of(500, "5.5.1", "Command of another protocol")),
  /** A command without the argument it needs, or with a malformed one. */
  BAD_ARGUMENT("RFC 5321 4.1.1", Reply.of(501, "5.5.4", "Syntax error in argument")),
  BAD_REVERSE_PATH("RFC 5321 4.1.2", Reply.of(501, "5.1.7", "Bad reverse-path syntax")),
  BAD_FORWARD_PATH("RFC 5321 4.1.2", Reply.of(501, "5.1.3", "Bad forward-path syntax")),
  /** An address with octets above 127. */
  NON_ASCII_ADDRESS("RFC 6531 3.5", Reply.of(553, "5.6.7", "Address is not ASCII")),
  PATH_TOO_LONG("RFC 5321 4.5.3.1.3", Reply.of(501, "5.5.4", "Path too long")),
  /** A parameter of MAIL or RCPT that was not offered. */
  UNKNOWN_PARAMETER("RFC 5321 4.1.1.11", Reply.of(555, "5.5.4", "Parameter not recognized")),
  /** A parameter of MAIL or RCPT with a malformed or repeated value. */
  BAD_PARAMETER("RFC 5321 4.1.1.11", Reply.of(501, "5.5.4", "Syntax error in parameter")),
  /** A parameter's value beyond what the hello reply offered. */
  VALUE_NOT_OFFERED("RFC 5321 4.1.1.11", Reply.of(501, "5.5.4", "Value beyond what is offered")),
  /** A DELIVERBY time below the least that is offered. */
  VALUE_NOT_POSSIBLE("RFC 2852 3", Reply.of(555, "5.5.4", "Value is not possible here")),
  /** A BDAT whose size cannot be read, so that the end of its octets is not known. */
  BAD_CHUNK_SIZE("RFC 3030 2", Reply.of(501, "5.5.4", "Bad chunk size, closing"), End.FATAL),

  // Commands out of order.
  /** A transaction before the hello. */
  HELLO_FIRST("RFC 5321 4.1.4", Reply.of(503, "5.5.1", "Say hello first")),
  /** RCPT, DATA or BDAT outside a transaction. */
  MAIL_FIRST("RFC 5321 4.1.4", Reply.of(503, "5.5.1", "Need MAIL first")),
  /** DATA or BDAT before a recipient was accepted; DATA is answered by the protocol's own reply. */
  RECIPIENT_FIRST("RFC 2033 4.2", Reply.of(503, "5.5.1", "No valid recipients")),
  NESTED_MAIL("RFC 5321 4.1.4", Reply.of(503, "5.5.1", "Nested MAIL")),
  CHUNKS_BEGUN("RFC 3030 2", Reply.of(503, "5.5.1", "Chunks have begun")),
  BINARY_IN_DATA("RFC 3030 3", Reply.of(503, "5.5.1", "BINARYMIME needs BDAT")),
  /** Anything but QUIT after the greeting said that no mail is taken. */
  NO_SERVICE("RFC 5321 3.1", Reply.of(503, "5.5.1", "No service here")),

  /** Another command or anything else behind STARTTLS: it could be run as if it came over TLS. */
  PIPELINED_STARTTLS(
      "RFC 3207 4.2", Reply.of(503, "5.5.1", "Nothing may follow STARTTLS, closing"), End.FATAL),
  TLS_ACTIVE("RFC 3207 4.2", Reply.of(503, "5.5.1", "TLS is active already")),
  IN_TRANSACTION("RFC 4954 4", Reply.of(503, "5.5.1", "Not within a transaction")),
  TLS_REQUIRED("RFC 3207 4", Reply.of(530, "5.7.0", "Must issue a STARTTLS command first")),
  AUTH_REQUIRED("RFC 4954 6", Reply.of(530, "5.7.0", "Authentication required")),
  AUTHENTICATED("RFC 4954 4", Reply.of(503, "5.5.1", "Already authenticated")),
  UNKNOWN_MECHANISM("RFC 4954 4", Reply.of(504, "5.5.4", "Mechanism is not offered")),
  /** AUTH in the clear with a mechanism that shows a password to whoever listens. */
  ENCRYPTION_REQUIRED("RFC 4954 4", Reply.of(538, "5.7.11", "Not without encryption")),
  BAD_BASE64("RFC 4954 4", Reply.of(501, "5.5.2", "Not base64")),
  AUTH_CANCELLED("RFC 4954 4", Reply.of(501, "5.7.0", "Authentication cancelled")),
  /** A response over 12,288 octets. */
  AUTH_LINE_TOO_LONG("RFC 4954 4", Reply.of(500, "5.5.6", "Authentication line is too long")),

  // Limits.
  TOO_MANY_RECIPIENTS("RFC 5321 4.5.3.1.10", Reply.of(452, "4.5.3", "Too many recipients")),
  /** A declared or received size over the limit. */
  MESSAGE_TOO_BIG("RFC 1870 6", Reply.of(552, "5.3.4", "Message too big")),
  TEXT_LINE_TOO_LONG("RFC 5321 4.5.3.1.6", Reply.of(500, "5.6.0", "Line of content too long")),
  ENDLESS_CONTENT("RFC 5321 4.2.1", Reply.of(421, "4.3.0", "Too much refused content"), End.FATAL),

  TOO_MANY_ERRORS("RFC 5321 7.8", Reply.of(421, "4.7.0", "Too many errors, closing"), End.FATAL),
  /** More commands that bring nothing than the limit. */
  TOO_MANY_IDLE_COMMANDS(
      "RFC 5321 7.8", Reply.of(421, "4.7.0", "Too many commands without mail"), End.FATAL),

  // Content.
  /** A bare CR or bare LF in the content: nothing to guess a line end from. */
  BARE_LINE_END("RFC 5321 2.3.8", Reply.of(550, "5.6.11", "Bare CR or LF in content")),

  // What a server can do to a client.
  /** A line that is no reply. */
  BAD_REPLY("RFC 5321 4.2"),
  /** A reply over the client's limits. */
  REPLY_TOO_LONG("RFC 5321 4.5.3.1.5"),
  /** A reply nobody asked for. */
  UNEXPECTED_REPLY("RFC 5321 4.2");

  private enum End {
    GOES_ON,
    FATAL
  }

  private final String section;
  private final Reply reply;
  private final End end;

  Violation(String section, Reply reply) {
    this(section, reply, End.GOES_ON);
  }

  Violation(String section) {
    this(section, null, End.FATAL);
  }

  Violation(String section, Reply reply, End end) {
    this.section = section;
    this.reply = reply;
    this.end = end;
  }

  /** The document and section whose rule is broken. */
  public String section() {
    return section;
  }

  /** What a server answers; none for what servers do to clients. */
  public Optional<Reply> reply() {
    return Optional.ofNullable(reply);
  }

  /** Whether the stream is lost, so that the session ends. */
  public boolean isFatal() {
    return end == End.FATAL;
  }
}
