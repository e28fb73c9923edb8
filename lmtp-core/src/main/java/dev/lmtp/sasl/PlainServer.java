package dev.lmtp.sasl;

import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslException;

/** The server of PLAIN, RFC 4616. */
final class PlainServer extends ServerExchange {

  PlainServer(CallbackHandler handler) {
    super("PLAIN", handler);
  }

  @Override
  byte[] step(byte[] response) throws SaslException {
    // message = [authzid] UTF8NUL authcid UTF8NUL passwd
    int first = nul(response, 0);
    int second = nul(response, first + 1);
    if (second == response.length || nul(response, second + 1) != response.length) {
      throw malformed("not three fields");
    }
    String authzid = SaslPrep.prepare(String.valueOf(SaslPrep.decode(response, 0, first)));
    String authcid = SaslPrep.prepare(String.valueOf(SaslPrep.decode(response, first + 1, second)));
    if (authcid.isEmpty()) {
      throw malformed("empty user name");
    }
    verify(authcid, authzid, SaslPrep.decode(response, second + 1, response.length));
    return null;
  }

  private static int nul(byte[] octets, int from) {
    int at = Math.min(from, octets.length);
    while (at < octets.length && octets[at] != 0) {
      at++;
    }
    return at;
  }
}
