package dev.lmtp.sasl;

import java.util.Arrays;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslException;

/** A client's side: user name and password, or token, come from the handler in one call. */
abstract class ClientExchange extends Exchange implements SaslClient {

  /** What the handler gave; empty rather than null, the password to be wiped. */
  String user = "";

  char[] password = {};

  ClientExchange(String mechanism, CallbackHandler handler) {
    super(mechanism, handler);
  }

  @Override
  public final byte[] evaluateChallenge(byte[] challenge) throws SaslException {
    return evaluate(challenge);
  }

  @Override
  public boolean hasInitialResponse() {
    return true;
  }

  final void askCredentials() throws SaslException {
    NameCallback name = new NameCallback("User name: ");
    PasswordCallback secret = new PasswordCallback("Password or token: ", false);
    try {
      ask(name, secret);
      user = SaslPrep.prepare(name.getName() == null ? "" : name.getName());
      char[] given = secret.getPassword();
      password = given == null ? new char[0] : given;
    } finally {
      secret.clearPassword();
    }
    if (password.length == 0) {
      throw malformed("no password or token given");
    }
  }

  @Override
  void wipe() {
    Arrays.fill(password, '\0');
  }
}
