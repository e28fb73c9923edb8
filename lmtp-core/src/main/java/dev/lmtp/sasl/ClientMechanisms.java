package dev.lmtp.sasl;

import java.util.Map;
import java.util.function.Supplier;
import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslClientFactory;
import javax.security.sasl.SaslException;

/**
 * The client side of LOGIN, SCRAM-SHA-1, SCRAM-SHA-256, both with -PLUS, XOAUTH2 and OAUTHBEARER.
 * PLAIN, EXTERNAL, CRAM-MD5 and DIGEST-MD5 are the JDK's.
 *
 * <p>User name and password, or token, are asked for by a NameCallback and a PasswordCallback in
 * one call. With {@link LmtpSaslProvider#CHANNEL_BINDINGS} set, a SCRAM mechanism without -PLUS
 * tells the server that its list had none with it; so choose -PLUS where the server offers it.
 *
 * <p>A protocol's success counts only if {@code isComplete}. Each challenge before that goes to
 * {@code evaluateChallenge}, also when it is complete: the answer to OAUTHBEARER's error comes from
 * there. A null answer to a challenge of SMTP is an empty one.
 */
public final class ClientMechanisms implements SaslClientFactory {

  private final Supplier<String> nonces;

  /** Makes a factory. */
  public ClientMechanisms() {
    this(ScramMessage::nonce);
  }

  ClientMechanisms(Supplier<String> nonces) {
    this.nonces = nonces;
  }

  /**
   * Makes the client's side of the first mechanism that is known and that the properties allow.
   *
   * @return null where there is none
   */
  @Override
  public SaslClient createSaslClient(
      String[] mechanisms,
      String authorizationId,
      String protocol,
      String serverName,
      Map<String, ?> properties,
      CallbackHandler handler)
      throws SaslException {
    Choice choice = Choice.of(properties, handler);
    String authzid = authorizationId == null ? "" : SaslPrep.prepare(authorizationId);
    String host = serverName == null ? "" : serverName;
    for (String mechanism : mechanisms) {
      if (!choice.has(mechanism)) {
        continue;
      }
      ScramHash hash = ScramHash.of(mechanism);
      if (hash != null) {
        return new ScramClient(mechanism, hash, handler, authzid, choice.bindings(), nonces);
      } else if (mechanism.equals("LOGIN") && authzid.isEmpty()) {
        return new LoginClient(handler);
      } else if (mechanism.equals(Bearer.XOAUTH2) || mechanism.equals(Bearer.OAUTHBEARER)) {
        return new Bearer.Client(mechanism, handler, authzid, host);
      }
    }
    return null;
  }

  /** The mechanisms that the policy in the properties allows, strongest first. */
  @Override
  public String[] getMechanismNames(Map<String, ?> properties) {
    return Choice.names(properties, "EXTERNAL", "PLAIN");
  }
}
