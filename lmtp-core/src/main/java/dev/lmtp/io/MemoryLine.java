package dev.lmtp.io;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Optional;

/** One end of a connection within this process: two pipes. */
final class MemoryLine implements Line {
  private static final int FILE_BLOCK = 16 * 1024;

  private final MemoryPipe in;
  private final MemoryPipe out;
  private final MemoryAddress here;
  private final MemoryAddress there;
  private final MemoryLine other;

  private MemoryLine(MemoryPipe in, MemoryPipe out, MemoryAddress here, MemoryAddress there) {
    this.in = in;
    this.out = out;
    this.here = here;
    this.there = there;
    this.other = new MemoryLine(this);
  }

  private MemoryLine(MemoryLine other) {
    this.in = other.out;
    this.out = other.in;
    this.here = other.there;
    this.there = other.here;
    this.other = other;
  }

  /** A connection; the end of the first of the two. */
  static MemoryLine between(MemoryAddress client, MemoryAddress server) {
    Ticker ticker = server.ticker();
    return new MemoryLine(new MemoryPipe(ticker), new MemoryPipe(ticker), client, server);
  }

  /** The other end. */
  MemoryLine other() {
    return other;
  }

  @Override
  public int fill(ByteBuffer target, Duration patience) throws IOException {
    return in.read(target, patience, Transport.name(there));
  }

  @Override
  public int poll(ByteBuffer target) throws IOException {
    return in.readNow(target);
  }

  @Override
  public void drain(ByteBuffer source, Duration patience) throws IOException {
    try {
      out.write(source, patience, Transport.name(there));
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  @Override
  public void transferFrom(FileChannel file, long position, long count, Duration patience)
      throws IOException {
    ByteBuffer block = ByteBuffer.allocate((int) Math.min(FILE_BLOCK, count));
    for (long sent = 0; sent < count; sent += block.limit()) {
      block.clear().limit((int) Math.min(block.capacity(), count - sent));
      if (file.read(block, position + sent) < 0) {
        throw Transport.tooShort(position + sent, count - sent);
      }
      drain(block.flip(), patience);
    }
  }

  @Override
  public void wake() {
    in.wake();
  }

  @Override
  public boolean isWoken() {
    return in.isWoken();
  }

  @Override
  public void shutdownOutput() {
    out.end();
  }

  @Override
  public void close() {
    in.abandon();
    out.close();
  }

  @Override
  public SocketAddress localAddress() {
    return here;
  }

  @Override
  public SocketAddress remoteAddress() {
    return there;
  }

  @Override
  public Optional<PeerCredentials> credentials() {
    return Optional.empty();
  }

  @Override
  public Ticker ticker() {
    return there.ticker();
  }
}
