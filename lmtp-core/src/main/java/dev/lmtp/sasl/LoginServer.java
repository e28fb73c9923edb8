package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.US_ASCII;

import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslException;

/**
 * The server of LOGIN, draft-murchison-sasl-login-00, for clients that have nothing better. The
 * user name may come as the initial response, as many clients send it.
 */
final class LoginServer extends ServerExchange {

  private boolean asked;
  private String user;

  LoginServer(CallbackHandler handler) {
    super("LOGIN", handler);
  }

  @Override
  byte[] step(byte[] response) throws SaslException {
    if (!asked && response.length == 0) {
      asked = true;
      // These words, since some clients look for them; the draft allows it.
      return "Username:".getBytes(US_ASCII);
    }
    asked = true;
    char[] text = SaslPrep.decode(response, 0, response.length);
    if (user == null) {
      user = SaslPrep.prepare(String.valueOf(text));
      if (user.isEmpty()) {
        throw malformed("empty user name");
      }
      return "Password:".getBytes(US_ASCII);
    }
    verify(user, "", text);
    return null;
  }
}
