package dev.lmtp.io;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Optional;

/**
 * What a {@link Transport} moves octets by, below TLS: a socket or memory. The contract is the
 * transport's.
 */
interface Line {
  /** As {@link Transport#fill}. */
  int fill(ByteBuffer target, Duration patience) throws IOException;

  /** As {@link Transport#expect}. */
  default boolean expect(Duration patience) {
    return false;
  }

  /**
   * As {@link Transport#fillExpected}, behind a {@link #poll}.
   *
   * @param count what that returned
   * @param failure what it threw, or {@code null}
   */
  default int endExpected(int count, IOException failure) throws IOException {
    throw new IllegalStateException("nothing is expected");
  }

  /** As {@link Transport#poll}. */
  int poll(ByteBuffer target) throws IOException;

  /** As {@link Transport#drain}. */
  void drain(ByteBuffer source, Duration patience) throws IOException;

  /** As {@link Transport#transferFrom}. */
  void transferFrom(FileChannel file, long position, long count, Duration patience)
      throws IOException;

  /** As {@link Transport#wake}. */
  void wake();

  /** As {@link Transport#woken}. */
  boolean isWoken();

  /** Says that no more output follows. */
  void shutdownOutput() throws IOException;

  /** As {@link Transport#close}. */
  void close();

  /** As {@link Transport#localAddress}. */
  SocketAddress localAddress();

  /** As {@link Transport#remoteAddress}. */
  SocketAddress remoteAddress();

  /** As {@link Transport#credentials}. */
  Optional<PeerCredentials> credentials() throws IOException;

  /** By what its deadlines are measured. */
  Ticker ticker();
}
