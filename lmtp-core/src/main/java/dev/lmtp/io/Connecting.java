package dev.lmtp.io;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Resolves and connects. Each address of a host gets an equal share of the time that is left, so
 * that one that does not answer leaves some for the next.
 *
 * <p>Errors name the address; where several were tried, the earlier errors are suppressed ones.
 *
 * <p>Known limits: the name server is asked without a deadline. Where the queue of a listening
 * Unix-domain socket is full, a platform thread waits for a place in it, but the JDK lets a virtual
 * thread fail at once.
 */
final class Connecting {
  private Connecting() {}

  static WatchedChannel connect(SocketAddress address, Duration patience) throws IOException {
    long deadline = Deadlines.after(patience);
    List<SocketAddress> candidates = addresses(address);
    IOException failure = null;
    for (int i = 0; i < candidates.size(); i++) {
      long now = Deadlines.now();
      long share = Math.max(0, deadline - now) / (candidates.size() - i);
      try {
        return attempt(candidates.get(i), now + share, patience);
      } catch (IOException e) {
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
      }
    }
    throw failure;
  }

  /** Never empty. */
  static List<SocketAddress> addresses(SocketAddress address) throws UnknownHostException {
    if (!(address instanceof InetSocketAddress inet && inet.isUnresolved())) {
      return List.of(address);
    }
    List<SocketAddress> addresses = new ArrayList<>();
    for (InetAddress host : InetAddress.getAllByName(inet.getHostString())) {
      addresses.add(new InetSocketAddress(host, inet.getPort()));
    }
    return addresses;
  }

  private static WatchedChannel attempt(SocketAddress address, long deadline, Duration patience)
      throws IOException {
    WatchedChannel watched =
        new WatchedChannel(
            address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open());
    boolean connected = false;
    long wait = watched.writing.begin(deadline);
    IOException failure = null;
    try {
      connected = watched.channel.connect(address);
    } catch (IOException e) {
      failure = e;
    } finally {
      wait = watched.endWriting(wait);
      if (!connected) {
        watched.close();
      }
    }
    if (wait == Wait.EXPIRED) {
      throw described(
          new SocketTimeoutException(
              "no connection to " + Endpoint.format(address) + " within " + patience),
          failure);
    }
    if (failure != null) {
      throw described(
          new ConnectException(
              "cannot connect to " + Endpoint.format(address) + ": " + failure.getMessage()),
          failure);
    }
    return watched;
  }

  private static IOException described(IOException described, IOException cause) {
    described.initCause(cause);
    return described;
  }
}
