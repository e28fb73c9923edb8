package dev.lmtp.server;

import dev.lmtp.io.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The connections a server has open, at most so many in all and from one peer. Any thread. */
final class Connections {

  /** Whom a connection is counted for. */
  record Place(Object peer) {}

  private final int most;
  private final int mostPerPeer;
  private final Map<Conversation, Place> open = new HashMap<>();
  private final Map<Object, Integer> perPeer = new HashMap<>();
  private int taken;

  Connections(int most, int mostPerPeer) {
    this.most = most;
    this.mostPerPeer = mostPerPeer;
  }

  /**
   * Takes a place for a connection.
   *
   * @return the place, to be given back; {@code null} where there is none left
   */
  Place take(Transport transport) throws IOException {
    // Asking the kernel who it is costs a call; with one limit for all nobody needs to know.
    Object peer = mostPerPeer < most ? peer(transport) : "";
    synchronized (this) {
      if (taken >= most || perPeer.getOrDefault(peer, 0) >= mostPerPeer) {
        return null;
      }
      taken++;
      perPeer.merge(peer, 1, Integer::sum);
      return new Place(peer);
    }
  }

  private static Object peer(Transport transport) throws IOException {
    if (transport.remoteAddress() instanceof InetSocketAddress address) {
      return address.getAddress();
    }
    return transport.credentials().map(peer -> (Object) peer.user()).orElse("");
  }

  /** Notes who has the place. */
  synchronized void add(Conversation conversation, Place place) {
    open.put(conversation, place);
  }

  /** Gives a place back. */
  synchronized void giveBack(Conversation conversation, Place place) {
    open.remove(conversation);
    taken--;
    perPeer.computeIfPresent(place.peer(), (peer, count) -> count == 1 ? null : count - 1);
  }

  synchronized int size() {
    return taken;
  }

  /** The conversations there are now. */
  synchronized List<Conversation> all() {
    return List.copyOf(open.keySet());
  }
}
