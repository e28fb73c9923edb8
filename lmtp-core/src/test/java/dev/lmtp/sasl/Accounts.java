package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.AuthorizeCallback;
import javax.security.sasl.RealmCallback;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;

/** A server's handler as an application would write it, and the two sides that talk to it. */
final class Accounts implements CallbackHandler {

  static final byte[] SECRET = "sixteen octets or more".getBytes(UTF_8);
  static final ServerMechanisms SERVERS = new ServerMechanisms(SECRET, 4_096);

  private final Map<String, StoredPassword> passwords = new HashMap<>();
  private String user;
  String external = "";
  String mayActAs = "";
  String owner = "";
  VerifyTokenCallback token;

  static Accounts of(String user, StoredPassword password) {
    Accounts accounts = new Accounts();
    accounts.passwords.put(user, password);
    return accounts;
  }

  static Accounts clear(String user, String password) {
    return of(user, StoredPassword.clear(password.toCharArray()));
  }

  @Override
  public void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (callback instanceof VerifyPasswordCallback verify) {
        if (passwords.containsKey(verify.user())) {
          verify.verify(passwords.get(verify.user()));
        }
      } else if (callback instanceof ScramCredentialCallback scram) {
        if (passwords.containsKey(scram.user())) {
          scram.stored(passwords.get(scram.user()));
        }
      } else if (callback instanceof VerifyTokenCallback bearer) {
        token = bearer;
        bearer.scope("mail");
        if (bearer.token().equals("good-token=")) {
          bearer.accept(owner);
        }
      } else if (callback instanceof AuthorizeCallback authorize) {
        // The JDK's mechanisms leave even the first of the two to the handler.
        boolean oneself = authorize.getAuthenticationID().equals(authorize.getAuthorizationID());
        authorize.setAuthorized(oneself || authorize.getAuthorizationID().equals(mayActAs));
      } else if (callback instanceof NameCallback name) {
        // Only the JDK's CRAM-MD5 and DIGEST-MD5 come with a default name: the user's.
        user = name.getDefaultName();
        name.setName(user == null ? external : user);
      } else if (callback instanceof PasswordCallback password) {
        password.setPassword(passwords.get(user).clear().orElseThrow());
      } else if (!(callback instanceof RealmCallback)) {
        // DIGEST-MD5 tells the realm by it; there is one here only.
        throw new UnsupportedCallbackException(callback);
      }
    }
  }

  SaslServer server(String mechanism, Map<String, ?> properties) throws SaslException {
    return SERVERS.createSaslServer(mechanism, "smtp", "mx.example.org", properties, this);
  }

  SaslServer server(String mechanism) throws SaslException {
    return server(mechanism, Map.of());
  }

  /** A client's handler. */
  static CallbackHandler login(String user, String password) {
    return callbacks -> {
      for (Callback callback : callbacks) {
        if (callback instanceof NameCallback name) {
          name.setName(user);
        } else if (callback instanceof PasswordCallback secret) {
          secret.setPassword(password.toCharArray());
        } else if (callback instanceof RealmCallback realm) {
          realm.setText(realm.getDefaultText());
        } else {
          throw new UnsupportedCallbackException(callback);
        }
      }
    };
  }

  static SaslClient client(
      String mechanism, String authzid, Map<String, ?> properties, CallbackHandler handler)
      throws SaslException {
    return new ClientMechanisms()
        .createSaslClient(
            new String[] {mechanism}, authzid, "smtp", "mx.example.org", properties, handler);
  }

  /** Talks until both are complete, as a protocol does; returns who was authorized. */
  static String talk(SaslClient client, SaslServer server) throws SaslException {
    byte[] response = client.hasInitialResponse() ? client.evaluateChallenge(new byte[0]) : null;
    byte[] challenge = server.evaluateResponse(response == null ? new byte[0] : response);
    for (int turns = 0; challenge != null; turns++) {
      if (turns > 5) {
        throw new SaslException("no end");
      }
      response = client.evaluateChallenge(challenge);
      challenge = server.isComplete() ? null : server.evaluateResponse(response);
    }
    if (!client.isComplete()) {
      throw new SaslException("client not complete");
    }
    return server.getAuthorizationID();
  }
}
