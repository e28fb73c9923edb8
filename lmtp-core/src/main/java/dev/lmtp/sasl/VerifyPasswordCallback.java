package dev.lmtp.sasl;

import javax.security.auth.callback.Callback;

/** Asks a server's handler whether a password is this user's; not to answer refuses. */
public final class VerifyPasswordCallback implements Callback {

  // Of no user. Its verification takes the time that an unknown user would else save.
  private static final StoredPassword NOBODY =
      StoredPassword.of(
          ScramMessage.nonce().toCharArray(), ScramHash.SHA_256, StoredPassword.ITERATIONS);

  private final String user;
  private final char[] password;
  private boolean answered;
  private boolean accepted;

  VerifyPasswordCallback(String user, char[] password) {
    this.user = user;
    this.password = password;
  }

  /** The user name, prepared by SASLprep. */
  public String user() {
    return user;
  }

  /** The password as the client sent it, not prepared; wiped when the handler has returned. */
  public char[] password() {
    return password;
  }

  /** Accepts if the password is this one. */
  public void verify(StoredPassword stored) {
    answered = true;
    accepted = stored.verify(password);
  }

  /** Accepts, where the handler verified by itself. */
  public void accept() {
    answered = true;
    accepted = true;
  }

  boolean decide() {
    if (!answered) {
      boolean unused = NOBODY.verify(password);
    }
    return accepted;
  }
}
