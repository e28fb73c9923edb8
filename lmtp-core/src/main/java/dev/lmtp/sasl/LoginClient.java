package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslException;

/**
 * The client of LOGIN, draft-murchison-sasl-login-00: user name, then password, whatever the
 * challenges say. It has no place for an authorization identity.
 */
final class LoginClient extends ClientExchange {

  LoginClient(CallbackHandler handler) {
    super("LOGIN", handler);
  }

  @Override
  public boolean hasInitialResponse() {
    return false;
  }

  @Override
  byte[] step(byte[] challenge) throws SaslException {
    if (user.isEmpty()) {
      askCredentials();
      if (user.isEmpty()) {
        throw malformed("no user name given");
      }
      return user.getBytes(UTF_8);
    }
    for (char c : password) {
      if (c == '\0' || c == '\r' || c == '\n') {
        throw malformed("NUL or line end in the password");
      }
    }
    // As typed: many servers of LOGIN know nothing of SASLprep.
    ByteBuffer octets = UTF_8.encode(CharBuffer.wrap(password));
    byte[] answer = new byte[octets.remaining()];
    octets.get(answer);
    octets.clear().put(new byte[octets.capacity()]);
    complete();
    return answer;
  }
}
