package dev.lmtp.sasl;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslException;

/**
 * Which mechanisms a factory's properties leave.
 *
 * @param bindings the channel bindings in their order; without any there is no -PLUS
 */
record Choice(Map<String, ?> properties, Map<String, byte[]> bindings) {

  private static final List<String> STRONGEST_FIRST =
      List.of(
          "SCRAM-SHA-256-PLUS",
          "SCRAM-SHA-1-PLUS",
          "SCRAM-SHA-256",
          "SCRAM-SHA-1",
          "EXTERNAL",
          Bearer.OAUTHBEARER,
          Bearer.XOAUTH2,
          "PLAIN",
          "LOGIN");

  // cb-name = 1*(ALPHA / DIGIT / "." / "-")
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9.-]+");

  static Choice of(Map<String, ?> properties, CallbackHandler handler) throws SaslException {
    if (handler == null) {
      throw new SaslException("a callback handler is needed");
    }
    Map<String, byte[]> bindings = new LinkedHashMap<>();
    Object value = properties == null ? null : properties.get(LmtpSaslProvider.CHANNEL_BINDINGS);
    if (value != null && !(value instanceof Map<?, ?>)) {
      throw new SaslException("channel bindings must be a Map<String, byte[]>");
    }
    for (Map.Entry<?, ?> entry : (value == null ? Map.of() : (Map<?, ?>) value).entrySet()) {
      if (!(entry.getKey() instanceof String name)
          || !NAME.matcher(name).matches()
          || !(entry.getValue() instanceof byte[] data)
          || data.length == 0) {
        throw new SaslException("channel bindings must be a Map<String, byte[]>");
      }
      bindings.put(name, data.clone());
    }
    return new Choice(properties, bindings);
  }

  boolean has(String mechanism) {
    return allows(properties, mechanism) && !(mechanism.endsWith("-PLUS") && bindings.isEmpty());
  }

  /** Those that the policy allows, without some; of all, only SCRAM withstands an eavesdropper. */
  static String[] names(Map<String, ?> properties, String... missing) {
    return STRONGEST_FIRST.stream()
        .filter(mechanism -> allows(properties, mechanism) && !List.of(missing).contains(mechanism))
        .toArray(String[]::new);
  }

  private static boolean allows(Map<String, ?> properties, String mechanism) {
    boolean scram = mechanism.startsWith("SCRAM-");
    boolean external = mechanism.equals("EXTERNAL");
    return !(is(properties, Sasl.POLICY_NOPLAINTEXT) && !scram && !external)
        && !(is(properties, Sasl.POLICY_NOACTIVE) && !mechanism.endsWith("-PLUS") && !external)
        && !(is(properties, Sasl.POLICY_NODICTIONARY) && !external)
        && !is(properties, Sasl.POLICY_FORWARD_SECRECY)
        && !is(properties, Sasl.POLICY_PASS_CREDENTIALS);
  }

  private static boolean is(Map<String, ?> properties, String policy) {
    return properties != null && "true".equalsIgnoreCase(String.valueOf(properties.get(policy)));
  }
}
