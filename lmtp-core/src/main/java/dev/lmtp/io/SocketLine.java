package dev.lmtp.io;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;

/**
 * A socket as a transport's line, TCP or Unix-domain. It has no buffer of its own; filling and
 * draining allocate nothing.
 *
 * <p>A deadline may be late by a tenth of a second, with very many connections by up to a whole
 * one. Input that arrives in the very moment in which a waiting fill is ended may be lost.
 */
final class SocketLine implements Line {
  private static final int SMALL_BUFFER = 8 * 1024;

  final WatchedChannel watched;
  private final SocketChannel channel;
  private final SocketAddress localAddress;
  private final SocketAddress remoteAddress;

  /** Where it waits with others; {@code null} where a thread waits in each call. */
  private Place place;

  /** What {@link #expect} began. */
  private long expected;

  private SocketLine(WatchedChannel watched, SocketAddress boundTo) throws IOException {
    this.watched = watched;
    this.channel = watched.channel;
    if (!channel.isConnected() && channel.isOpen()) {
      throw new NotYetConnectedException();
    }
    SocketAddress local = channel.getLocalAddress();
    this.localAddress =
        boundTo != null && local instanceof UnixDomainSocketAddress ? boundTo : local;
    this.remoteAddress = channel.getRemoteAddress();
    channel.configureBlocking(true);
    if (remoteAddress instanceof InetSocketAddress) {
      // Without it two small writes in a row wait for the peer's delayed acknowledgement.
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
  }

  /**
   * Takes over a connected channel, which is closed where that fails.
   *
   * @param boundTo where it was accepted, else {@code null}: the kernel reports a Unix-domain
   *     socket's local address as the name it was bound under, before it was renamed
   */
  static SocketLine of(WatchedChannel watched, SocketAddress boundTo) throws IOException {
    boolean taken = false;
    try {
      SocketLine line = new SocketLine(watched, boundTo);
      taken = true;
      return line;
    } finally {
      if (!taken) {
        watched.close();
      }
    }
  }

  /** Waits at a selector from now on. Before its first use by another thread. */
  void share(Place at) throws IOException {
    channel.configureBlocking(false);
    place = at;
    watched.place = at;
  }

  @Override
  public int fill(ByteBuffer target, Duration patience) throws IOException {
    watched.waitsOutside = false;
    long wait = watched.reading.begin(Deadlines.after(patience));
    if (wait == Wait.WOKEN) {
      // The end of input may be our own doing, so it is not told from "nothing there".
      return Math.max(0, poll(target));
    }
    int count = -1;
    IOException failure = null;
    if (wait >= Wait.FIRST_DEADLINE) {
      try {
        count = channel.read(target);
        if (count == 0) {
          place.block();
          count = channel.read(target);
        }
      } catch (IOException e) {
        failure = e;
      } finally {
        wait = watched.reading.end(wait);
      }
    }
    if (count > 0) {
      return count;
    }
    settle(wait, failure, " sent nothing for ", patience);
    return wait == Wait.WOKEN ? 0 : -1;
  }

  @Override
  public boolean expect(Duration patience) {
    if (place == null) {
      return false;
    }
    watched.waitsOutside = true;
    expected = watched.reading.begin(Deadlines.after(patience));
    return true;
  }

  @Override
  public int endExpected(int count, IOException failure) throws IOException {
    long wait = expected;
    if (count == 0
        && failure == null
        && wait >= Wait.FIRST_DEADLINE
        && watched.reading.state() == wait) {
      return Transport.NOTHING_YET;
    }
    if (wait >= Wait.FIRST_DEADLINE) {
      wait = watched.reading.end(wait);
    }
    if (count <= 0) {
      settle(wait, failure, " sent nothing in time", "");
    }
    return wait == Wait.WOKEN ? Math.max(0, count) : count;
  }

  @Override
  public int poll(ByteBuffer target) throws IOException {
    if (place != null && !place.blocks()) {
      return channel.read(target);
    }
    channel.configureBlocking(false);
    try {
      return channel.read(target);
    } finally {
      channel.configureBlocking(true);
    }
  }

  @Override
  public void drain(ByteBuffer source, Duration patience) throws IOException {
    write(source, null, 0, source.remaining(), patience);
  }

  @Override
  public void transferFrom(FileChannel file, long position, long count, Duration patience)
      throws IOException {
    write(null, file, position, count, patience);
  }

  /** Writes a buffer, or a range of a file where there is no buffer. */
  private void write(
      ByteBuffer source, FileChannel file, long position, long count, Duration patience)
      throws IOException {
    long sent = 0;
    while (sent < count) {
      long blockEnd = sent + Math.min(Transport.BLOCK, count - sent);
      long wait = watched.writing.begin(Deadlines.after(patience));
      IOException failure = null;
      if (wait >= Wait.FIRST_DEADLINE) {
        try {
          while (sent < blockEnd) {
            long some =
                source != null
                    ? writeSome(source, blockEnd - sent)
                    : transferSome(file, position + sent, blockEnd - sent);
            if (some == 0) {
              place.block();
            }
            sent += some;
          }
        } catch (IOException e) {
          failure = e;
        } finally {
          wait = watched.endWriting(wait);
        }
      }
      settle(wait, failure, " did not read for ", patience);
    }
  }

  private int writeSome(ByteBuffer source, long count) throws IOException {
    int limit = source.limit();
    source.limit(source.position() + (int) count);
    try {
      return channel.write(source);
    } finally {
      source.limit(limit);
    }
  }

  private long transferSome(FileChannel file, long position, long count) throws IOException {
    long some = file.transferTo(position, count, channel);
    if (some > 0) {
      return some;
    }
    // Zero says either that the file ends here or that the kernel would not take any now.
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(SMALL_BUFFER, count));
    if (file.read(bytes, position) < 0) {
      throw Transport.tooShort(position, count);
    }
    bytes.flip();
    some = bytes.remaining();
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) == 0) {
        place.block();
      }
    }
    return some;
  }

  private void settle(long wait, IOException failure, String what, Object patience)
      throws IOException {
    if (wait == Wait.EXPIRED) {
      failure =
          (IOException)
              new SocketTimeoutException(Transport.name(remoteAddress) + what + patience)
                  .initCause(failure);
    } else if (wait == Wait.CLOSED) {
      failure = (IOException) new ClosedChannelException().initCause(failure);
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void wake() {
    watched.wake();
  }

  @Override
  public boolean isWoken() {
    return watched.reading.state() == Wait.WOKEN;
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void close() {
    watched.close();
  }

  @Override
  public SocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public SocketAddress remoteAddress() {
    return remoteAddress;
  }

  @Override
  public Optional<PeerCredentials> credentials() throws IOException {
    return PeerCredentials.of(channel);
  }

  @Override
  public Ticker ticker() {
    return Ticker.SYSTEM;
  }
}
