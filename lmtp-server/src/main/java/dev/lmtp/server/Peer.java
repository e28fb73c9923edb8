package dev.lmtp.server;

import dev.lmtp.Deviation;
import dev.lmtp.Protocol;
import java.net.SocketAddress;
import java.util.Set;

/**
 * Who is at the other end of a session.
 *
 * @param address its socket address; that of a Unix-domain client is as a rule unnamed
 * @param protocol what is spoken
 * @param helloName what it called itself: printable ASCII, a claim and nothing more; empty before
 *     its hello
 * @param deviations the deviations from the grammar that were tolerated of it so far
 */
public record Peer(
    SocketAddress address, Protocol protocol, String helloName, Set<Deviation> deviations) {

  /** Copies the set. */
  public Peer {
    deviations = Set.copyOf(deviations);
  }
}
