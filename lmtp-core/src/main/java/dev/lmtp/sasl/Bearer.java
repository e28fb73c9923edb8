package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslException;

/**
 * The client's message of OAUTHBEARER (RFC 7628 §3.1) and of Google's XOAUTH2, which has a pair
 * {@code user} in place of the GS2 header and one separator less; and the two sides that speak it.
 *
 * @param user the user asked for, prepared; empty where there is none
 * @param host as the client has it, or empty
 * @param port as the client has it, or empty
 */
record Bearer(String user, String token, String host, String port) {

  static final String XOAUTH2 = "XOAUTH2";
  static final String OAUTHBEARER = "OAUTHBEARER";

  // b64token of RFC 6750 §2.1; nothing else gets through to where tokens are looked up.
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]++=*+");
  private static final Pattern KEY = Pattern.compile("[A-Za-z]++");
  private static final Pattern PORT = Pattern.compile("([1-9][0-9]{0,4})?");

  Bearer {
    if (!TOKEN.matcher(token).matches()
        || !host.chars().allMatch(c -> c > ' ' && c <= '~')
        || !PORT.matcher(port).matches()) {
      throw new IllegalArgumentException("not a bearer token, a host name or a port");
    }
  }

  byte[] message(String mechanism) {
    String start =
        mechanism.equals(XOAUTH2)
            ? "user=" + user
            : Gs2Header.of("n", user).text() + (host.isEmpty() ? "" : "\1host=" + host);
    return (start + "\1auth=Bearer " + token + "\1\1").getBytes(UTF_8);
  }

  static Bearer parse(String mechanism, byte[] octets) throws SaslException {
    String message = SaslPrep.decode(octets);
    if (!message.endsWith("\1\1")) {
      throw new SaslException("malformed message");
    }
    String user = "";
    int pairsAt = 0;
    if (mechanism.equals(OAUTHBEARER)) {
      Gs2Header header = Gs2Header.parse(message);
      pairsAt = header.text().length() + 1;
      if (header.isBound() || message.charAt(pairsAt - 1) != 1) {
        throw new SaslException("malformed message");
      }
      user = header.authzid();
    }
    Map<String, String> pairs = pairs(message.substring(Math.min(pairsAt, message.length() - 2)));
    if (mechanism.equals(XOAUTH2)) {
      user = SaslPrep.prepare(pairs.getOrDefault("user", ""));
      if (user.isEmpty()) {
        throw new SaslException("no user name");
      }
    }
    String[] auth = pairs.getOrDefault("auth", "").split(" +", -1);
    if (auth.length != 2 || !auth[0].equalsIgnoreCase("Bearer")) {
      throw new SaslException("malformed pair");
    }
    try {
      return new Bearer(
          user, auth[1], pairs.getOrDefault("host", ""), pairs.getOrDefault("port", ""));
    } catch (IllegalArgumentException e) {
      // Not as the cause, which would say that the handler failed.
      throw new SaslException("malformed pair");
    }
  }

  private static Map<String, String> pairs(String text) throws SaslException {
    // *( key "=" value kvsep ) kvsep ; unknown keys are ignored, known ones stand once
    Map<String, String> pairs = new HashMap<>();
    for (String pair : text.substring(0, text.length() - 2).split("\1", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 0 || !KEY.matcher(pair.substring(0, equals)).matches()) {
        throw new SaslException("malformed pair");
      }
      if (pairs.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
        throw new SaslException("pair given twice");
      }
    }
    return pairs;
  }

  /** The class name only: the token is as good as a password. */
  @Override
  public String toString() {
    return "Bearer";
  }

  /**
   * Complete with its first message; a challenge after that is the server's error, gets the empty
   * answer it waits for, and leaves the exchange incomplete for good.
   */
  static final class Client extends ClientExchange {

    private final String authzid;
    private final String host;
    private boolean asked;
    private boolean sent;

    Client(String mechanism, CallbackHandler handler, String authzid, String host) {
      super(mechanism, handler);
      this.authzid = authzid;
      this.host = host;
    }

    @Override
    byte[] step(byte[] challenge) throws SaslException {
      if (sent) {
        sent = false;
        return getMechanismName().equals(XOAUTH2) ? new byte[0] : new byte[] {1};
      }
      if (asked || challenge.length > 0) {
        throw malformed("challenge out of turn");
      }
      asked = true;
      askCredentials();
      try {
        String name = authzid.isEmpty() ? user : authzid;
        Bearer message = new Bearer(name, String.valueOf(password), host, "");
        sent = true;
        return message.message(getMechanismName());
      } catch (IllegalArgumentException e) {
        throw malformed(e.getMessage());
      } finally {
        wipe();
      }
    }

    @Override
    public boolean isComplete() {
      return sent;
    }
  }

  /**
   * Answers a refused token with an error in JSON; whatever the client says to that ends the
   * exchange in failure.
   */
  static final class Server extends ServerExchange {

    private boolean failing;

    Server(String mechanism, CallbackHandler handler) {
      super(mechanism, handler);
    }

    @Override
    byte[] step(byte[] response) throws SaslException {
      if (failing) {
        throw refused();
      }
      Bearer message = parse(getMechanismName(), response);
      VerifyTokenCallback question = new VerifyTokenCallback(message);
      ask(question);
      if (question.owner().isEmpty()) {
        failing = true;
        boolean google = getMechanismName().equals(XOAUTH2);
        return question.error(google ? "401" : "invalid_token").getBytes(US_ASCII);
      }
      authorize(question.owner(), message.user());
      return null;
    }
  }
}
