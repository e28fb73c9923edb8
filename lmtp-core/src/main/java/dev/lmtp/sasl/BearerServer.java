package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.US_ASCII;

import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslException;

/**
 * The server of OAUTHBEARER, RFC 7628, and XOAUTH2. A refused token is answered with an error in
 * JSON, and whatever the client says to that ends the exchange in failure.
 */
final class BearerServer extends ServerExchange {

  private boolean failing;

  BearerServer(String mechanism, CallbackHandler handler) {
    super(mechanism, handler);
  }

  @Override
  byte[] step(byte[] response) throws SaslException {
    if (failing) {
      throw refused();
    }
    BearerToken message = BearerToken.parse(getMechanismName(), response);
    VerifyTokenCallback question =
        new VerifyTokenCallback(message.token(), message.user(), message.host(), message.port());
    ask(question);
    if (question.owner().isEmpty()) {
      failing = true;
      boolean google = getMechanismName().equals(BearerToken.XOAUTH2);
      return question.error(google ? "401" : "invalid_token").getBytes(US_ASCII);
    }
    authorize(question.owner(), message.user());
    return null;
  }
}
