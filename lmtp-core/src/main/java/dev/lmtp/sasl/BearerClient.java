package dev.lmtp.sasl;

import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslException;

/**
 * The client of OAUTHBEARER, RFC 7628, and XOAUTH2. It is complete with its first message; a
 * challenge after that is the server's error, gets the empty answer it waits for, and leaves the
 * exchange incomplete for good.
 */
final class BearerClient extends ClientExchange {

  private final String authzid;
  private final String host;
  private boolean asked;
  private boolean sent;

  BearerClient(String mechanism, CallbackHandler handler, String authzid, String host) {
    super(mechanism, handler);
    this.authzid = authzid;
    this.host = host;
  }

  @Override
  byte[] step(byte[] challenge) throws SaslException {
    if (sent) {
      sent = false;
      boolean google = getMechanismName().equals(BearerToken.XOAUTH2);
      return google ? new byte[0] : new byte[] {1};
    }
    if (asked || challenge.length > 0) {
      throw malformed("challenge out of turn");
    }
    asked = true;
    askCredentials();
    try {
      String name = authzid.isEmpty() ? user : authzid;
      BearerToken token = new BearerToken(name, String.valueOf(password), host, "");
      sent = true;
      return token.message(getMechanismName());
    } catch (IllegalArgumentException e) {
      throw malformed("not a bearer token, or not a host name");
    } finally {
      wipe();
    }
  }

  @Override
  public boolean isComplete() {
    return sent;
  }
}
