package dev.lmtp.sasl;

import javax.security.auth.callback.Callback;

/** Asks a server's handler for a user's stored password; not to answer says: no such user. */
public final class ScramCredentialCallback implements Callback {

  private final String user;
  private final ScramKeys decoy;
  private ScramKeys keys;

  ScramCredentialCallback(String user, ScramKeys decoy) {
    this.user = user;
    this.decoy = decoy;
  }

  /** The user name, prepared by SASLprep. */
  public String user() {
    return user;
  }

  /** The hash function that keys are needed for. */
  public ScramHash hash() {
    return decoy.hash;
  }

  /**
   * Answers. A password kept in clear gives keys for each hash function, at the cost of deriving
   * them, which takes longer than for an unknown user; one kept as keys only for its own, and for
   * another hash function the user counts as unknown.
   */
  public void stored(StoredPassword password) {
    keys = password.keys(decoy.hash, decoy.salt, decoy.iterations);
  }

  ScramKeys keys() {
    return keys;
  }
}
