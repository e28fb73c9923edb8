package dev.lmtp.sasl;

import java.util.Objects;
import javax.security.auth.callback.Callback;

/** Asks a server's handler whether a bearer token is valid, and whose; not to answer refuses. */
public final class VerifyTokenCallback implements Callback {

  private final Bearer message;
  private String accepted = "";
  private String scope = "";

  VerifyTokenCallback(Bearer message) {
    this.message = message;
  }

  /** The token, of the characters that RFC 6750 §2.1 allows. */
  public String token() {
    return message.token();
  }

  /** The user that the client asks to be, prepared by SASLprep; empty where it names none. */
  public String user() {
    return message.user();
  }

  /**
   * The server's host name as the client has it, empty where it gave none. Who knows the server's
   * names must compare, RFC 7628 §3.2.
   */
  public String host() {
    return message.host();
  }

  /** The server's port as the client has it, empty where it gave none. */
  public String port() {
    return message.port();
  }

  /** Accepts the token as that of a user; whether he may be {@link #user} is asked afterwards. */
  public void accept(String owner) {
    accepted = Objects.requireNonNull(owner, "owner");
  }

  /**
   * Names the scope that the client is told to get a token for, should this one be refused.
   *
   * @throws IllegalArgumentException where it is not of the characters of RFC 6749 §3.3
   */
  public void scope(String wanted) {
    // scope-token = 1*( %x21 / %x23-5B / %x5D-7E ), so that it needs no quoting in JSON
    if (!wanted.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '"' && c != '\\')) {
      throw new IllegalArgumentException("not a scope");
    }
    scope = wanted;
  }

  String owner() {
    return accepted;
  }

  /** The error as RFC 7628 §3.2.2 has it; {@code status} is the caller's. */
  String error(String status) {
    String end = scope.isEmpty() ? "\"}" : "\",\"scope\":\"" + scope + "\"}";
    return "{\"status\":\"" + status + "\",\"schemes\":\"bearer" + end;
  }
}
