package dev.lmtp.client;

import dev.lmtp.Reply;
import java.io.IOException;
import java.util.Optional;

/**
 * Says why nothing was handed over: no message has been delivered to anybody where a call ends by
 * it. What happens once an envelope is on its way is no exception but the outcome of each recipient
 * ({@link dev.lmtp.RecipientResult}).
 *
 * <p>The message is one line that names the server's address.
 */
public final class LmtpException extends IOException {

  private static final long serialVersionUID = 1;

  /** What kind of thing went wrong, and so what a caller can do about it. */
  public enum Kind {
    /** There is no connection: it could not be made, or has ended. Try again later. */
    CONNECT,
    /** Time was over before the first envelope: the server's, or that to wait. Try again later. */
    TIMEOUT,
    /** The peer does not speak the protocol: look at the address and the protocol. */
    PROTOCOL,
    /**
     * The greeting, the hello or our credentials were refused; {@link #reply()} is 4xx, to be tried
     * again, or 5xx.
     */
    REFUSED,
    /**
     * TLS or authentication as it is configured is not to be had: it is not offered, the
     * certificate is wrong, there is no mechanism for these credentials, or the server did not
     * prove itself.
     */
    SECURITY,
    /**
     * The message cannot be sent as it is: its source failed, it has bare line ends that are not to
     * be normalised, lines that are too long and not to be folded, or octets above 127 for a server
     * without 8BITMIME (RFC 6152 §3).
     */
    CONTENT
  }

  /** The kind. */
  private final Kind kind;

  // Not part of the serial form: a reply is no Serializable.
  private final transient Reply reply;

  LmtpException(Kind kind, String message) {
    this(kind, message, null, null);
  }

  LmtpException(Kind kind, String message, Throwable cause) {
    this(kind, message, null, cause);
  }

  LmtpException(Kind kind, String message, Reply reply) {
    this(kind, message + ": " + reply, reply, null);
  }

  private LmtpException(Kind kind, String message, Reply reply, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.reply = reply;
  }

  /**
   * Of a content that went nowhere. What is no exception of ours comes from the message's source.
   */
  static LmtpException unsent(String peer, IOException e) {
    String why = peer + ": the content cannot be read: " + e;
    return e instanceof LmtpException known ? known : new LmtpException(Kind.CONTENT, why, e);
  }

  /** The kind. */
  public Kind kind() {
    return kind;
  }

  /** The reply that decided, if one did; lost where the exception was serialized. */
  public Optional<Reply> reply() {
    return Optional.ofNullable(reply);
  }
}
