package dev.lmtp.client;

import dev.lmtp.Capabilities;
import dev.lmtp.Extension;
import dev.lmtp.Reply;
import dev.lmtp.io.ChannelBinding;
import dev.lmtp.sasl.ClientMechanisms;
import dev.lmtp.sasl.LmtpSaslProvider;
import dev.lmtp.sasl.Mechanisms;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ClientState;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslException;

/** One {@code AUTH} exchange from the client's side, RFC 4954 §4. */
final class Authentication {

  /** The limit of all command lines is that of {@code AUTH}, RFC 4954 §4, RFC 5321 §4.5.3.1.4. */
  private static final int LONGEST_LINE = 512;

  private static final String PLUS = "-PLUS";
  private static final byte[] NOTHING = {};
  private static final ClientMechanisms MECHANISMS = new ClientMechanisms();

  /** Waits for the reply to what was sent. */
  interface Answer {
    Reply get() throws LmtpException;
  }

  private final ClientSession session;
  private final Answer answer;
  private final Credentials credentials;
  private final Map<String, Object> properties = new HashMap<>();
  private final boolean confidential;

  /**
   * An exchange that has not begun.
   *
   * @param tls of the connection; empty where it has none
   * @param local whether the connection does not leave this machine
   */
  Authentication(
      ClientSession session,
      Answer answer,
      Credentials credentials,
      Optional<SSLSession> tls,
      boolean local) {
    this.session = session;
    this.answer = answer;
    this.credentials = credentials;
    this.confidential = local || tls.isPresent() || credentials.allowCleartext();
    properties.put(Sasl.QOP, "auth");
    tls.map(ChannelBinding::ofClient)
        .filter(bindings -> !bindings.isEmpty())
        .ifPresent(bindings -> properties.put(LmtpSaslProvider.CHANNEL_BINDINGS, bindings));
  }

  /**
   * Authenticates by the best mechanism that both have.
   *
   * @return the server's last reply, whatever it says
   * @throws SaslException where there is none, or the server has not proved what it must; the
   *     message is for the operator
   */
  Reply run(String service, String host) throws SaslException, LmtpException {
    SaslClient client = client(credentials.mechanisms(), service, host);
    String mechanism = client.getMechanismName();
    Reply reply = exchange(client);
    // No offer tells by what a server can bind: Cyrus has tls-unique alone, which no JDK gives.
    // Whoever wants to be bound at any price names a PLUS mechanism, which then stands alone.
    List<String> unbound = List.of(mechanism.replace(PLUS, ""));
    // A 535 is about the password, and asking again would count as another guess.
    boolean again =
        reply.isPermanent()
            && reply.code() != 535
            && mechanism.endsWith(PLUS)
            && credentials.mechanisms().containsAll(unbound);
    return again ? exchange(client(unbound, service, host)) : reply;
  }

  private SaslClient client(List<String> wanted, String service, String host) throws SaslException {
    Capabilities offered = session.capabilities();
    String names = offered.parameters(Extension.AUTH.keyword()).orElse("");
    List<String> offers = List.of(names.toUpperCase(Locale.ROOT).split(" +"));
    boolean hidden = false;
    for (String mechanism : wanted) {
      if (!offers.contains(mechanism)) {
        continue;
      }
      if (Mechanisms.isCleartext(mechanism) && !confidential) {
        hidden = true;
        continue;
      }
      SaslClient client = create(mechanism, offers, service, host);
      if (client != null) {
        return client;
      }
    }
    throw new SaslException(
        hidden
            ? "offers only mechanisms that show the password without TLS: " + names
            : "offers no mechanism for these credentials: " + (names.isEmpty() ? "none" : names));
  }

  private SaslClient create(String mechanism, List<String> offers, String service, String host)
      throws SaslException {
    String[] one = {mechanism};
    if (offers.contains(mechanism + PLUS)) {
      // Told not to bind though both could: else the server would take it for a downgrade.
      properties.remove(LmtpSaslProvider.CHANNEL_BINDINGS);
    }
    String as = credentials.authorizationId().isEmpty() ? null : credentials.authorizationId();
    SaslClient own =
        MECHANISMS.createSaslClient(one, as, service, host, properties, credentials.handler());
    return own != null
        ? own
        : Sasl.createSaslClient(one, as, service, host, properties, credentials.handler());
  }

  private Reply exchange(SaslClient client) throws SaslException, LmtpException {
    try {
      return talk(client);
    } finally {
      client.dispose();
    }
  }

  private static int lineLength(SaslClient client, byte[] initial) {
    int base64 = (initial.length + 2) / 3 * 4;
    return "AUTH  \r\n".length() + client.getMechanismName().length() + base64;
  }

  private Reply talk(SaslClient client) throws SaslException, LmtpException {
    byte[] initial = client.hasInitialResponse() ? client.evaluateChallenge(NOTHING) : null;
    boolean late = initial != null && lineLength(client, initial) > LONGEST_LINE;
    session.auth(client.getMechanismName(), late ? null : initial);
    Reply reply = answer.get();
    while (session.state() == ClientState.CHALLENGED) {
      Optional<byte[]> challenge = session.challenge();
      try {
        if (challenge.isEmpty()) {
          throw new SaslException("sent a challenge that is no base64");
        }
        byte[] response = late ? initial : client.evaluateChallenge(challenge.get());
        late = false;
        session.respond(response == null ? NOTHING : response);
      } catch (SaslException e) {
        session.cancelAuth();
        reply = answer.get();
        throw e;
      }
      reply = answer.get();
    }
    if (reply.isPositive() && !client.isComplete()) {
      throw new SaslException("ended the authentication before it had proved itself");
    }
    return reply;
  }
}
