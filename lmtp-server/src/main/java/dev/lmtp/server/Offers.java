package dev.lmtp.server;

import dev.lmtp.Extension;
import dev.lmtp.session.Offer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a server offers to which peer. Each combination is made once and shared by all sessions that
 * come to it, with the hello reply the offer remembers; there are at most a few dozens. For any
 * thread.
 */
final class Offers {

  private static final String XCLIENT_NAMES =
      "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT SESSION TTL TIMEOUT";
  private static final String XFORWARD_NAMES = "NAME ADDR PORT PROTO HELO IDENT SOURCE";

  private final Offer configured;
  private final boolean tls;

  /** By what they depend on; as lists, since a record's hash code takes long the first time. */
  private final Map<List<Object>, Offer> made = new ConcurrentHashMap<>();

  /**
   * What an offer depends on.
   *
   * @param secure whether the connection is
   * @param mechanisms those shown
   * @param privileges of the peer
   */
  record Standing(boolean secure, List<String> mechanisms, Set<Privilege> privileges) {}

  /**
   * The offers of a server.
   *
   * @param configured for everybody
   * @param security whether there is TLS
   */
  Offers(Offer configured, Security security) {
    this.configured = configured;
    this.tls = security.tls() != null;
  }

  /** What is right for such a peer. */
  Offer to(Standing peer) {
    List<Object> parts = List.of(peer.secure, peer.mechanisms, peer.privileges);
    Offer known = made.get(parts);
    return known != null ? known : made.computeIfAbsent(parts, unknown -> make(peer));
  }

  private Offer make(Standing peer) {
    Offer offer = configured;
    if (!peer.secure) {
      // RFC 8689 §2: to be offered over TLS alone.
      offer = offer.without(Extension.REQUIRETLS);
      offer = tls ? offer.with(Extension.STARTTLS) : offer;
    }
    if (!peer.mechanisms.isEmpty()) {
      offer = offer.with(Extension.AUTH.keyword(), String.join(" ", peer.mechanisms));
    }
    if (peer.privileges.contains(Privilege.XCLIENT)) {
      offer = offer.with(PeerTrust.XCLIENT, XCLIENT_NAMES);
    }
    if (peer.privileges.contains(Privilege.XFORWARD)) {
      offer = offer.with(PeerTrust.XFORWARD, XFORWARD_NAMES);
    }
    if (peer.privileges.contains(Privilege.XRCPTFORWARD)) {
      offer = offer.with("XRCPTFORWARD", "").with(FrontEnd.XRCPTFORWARD);
    }
    // Known to all, so that whoever may not is told so.
    return offer.withCommand(PeerTrust.XCLIENT).withCommand(PeerTrust.XFORWARD);
  }
}
