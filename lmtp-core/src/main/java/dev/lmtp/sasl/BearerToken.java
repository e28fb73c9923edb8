package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.security.sasl.SaslException;

/**
 * The client's message of OAUTHBEARER (RFC 7628 §3.1) and of Google's XOAUTH2, which has a pair
 * {@code user} in place of the GS2 header and one separator less.
 *
 * @param user the user asked for, prepared; empty where there is none
 * @param host as the client has it, or empty
 * @param port as the client has it, or empty
 */
record BearerToken(String user, String token, String host, String port) {

  static final String XOAUTH2 = "XOAUTH2";
  static final String OAUTHBEARER = "OAUTHBEARER";

  // b64token of RFC 6750 §2.1; nothing else gets through to where tokens are looked up.
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]++=*+");
  private static final Pattern KEY = Pattern.compile("[A-Za-z]++");
  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

  BearerToken {
    if (!TOKEN.matcher(token).matches() || !host.chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw new IllegalArgumentException("not a bearer token, or not a host name");
    }
  }

  byte[] message(String mechanism) {
    String start =
        mechanism.equals(XOAUTH2)
            ? "user=" + user
            : Gs2Header.of("n", user).text() + (host.isEmpty() ? "" : "\1host=" + host);
    return (start + "\1auth=Bearer " + token + "\1\1").getBytes(UTF_8);
  }

  static BearerToken parse(String mechanism, byte[] octets) throws SaslException {
    String message = SaslPrep.decode(octets);
    if (!message.endsWith("\1\1")) {
      throw new SaslException("malformed message");
    }
    String user = "";
    int pairsAt = 0;
    if (mechanism.equals(OAUTHBEARER)) {
      Gs2Header header = Gs2Header.parse(message);
      pairsAt = header.text().length() + 1;
      if (header.flag().startsWith("p=") || message.charAt(pairsAt - 1) != 1) {
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
    String host = pairs.getOrDefault("host", "");
    String port = pairs.getOrDefault("port", "");
    if (auth.length != 2
        || !auth[0].equalsIgnoreCase("Bearer")
        || !TOKEN.matcher(auth[1]).matches()
        || !host.chars().allMatch(c -> c > ' ' && c <= '~')
        || !(port.isEmpty() || PORT.matcher(port).matches())) {
      throw new SaslException("malformed pair");
    }
    return new BearerToken(user, auth[1], host, port);
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
    return "BearerToken";
  }
}
