package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.US_ASCII;

import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.sasl.SaslException;

/**
 * The server of PLAIN (RFC 4616), of LOGIN (draft-murchison-sasl-login-00, for clients that have
 * nothing better; the user name may come as the initial response), and of EXTERNAL (RFC 4422
 * appendix A: a NameCallback asks the handler who the peer is by its certificate or its socket; no
 * name, no success).
 */
final class SimpleServer extends ServerExchange {

  private boolean asked;
  private String user;

  SimpleServer(String mechanism, CallbackHandler handler) {
    super(mechanism, handler);
  }

  @Override
  byte[] step(byte[] response) throws SaslException {
    return switch (getMechanismName()) {
      case "PLAIN" -> plain(response);
      case "LOGIN" -> login(response);
      default -> external(response);
    };
  }

  private byte[] plain(byte[] response) throws SaslException {
    // message = [authzid] UTF8NUL authcid UTF8NUL passwd
    int first = nul(response, 0);
    int second = nul(response, first + 1);
    if (second == response.length || nul(response, second + 1) != response.length) {
      throw malformed("not three fields");
    }
    String authzid = SaslPrep.prepare(String.valueOf(SaslPrep.decode(response, 0, first)));
    user = userName(SaslPrep.decode(response, first + 1, second));
    verify(user, authzid, SaslPrep.decode(response, second + 1, response.length));
    return null;
  }

  private static int nul(byte[] octets, int from) {
    int at = Math.min(from, octets.length);
    while (at < octets.length && octets[at] != 0) {
      at++;
    }
    return at;
  }

  private byte[] login(byte[] response) throws SaslException {
    if (!asked && response.length == 0) {
      asked = true;
      // These words, since some clients look for them; the draft allows it.
      return "Username:".getBytes(US_ASCII);
    }
    asked = true;
    char[] text = SaslPrep.decode(response, 0, response.length);
    if (user == null) {
      user = userName(text);
      return "Password:".getBytes(US_ASCII);
    }
    verify(user, "", text);
    return null;
  }

  private String userName(char[] text) throws SaslException {
    String name = SaslPrep.prepare(String.valueOf(text));
    if (name.isEmpty()) {
      throw malformed("empty user name");
    }
    return name;
  }

  private byte[] external(byte[] response) throws SaslException {
    String authzid = SaslPrep.prepare(SaslPrep.decode(response));
    NameCallback identity = new NameCallback("External identity: ");
    ask(identity);
    if (identity.getName() == null || identity.getName().isEmpty()) {
      throw refused();
    }
    authorize(identity.getName(), authzid);
    return null;
  }
}
