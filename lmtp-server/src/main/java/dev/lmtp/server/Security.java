package dev.lmtp.server;

import java.util.List;
import javax.security.auth.callback.CallbackHandler;

/**
 * What a server was told about TLS, authentication and trust.
 *
 * @param tls {@code null} for none
 * @param mechanisms the SASL mechanisms in the order in which they are offered; none where empty
 * @param credentials answers for them
 * @param authenticationRequired whether mail is taken only from whom authenticated itself
 * @param policy who is trusted with what
 */
record Security(
    ServerTls tls,
    List<String> mechanisms,
    CallbackHandler credentials,
    boolean authenticationRequired,
    TrustPolicy policy) {

  static final Security NONE = new Security(null, List.of(), null, false, TrustPolicy.LOCAL);

  Security withTls(ServerTls other) {
    return new Security(other, mechanisms, credentials, authenticationRequired, policy);
  }

  Security withAuthentication(List<String> names, CallbackHandler handler) {
    return new Security(tls, List.copyOf(names), handler, authenticationRequired, policy);
  }

  Security requiringAuthentication() {
    return new Security(tls, mechanisms, credentials, true, policy);
  }

  Security withPolicy(TrustPolicy other) {
    return new Security(tls, mechanisms, credentials, authenticationRequired, other);
  }
}
