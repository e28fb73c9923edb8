package dev.lmtp.server;

import dev.lmtp.Deviation;
import dev.lmtp.Protocol;
import dev.lmtp.Verb;
import java.net.SocketAddress;
import java.util.Set;

/**
 * Who hands over mail in a session.
 *
 * @param address whose mail it is: the other end of the connection, or who that end says its client
 *     is, where it is trusted to (PROXY, {@code XCLIENT}); that of a Unix-domain client is as a
 *     rule unnamed
 * @param protocol what is spoken
 * @param hello the verb of its hello; UNRECOGNIZED before it
 * @param helloName what it called itself: printable ASCII, a claim and nothing more; empty before
 *     its hello
 * @param identity who is proven to be at the other end of the connection
 * @param frontEnd what that peer said of its client
 * @param deviations the deviations from the grammar that were tolerated of it so far
 */
public record Peer(
    SocketAddress address,
    Protocol protocol,
    Verb hello,
    String helloName,
    Identity identity,
    FrontEnd frontEnd,
    Set<Deviation> deviations) {

  /** Copies the set. */
  public Peer {
    deviations = deviations.isEmpty() ? Set.of() : Set.copyOf(deviations);
  }
}
