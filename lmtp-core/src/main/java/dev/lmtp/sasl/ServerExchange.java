package dev.lmtp.sasl;

import java.io.IOException;
import java.util.Arrays;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.AuthenticationException;
import javax.security.sasl.AuthorizeCallback;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;

/** A server's side: the end of every exchange is the question who may act as whom. */
abstract class ServerExchange extends Exchange implements SaslServer {

  private String authorizationId;

  ServerExchange(String mechanism, CallbackHandler handler) {
    super(mechanism, handler);
  }

  @Override
  public final byte[] evaluateResponse(byte[] response) throws SaslException {
    return evaluate(response);
  }

  @Override
  public final String getAuthorizationID() {
    requireComplete();
    return authorizationId;
  }

  /**
   * Completes the exchange. Without a word of the handler everybody acts as himself and nobody as
   * another, so a handler that knows no AuthorizeCallback is safe.
   *
   * @param authzid as the client asked for it, prepared; empty where it did not
   */
  final void authorize(String authcid, String authzid) throws SaslException {
    AuthorizeCallback question =
        new AuthorizeCallback(authcid, authzid.isEmpty() ? authcid : authzid);
    question.setAuthorized(authcid.equals(question.getAuthorizationID()));
    try {
      handler().handle(new AuthorizeCallback[] {question});
    } catch (UnsupportedCallbackException e) {
      // The default above stands.
    } catch (IOException e) {
      throw new SaslException(getMechanismName() + ": the callback handler failed", e);
    }
    if (!question.isAuthorized()) {
      throw refused();
    }
    authorizationId = question.getAuthorizedID();
    complete();
  }

  /** Asks for a clear password, completes or throws, and wipes the password either way. */
  final void verify(String authcid, String authzid, char[] password) throws SaslException {
    VerifyPasswordCallback question = new VerifyPasswordCallback(authcid, password);
    try {
      ask(question);
      if (!question.decide()) {
        throw refused();
      }
    } finally {
      Arrays.fill(password, '\0');
    }
    authorize(authcid, authzid);
  }

  /** The same words whether the user, the password or the authorization was wrong. */
  final SaslException refused() {
    return new AuthenticationException(getMechanismName() + ": authentication failed");
  }
}
