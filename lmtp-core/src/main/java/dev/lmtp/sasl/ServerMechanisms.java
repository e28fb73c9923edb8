package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
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

  private final byte[] secret;
  private final int iterations;
  private final Supplier<String> nonces;

  /** Makes a factory whose salts for unknown users are its own. */
  public ServerMechanisms() {
    this(ScramKeys.random(32), StoredPassword.ITERATIONS);
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
    this(secret, iterations, ScramMessage::nonce);
  }

  ServerMechanisms(byte[] secret, int iterations, Supplier<String> nonces) {
    if (secret.length < ScramKeys.SALT_LENGTH || !ScramKeys.isBounded(iterations)) {
      throw new IllegalArgumentException("secret too short or iterations out of bounds");
    }
    this.secret = secret.clone();
    this.iterations = iterations;
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
    Choice choice = Choice.of(properties, handler);
    if (!choice.has(mechanism)) {
      return null;
    }
    ScramHash hash = ScramHash.of(mechanism);
    if (hash != null) {
      return new ScramServer(mechanism, hash, handler, choice.bindings(), this, nonces.get());
    }
    return switch (mechanism) {
      case "PLAIN", "LOGIN", "EXTERNAL" -> new SimpleServer(mechanism, handler);
      case Bearer.XOAUTH2, Bearer.OAUTHBEARER -> new Bearer.Server(mechanism, handler);
      default -> null;
    };
  }

  /** Keys of no password that an unknown user seems to have, with the same salt at every try. */
  ScramKeys decoy(ScramHash hash, String user) {
    byte[] of = (hash.mechanism() + '\0' + user).getBytes(UTF_8);
    byte[] salt = Arrays.copyOf(ScramHash.SHA_256.hmac(secret, of), ScramKeys.SALT_LENGTH);
    int length = hash.length();
    return new ScramKeys(
        hash, iterations, salt, ScramKeys.random(length), ScramKeys.random(length));
  }

  /** The mechanisms that the policy in the properties allows, strongest first. */
  @Override
  public String[] getMechanismNames(Map<String, ?> properties) {
    return Choice.names(properties);
  }
}
