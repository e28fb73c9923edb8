package dev.lmtp.sasl;

import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.sasl.SaslException;

/**
 * The server of EXTERNAL, RFC 4422 appendix A: a NameCallback asks the handler who the peer is by
 * its certificate or its socket; no name, no success.
 */
final class ExternalServer extends ServerExchange {

  ExternalServer(CallbackHandler handler) {
    super("EXTERNAL", handler);
  }

  @Override
  byte[] step(byte[] response) throws SaslException {
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
