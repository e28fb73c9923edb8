package dev.lmtp.server;

import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.io.ChannelBinding;
import dev.lmtp.sasl.LmtpSaslProvider;
import dev.lmtp.sasl.Mechanisms;
import dev.lmtp.sasl.ServerMechanisms;
import dev.lmtp.session.ServerSession;
import java.io.IOException;
import java.nio.file.attribute.UserPrincipal;
import java.security.Principal;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;

/**
 * One {@code AUTH} exchange (RFC 4954 §4): joins the session's question to a SASL mechanism of any
 * provider. Nothing of what a client sends goes into a log.
 */
final class Authentication {

  private static final Reply FAILED = Reply.of(535, "5.7.8", "Authentication credentials invalid");
  private static final Reply NOT_NOW = Reply.of(454, "4.7.0", "Temporary authentication failure");
  private static final Reply MALFORMED = Reply.of(501, "5.5.2", "Malformed response");
  private static final byte[] NOTHING = {};

  /** For every server: the salts of unknown users are made of its secret. */
  private static final ServerMechanisms MECHANISMS = new ServerMechanisms();

  private final SaslServer server;
  private final String mechanism;

  /** Whether the mechanism tells by its exceptions what is malformed and what is wrong. */
  private final boolean own;

  private boolean started;
  private boolean lastWordSaid;

  private Authentication(SaslServer server, String mechanism, boolean own) {
    this.server = server;
    this.mechanism = mechanism;
    this.own = own;
  }

  /**
   * Begins an exchange.
   *
   * @param mechanisms those the server offers
   * @throws SaslException where no provider has the mechanism
   */
  static Authentication begin(
      String mechanism,
      List<String> mechanisms,
      Protocol protocol,
      String hostname,
      CallbackHandler credentials,
      Identity peer)
      throws SaslException {
    Map<String, Object> properties = new HashMap<>();
    properties.put(Sasl.QOP, "auth");
    // Who offers no -PLUS must not take the lack of it for a downgrade.
    boolean plus = mechanism.endsWith("-PLUS") || mechanisms.contains(mechanism + "-PLUS");
    peer.tls()
        .filter(tls -> plus)
        .map(ChannelBinding::ofServer)
        .filter(bindings -> !bindings.isEmpty())
        .ifPresent(bindings -> properties.put(LmtpSaslProvider.CHANNEL_BINDINGS, bindings));
    CallbackHandler handler =
        mechanism.equals("EXTERNAL") ? asks -> external(asks, credentials, peer) : credentials;
    String service = protocol.name().toLowerCase(Locale.ROOT);
    SaslServer own = MECHANISMS.createSaslServer(mechanism, service, hostname, properties, handler);
    if (own != null) {
      return new Authentication(own, mechanism, true);
    }
    // Clients know the server by names of which ours is only one; so no name is compared.
    properties.put("com.sun.security.sasl.digest.realm", hostname);
    String name = mechanism.equals("DIGEST-MD5") ? null : hostname;
    SaslServer other = Sasl.createSaslServer(mechanism, service, name, properties, handler);
    if (other == null) {
      throw new SaslException("no provider has " + mechanism);
    }
    return new Authentication(other, mechanism, false);
  }

  /** Whoever TLS or the kernel knows is known by that name. */
  private static void external(Callback[] callbacks, CallbackHandler credentials, Identity peer)
      throws IOException, UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (callback instanceof NameCallback name) {
        externalName(peer).ifPresent(name::setName);
      } else {
        credentials.handle(new Callback[] {callback});
      }
    }
  }

  /** By what name EXTERNAL knows a peer: its certificate's subject, or its user on this machine. */
  static Optional<String> externalName(Identity peer) {
    Optional<String> subject = peer.tls().flatMap(Authentication::subject);
    return subject.isPresent() ? subject : peer.localUser().map(UserPrincipal::getName);
  }

  private static Optional<String> subject(SSLSession tls) {
    try {
      Principal subject = tls.getPeerPrincipal();
      return Optional.of(subject.getName());
    } catch (SSLPeerUnverifiedException e) {
      // It showed no certificate.
      return Optional.empty();
    }
  }

  /**
   * Takes one response, and answers the session.
   *
   * @return the authorization identity, when it is proven
   * @throws SaslException where the exchange has failed; the session has been answered
   */
  Optional<String> step(ServerSession session) throws SaslException {
    byte[] response = session.response().orElse(null);
    boolean silent = !started && response == null;
    started = true;
    if (silent && Mechanisms.isClientFirst(mechanism)) {
      session.challenge(NOTHING);
      return Optional.empty();
    }
    try {
      byte[] challenge = NOTHING;
      if (!lastWordSaid) {
        challenge = server.evaluateResponse(response == null ? NOTHING : response);
      } else if (response.length > 0) {
        throw new SaslException("a response where none was due");
      }
      if (!server.isComplete()) {
        session.challenge(challenge == null ? NOTHING : challenge);
        return Optional.empty();
      }
      requireNoLayer();
      if (challenge != null && challenge.length > 0) {
        // RFC 4954 §4: success has no room for data, so it goes ahead as a challenge.
        lastWordSaid = true;
        session.challenge(challenge);
        return Optional.empty();
      }
      session.accept();
      return Optional.of(server.getAuthorizationID());
    } catch (SaslException e) {
      session.refuse(reply(e));
      throw e;
    } catch (RuntimeException e) {
      session.refuse(NOT_NOW);
      throw new SaslException("the application failed", e);
    }
  }

  /** Whether it was the application that failed, not the client. */
  static boolean isOurs(SaslException failure) {
    return failure.getCause() instanceof IOException
        || failure.getCause() instanceof RuntimeException
        || failure.getCause() instanceof UnsupportedCallbackException;
  }

  private Reply reply(SaslException failure) {
    if (isOurs(failure)) {
      return NOT_NOW;
    }
    return own && failure.getClass() == SaslException.class && failure.getCause() == null
        ? MALFORMED
        : FAILED;
  }

  private void requireNoLayer() throws SaslException {
    Object layer = server.getNegotiatedProperty(Sasl.QOP);
    if (layer != null && !layer.equals("auth")) {
      throw new SaslException("a security layer was asked for");
    }
  }

  void dispose() {
    try {
      server.dispose();
    } catch (SaslException e) {
      // Its secrets are the collector's then.
      System.getLogger("dev.lmtp.server").log(System.Logger.Level.DEBUG, "SASL dispose", e);
    }
  }
}
