package dev.lmtp.io;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * Takes connections at one address. Any thread may accept, several at a time, and any thread may
 * close: a blocked {@link #accept} then throws {@link java.nio.channels.ClosedChannelException}.
 */
public interface Acceptor extends Closeable {

  /**
   * Begins to listen.
   *
   * @param address where; a host name is resolved and its first address taken; port 0 is any port
   * @param mode who may connect to a Unix-domain socket (that takes the right to write); without
   *     meaning for others
   * @throws java.net.BindException where that is not possible; the message names the address and
   *     says why
   * @throws IOException where the host has no address
   */
  static Acceptor open(SocketAddress address, Set<PosixFilePermission> mode) throws IOException {
    return address instanceof MemoryAddress memory
        ? memory.listen()
        : ListenSocket.open(address, mode);
  }

  /**
   * Takes over a socket that listens already, such as one that systemd passed on. The file of a
   * Unix-domain one is left alone.
   *
   * @throws IOException where it is closed, or not bound
   */
  static Acceptor of(ServerSocketChannel bound) throws IOException {
    return ListenSocket.of(bound);
  }

  /**
   * Waits for the next connection. No error but {@link java.nio.channels.ClosedChannelException} is
   * a reason to stop accepting: want of descriptors or memory passes, so wait a moment and go on.
   *
   * @throws IOException where this is closed, the kernel has no room for a connection, or it is
   *     gone already
   */
  Transport accept() throws IOException;

  /** Where this listens, with the port that was found for port 0. */
  SocketAddress address();

  /** Stops listening; twice does no harm. */
  @Override
  void close() throws IOException;
}
