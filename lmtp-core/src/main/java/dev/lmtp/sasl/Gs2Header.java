package dev.lmtp.sasl;

import javax.security.sasl.SaslException;

/**
 * The GS2 header before the first message of SCRAM and OAUTHBEARER, RFC 5802 §7.
 *
 * @param flag {@code n}, {@code y}, or {@code p=} and the channel binding type
 * @param authzid the authorization identity, decoded; empty where there is none
 * @param text the header as it is sent, the last comma too
 */
record Gs2Header(String flag, String authzid, String text) {

  static Gs2Header of(String flag, String authzid) {
    String a = authzid.isEmpty() ? "" : "a=" + saslname(authzid);
    return new Gs2Header(flag, authzid, flag + "," + a + ",");
  }

  static Gs2Header parse(String message) throws SaslException {
    // gs2-header = gs2-cbind-flag "," [ authzid ] ","
    int first = message.indexOf(',');
    int second = message.indexOf(',', first + 1);
    if (first < 0 || second < 0) {
      throw new SaslException("no GS2 header");
    }
    String flag = message.substring(0, first);
    String a = message.substring(first + 1, second);
    boolean bound = flag.startsWith("p=") && flag.length() > 2;
    if (!(bound || flag.equals("n") || flag.equals("y")) || !(a.isEmpty() || a.startsWith("a="))) {
      throw new SaslException("malformed GS2 header");
    }
    String authzid = a.isEmpty() ? "" : name(a.substring(2));
    return new Gs2Header(flag, authzid, message.substring(0, second + 1));
  }

  boolean isBound() {
    return flag.startsWith("p=");
  }

  static String saslname(String name) {
    return name.replace("=", "=3D").replace(",", "=2C");
  }

  /** Decodes a saslname and prepares the name. */
  static String name(String saslname) throws SaslException {
    // saslname = 1*(value-safe-char / "=2C" / "=3D")
    for (int i = saslname.indexOf('='); i >= 0; i = saslname.indexOf('=', i + 1)) {
      if (!saslname.startsWith("2C", i + 1) && !saslname.startsWith("3D", i + 1)) {
        throw new SaslException("malformed name");
      }
    }
    String name = SaslPrep.prepare(saslname.replace("=2C", ",").replace("=3D", "="));
    if (name.isEmpty()) {
      throw new SaslException("empty name");
    }
    return name;
  }
}
