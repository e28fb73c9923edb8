package dev.lmtp.sasl;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslException;

/** Reads what the factories' property maps may say. */
final class ChannelBindings {

  // cb-name = 1*(ALPHA / DIGIT / "." / "-")
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9.-]+");

  private ChannelBindings() {}

  /** The channel bindings, in their order; empty where there are none. */
  static Map<String, byte[]> of(Map<String, ?> properties) throws SaslException {
    Map<String, byte[]> bindings = new LinkedHashMap<>();
    Object value = properties == null ? null : properties.get(LmtpSaslProvider.CHANNEL_BINDINGS);
    if (value != null) {
      if (!(value instanceof Map<?, ?> map)) {
        throw new SaslException("channel bindings must be a Map<String, byte[]>");
      }
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (!(entry.getKey() instanceof String name)
            || !NAME.matcher(name).matches()
            || !(entry.getValue() instanceof byte[] data)
            || data.length == 0) {
          throw new SaslException("channel bindings must be a Map<String, byte[]>");
        }
        bindings.put(name, data.clone());
      }
    }
    return bindings;
  }

  /** Whether the policy allows a mechanism; of all, only SCRAM withstands an eavesdropper. */
  static boolean allow(Map<String, ?> properties, String mechanism) {
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
