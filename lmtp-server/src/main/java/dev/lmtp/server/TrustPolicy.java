package dev.lmtp.server;

import java.util.EnumSet;
import java.util.Set;

/**
 * Decides what a peer may do; asked when it connects, and again whenever more is known of it. The
 * one place where trust is a matter of who somebody is. Called by any thread.
 */
@FunctionalInterface
public interface TrustPolicy {

  /**
   * Who passed the permissions of a Unix-domain socket, or is in this process, needs neither TLS
   * nor authentication; nobody may speak for others.
   */
  TrustPolicy LOCAL =
      identity ->
          identity.isLocal()
              ? EnumSet.of(Privilege.CLEARTEXT_AUTH, Privilege.WITHOUT_TLS, Privilege.WITHOUT_AUTH)
              : EnumSet.noneOf(Privilege.class);

  /** What this peer may do. */
  Set<Privilege> privileges(Identity peer);

  /**
   * This policy, and more for some peers.
   *
   * @param peer {@code unix} for all on Unix-domain sockets, {@code user:NAME} for a local user,
   *     {@code auth:NAME} for one who authenticated, or an address or network as {@code 192.0.2.1},
   *     {@code 2001:db8::/32}
   * @throws IllegalArgumentException where it is none of them
   */
  default TrustPolicy trusting(String peer, Set<Privilege> privileges) {
    PeerPattern pattern = PeerPattern.parse(peer);
    Set<Privilege> more = Set.copyOf(privileges);
    return identity -> {
      Set<Privilege> all = EnumSet.noneOf(Privilege.class);
      all.addAll(privileges(identity));
      if (pattern.matches(identity)) {
        all.addAll(more);
      }
      return all;
    };
  }
}
