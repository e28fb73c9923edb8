package dev.lmtp.client;

import dev.lmtp.sasl.Mechanisms;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.RealmCallback;
import javax.security.sasl.RealmChoiceCallback;

/**
 * By what a client authenticates itself (RFC 4954), and by which SASL mechanisms. An immutable
 * value for any thread; its text tells no secret.
 */
public final class Credentials {

  private final CallbackHandler handler;
  private final String authorizationId;
  private final List<String> mechanisms;
  private final Cleartext cleartext;

  /** Whether a password may be shown to whoever listens. */
  private enum Cleartext {
    NEVER,
    ALLOWED
  }

  private Credentials(
      CallbackHandler handler,
      String authorizationId,
      List<String> mechanisms,
      Cleartext cleartext) {
    this.handler = Objects.requireNonNull(handler, "handler");
    this.authorizationId = Objects.requireNonNull(authorizationId, "authorizationId");
    this.mechanisms = mechanisms;
    this.cleartext = cleartext;
  }

  /** A user's password, by the strongest mechanism that the server offers. */
  public static Credentials password(String user, String password) {
    return of(new UserAndSecret(user, password), Mechanisms.FOR_PASSWORDS);
  }

  /** A user's OAuth 2.0 bearer token, by OAUTHBEARER (RFC 7628) or XOAUTH2. */
  public static Credentials token(String user, String token) {
    return of(new UserAndSecret(user, token), Mechanisms.FOR_TOKENS);
  }

  /** What TLS or the socket has shown already: EXTERNAL (RFC 4422 appendix A). */
  public static Credentials external() {
    return of(callbacks -> {}, List.of("EXTERNAL"));
  }

  /**
   * Whatever a handler knows.
   *
   * @param handler answers the callbacks of the mechanisms; called by the thread that connects
   * @param mechanisms the best first, of {@link dev.lmtp.sasl.ClientMechanisms} or any registered
   *     provider
   */
  public static Credentials of(CallbackHandler handler, List<String> mechanisms) {
    return new Credentials(handler, "", List.copyOf(mechanisms), Cleartext.NEVER);
  }

  /** These, by that mechanism and no other; in any case of letters. */
  public Credentials by(String mechanism) {
    return new Credentials(
        handler, authorizationId, List.of(mechanism.toUpperCase(Locale.ROOT)), cleartext);
  }

  /** These, in order to act as somebody else. */
  public Credentials actingAs(String other) {
    return new Credentials(handler, other, mechanisms, cleartext);
  }

  /**
   * These, also where the password or token is shown to whoever listens: PLAIN, LOGIN, XOAUTH2 and
   * OAUTHBEARER over TCP without TLS. Over a Unix-domain socket nobody listens.
   */
  public Credentials allowingCleartext() {
    return new Credentials(handler, authorizationId, mechanisms, Cleartext.ALLOWED);
  }

  CallbackHandler handler() {
    return handler;
  }

  String authorizationId() {
    return authorizationId;
  }

  List<String> mechanisms() {
    return mechanisms;
  }

  boolean allowCleartext() {
    return cleartext == Cleartext.ALLOWED;
  }

  @Override
  public String toString() {
    return "credentials for " + mechanisms;
  }

  private record UserAndSecret(String user, String secret) implements CallbackHandler {

    @Override
    public void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
      for (Callback callback : callbacks) {
        if (callback instanceof NameCallback name) {
          name.setName(user);
        } else if (callback instanceof PasswordCallback password) {
          password.setPassword(secret.toCharArray());
        } else if (callback instanceof RealmCallback realm) {
          realm.setText(realm.getDefaultText());
        } else if (callback instanceof RealmChoiceCallback realm) {
          realm.setSelectedIndex(realm.getDefaultChoice());
        } else {
          throw new UnsupportedCallbackException(callback);
        }
      }
    }
  }
}
