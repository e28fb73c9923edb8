package dev.lmtp.sasl;

import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import javax.security.sasl.SaslServerFactory;

/**
 * The server side of PLAIN, LOGIN, SCRAM-SHA-1, SCRAM-SHA-256, both with -PLUS, XOAUTH2,
 * OAUTHBEARER and EXTERNAL. CRAM-MD5 and DIGEST-MD5 are the JDK's.
 *
 * <p>What the handler is asked: PLAIN and LOGIN by {@link VerifyPasswordCallback}, SCRAM by {@link
 * ScramCredentialCallback}, the two of OAuth by {@link VerifyTokenCallback}, EXTERNAL by a
 * NameCallback without a default name; and in the end always by an AuthorizeCallback, which is
 * already set to yes for a user who acts as himself and to no for every other. User names are
 * prepared by SASLprep.
 *
 * <p>Errors: javax.security.sasl.AuthenticationException where who asked is refused; any other
 * SaslException with an IOException as its cause where the handler failed, and without one where
 * the message is malformed.
 */
public final class ServerMechanisms implements SaslServerFactory {

  private final ScramDecoy decoy;
  private final Supplier<String> nonces;

  /** Makes a factory whose salts for unknown users are its own. */
  public ServerMechanisms() {
    this(ScramDecoy.random(32), StoredPassword.ITERATIONS);
  }

  /**
   * Makes a factory.
   *
   * @param secret of 16 octets or more, what the salts for unknown users are made of; the same one
   *     after a restart and in all servers of a service keeps them the same
   * @param iterations what unknown users seem to have: the number most of the known ones have
   * @throws IllegalArgumentException where the secret is shorter or SCRAM forbids the number
   */
  public ServerMechanisms(byte[] secret, int iterations) {
    this(secret, iterations, ScramDecoy::nonce);
  }

  ServerMechanisms(byte[] secret, int iterations, Supplier<String> nonces) {
    this.decoy = new ScramDecoy(secret, iterations);
    this.nonces = nonces;
  }

  /**
   * Makes the server's side of a mechanism.
   *
   * @return null where the mechanism is not known, or the properties do not allow it
   */
  @Override
  public SaslServer createSaslServer(
      String mechanism,
      String protocol,
      String serverName,
      Map<String, ?> properties,
      CallbackHandler handler)
      throws SaslException {
    if (handler == null) {
      throw new SaslException("a callback handler is needed");
    }
    Map<String, byte[]> bindings = ChannelBindings.of(properties);
    if (!ChannelBindings.allow(properties, mechanism)
        || (mechanism.endsWith("-PLUS") && bindings.isEmpty())) {
      return null;
    }
    return switch (mechanism) {
      case "PLAIN" -> new PlainServer(handler);
      case "LOGIN" -> new LoginServer(handler);
      case "EXTERNAL" -> new ExternalServer(handler);
      case "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS" ->
          new ScramServer(mechanism, ScramHash.SHA_1, handler, bindings, decoy, nonces);
      case "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS" ->
          new ScramServer(mechanism, ScramHash.SHA_256, handler, bindings, decoy, nonces);
      case BearerToken.XOAUTH2, BearerToken.OAUTHBEARER -> new BearerServer(mechanism, handler);
      default -> null;
    };
  }

  /** The mechanisms that the policy in the properties allows, strongest first. */
  @Override
  public String[] getMechanismNames(Map<String, ?> properties) {
    return Stream.of(
            "SCRAM-SHA-256-PLUS",
            "SCRAM-SHA-1-PLUS",
            "SCRAM-SHA-256",
            "SCRAM-SHA-1",
            "EXTERNAL",
            BearerToken.OAUTHBEARER,
            BearerToken.XOAUTH2,
            "PLAIN",
            "LOGIN")
        .filter(mechanism -> ChannelBindings.allow(properties, mechanism))
        .toArray(String[]::new);
  }

  /**
   * Whether the client speaks first. Where it then sent no initial response, the protocol has to
   * send an empty challenge by itself; with the others {@code evaluateResponse} of no octets gives
   * the first challenge.
   */
  public static boolean isClientFirst(String mechanism) {
    return switch (mechanism) {
      case "LOGIN", "CRAM-MD5", "DIGEST-MD5" -> false;
      default -> true;
    };
  }
}
