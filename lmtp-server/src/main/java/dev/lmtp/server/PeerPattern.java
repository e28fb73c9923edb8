package dev.lmtp.server;

import dev.lmtp.io.ProxyHeader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.util.function.Predicate;

/** Peers as an operator names them: see {@link TrustPolicy#trusting}. */
record PeerPattern(String text, Predicate<Identity> test) {

  private static final String USER = "user:";
  private static final String AUTH = "auth:";

  static PeerPattern parse(String text) {
    if (text.equals("unix")) {
      return new PeerPattern(text, Identity::isLocal);
    }
    if (text.startsWith(USER)) {
      String name = text.substring(USER.length());
      return new PeerPattern(
          text, peer -> peer.localUser().filter(user -> user.getName().equals(name)).isPresent());
    }
    if (text.startsWith(AUTH)) {
      String name = text.substring(AUTH.length());
      return new PeerPattern(text, peer -> peer.authenticated().filter(name::equals).isPresent());
    }
    return new PeerPattern(text, network(text));
  }

  private static Predicate<Identity> network(String text) {
    String[] parts = text.split("/", 2);
    try {
      byte[] network = ProxyHeader.literal(parts[0]).getAddress();
      int length = parts.length == 1 ? 8 * network.length : Integer.parseInt(parts[1]);
      if (length < 0 || length > 8 * network.length) {
        throw new IllegalArgumentException("no such prefix length: " + text);
      }
      return peer ->
          peer.connection() instanceof InetSocketAddress inet
              && isWithin(inet.getAddress(), network, length);
    } catch (ProtocolException | NumberFormatException e) {
      throw new IllegalArgumentException("not unix, user:, auth:, an address or network: " + text);
    }
  }

  private static boolean isWithin(InetAddress address, byte[] network, int length) {
    byte[] octets = address.getAddress();
    if (octets.length != network.length) {
      return false;
    }
    for (int bit = 0; bit < length; bit++) {
      int mask = 0x80 >> bit % 8;
      if ((octets[bit / 8] & mask) != (network[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  boolean matches(Identity peer) {
    return test.test(peer);
  }
}
