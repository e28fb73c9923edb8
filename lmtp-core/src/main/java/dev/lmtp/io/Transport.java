package dev.lmtp.io;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;

/**
 * One connection, read and written by blocking calls that have a deadline: over TCP, a Unix-domain
 * socket, or memory, and over TLS on any of them.
 *
 * <p><b>Buffers.</b> Both directions take any {@link ByteBuffer}, heap or direct, and keep no
 * reference to it. Without TLS, filling and draining a socket allocate nothing.
 *
 * <p><b>Threads.</b> One thread may fill while another drains; two in the same direction get {@link
 * IllegalStateException}. {@link #wake}, {@link #close} and the accessors may be called by any
 * thread at any time. Platform and virtual threads may take turns.
 *
 * <p><b>Deadlines.</b> The patience of {@link #fill} is for the call. The patience of {@link
 * #drain} and {@link #transferFrom} is for each block of 128 KiB ("each TCP SEND call", RFC 5321
 * section 4.5.3.2.5): a peer that takes a byte now and then gets no more than that for each block.
 *
 * <p><b>Errors.</b> A {@link #fill} that timed out or was woken leaves the other direction usable,
 * so that a 421 can still be said; input is over then. After any other {@link IOException} all that
 * is left is to close: how many bytes the peer got is not known.
 *
 * <p><b>Limits.</b> A Unix-domain peer that writes after that gets an error at once; what was said
 * to it before is still there for it to read. A slow trickle of input is not this class's to judge:
 * each byte ends a fill. A thread that is interrupted in a call loses the connection, as with every
 * {@link java.nio.channels.InterruptibleChannel}.
 */
public final class Transport implements Closeable {
  /**
   * Twice as fast as 64 KiB over a Unix-domain socket, while a peer at 6 kbit/s still takes it
   * within the three minutes of RFC 5321.
   */
  static final int BLOCK = 128 * 1024;

  /** What {@link #fillExpected} says where the wait goes on. */
  public static final int NOTHING_YET = -2;

  /** What {@link #closeGently} reads at most. A peer that sends more gets its reset. */
  private static final int DISCARD_LIMIT = 64 * 1024;

  private static final int SMALL_BUFFER = 8 * 1024;

  final Line line;
  private Tls tls;

  Transport(Line line) {
    this.line = line;
  }

  /**
   * Connects. A host name is resolved now, and its addresses are tried in turn.
   *
   * @param address where to; may be unresolved
   * @param patience for all attempts together, not for the name server
   * @throws SocketTimeoutException where patience ended
   * @throws java.net.UnknownHostException where the host has no address
   * @throws java.net.ConnectException where nobody answers; the message names the address
   * @throws IOException where anything else fails
   */
  public static Transport connect(SocketAddress address, Duration patience) throws IOException {
    return new Transport(
        address instanceof MemoryAddress memory
            ? memory.connect()
            : SocketLine.of(Connecting.connect(address, patience), null));
  }

  /**
   * Takes over a connected channel, blocking from now on; it is closed where that fails.
   *
   * @throws IOException where the connection is already gone
   */
  static Transport of(SocketChannel channel) throws IOException {
    return new Transport(SocketLine.of(new WatchedChannel(channel), null));
  }

  /**
   * Waits for input and reads what there is.
   *
   * @param target where to; must have room
   * @param patience how long to wait for the first byte
   * @return the number of bytes, -1 at the end of the input, 0 where {@link #wake} ended the wait
   * @throws SocketTimeoutException where patience ended, now or in an earlier call
   * @throws IOException where the connection broke or was closed
   */
  public int fill(ByteBuffer target, Duration patience) throws IOException {
    if (!target.hasRemaining()) {
      throw new IllegalArgumentException("fill needs a buffer with room");
    }
    return tls != null ? tls.fill(target, patience) : line.fill(target, patience);
  }

  /**
   * Begins a wait for input that holds no thread, where others watch the connection: see {@link
   * LeaderFollowers}. Input that has been read but not been asked for is not announced by them, so
   * over TLS a {@link #fillExpected} has to follow at once.
   *
   * @param patience how long to wait for the first byte
   * @return false where nobody watches, and only {@link #fill} can wait
   */
  public boolean expect(Duration patience) {
    return line.expect(patience);
  }

  /**
   * Reads what has come since {@link #expect}, and ends that wait where there is anything to tell.
   *
   * @param target where to; must have room
   * @return as {@link #fill}, or {@link #NOTHING_YET} where the wait goes on
   * @throws IOException as {@link #fill}
   */
  public int fillExpected(ByteBuffer target) throws IOException {
    int count = 0;
    IOException failure = null;
    try {
      count = poll(target);
    } catch (IOException e) {
      failure = e;
    }
    return line.endExpected(count, failure);
  }

  /**
   * Reads what has already arrived, without waiting. Not to be called beside a {@link #fill}.
   *
   * @return the number of bytes, 0 where there are none yet, -1 at the end of the input
   * @throws IOException where the connection broke or was closed
   */
  public int poll(ByteBuffer target) throws IOException {
    return tls != null ? tls.poll(target) : line.poll(target);
  }

  /**
   * Writes all of a buffer.
   *
   * @param patience how long the peer may take for each block of 128 KiB
   * @throws SocketTimeoutException where patience ended; the transport is closed then
   * @throws IOException where the connection broke or was closed
   */
  public void drain(ByteBuffer source, Duration patience) throws IOException {
    if (tls != null) {
      tls.drain(source, patience);
    } else {
      line.drain(source, patience);
    }
  }

  /**
   * Puts TLS on the connection, from the next octet on in both directions. No other call may be in
   * progress, and nothing that was read before may belong to the handshake.
   *
   * @param engine in client or server mode, fresh
   * @param patience for the whole handshake
   * @throws javax.net.ssl.SSLException where the peer's certificate, version or octets are wrong;
   *     the peer was told by an alert, and all that is left is to close
   * @throws SocketTimeoutException where patience ended
   * @throws IOException where the connection broke or was closed
   */
  public void startTls(SSLEngine engine, Duration patience) throws IOException {
    if (tls != null) {
      throw new IllegalStateException("TLS is active");
    }
    Tls fresh = new Tls(engine, line);
    fresh.handshake(patience);
    tls = fresh;
  }

  /** The TLS session; none where TLS is not active. */
  public Optional<SSLSession> tls() {
    return Optional.ofNullable(tls).map(Tls::session);
  }

  /**
   * Announces the end of our output where TLS is active (close_notify), else does nothing. To be
   * called before {@link #close} when all was said. Never throws.
   *
   * @param patience how long the peer may take for it
   */
  public void endTls(Duration patience) {
    if (tls != null) {
      try {
        tls.end(patience);
      } catch (IOException e) {
        // The peer went first. All that mattered was said and heard.
      }
    }
  }

  /**
   * Writes a range of a file, from kernel to kernel where the platform can and TLS is not active.
   *
   * @param patience how long the peer may take for each block of 128 KiB
   * @return {@code count}
   * @throws EOFException where the file is shorter than the range; all it has was written
   * @throws SocketTimeoutException where patience ended; the transport is closed then
   * @throws IOException where the connection broke or was closed, or the file cannot be read
   */
  public long transferFrom(FileChannel file, long position, long count, Duration patience)
      throws IOException {
    if (tls == null) {
      line.transferFrom(file, position, count, patience);
      return count;
    }
    ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK, count));
    for (long sent = 0; sent < count; sent += block.limit()) {
      block.clear().limit((int) Math.min(block.capacity(), count - sent));
      while (block.hasRemaining()) {
        if (file.read(block, position + sent + block.position()) < 0) {
          throw tooShort(position + sent, count - sent);
        }
      }
      tls.drain(block.flip(), patience);
    }
    return count;
  }

  static EOFException tooShort(long position, long missing) {
    return new EOFException("the file ends at " + position + ", " + missing + " bytes too early");
  }

  /**
   * Ends the wait of a {@link #fill}, the one in progress or the next that would have to wait;
   * bytes that arrived before are delivered first. Input is over after that.
   */
  public void wake() {
    line.wake();
  }

  /** Whether {@link #wake} was called, and before the input ended in another way. */
  public boolean woken() {
    return line.isWoken();
  }

  /** Says that no more output follows; input goes on. Not over TLS, which has {@link #endTls}. */
  public void shutdownOutput() throws IOException {
    line.shutdownOutput();
  }

  /** Closes at once, from any thread; calls in progress throw. Closing twice does no harm. */
  @Override
  public void close() {
    line.close();
  }

  /**
   * Closes after a last reply that the peer ought to read. Where input is left unread, TCP answers
   * a close by a reset, and a reset can destroy what the peer has not read yet. So this says that
   * no more output follows, then discards input until the peer closes, too much came, or patience
   * ends. Never throws.
   *
   * @param patience for the whole call
   */
  public void closeGently(Duration patience) {
    long deadline = ticker().after(patience);
    endTls(patience);
    try {
      line.shutdownOutput();
      ByteBuffer discarded = ByteBuffer.allocate(SMALL_BUFFER);
      int total = 0;
      int count;
      do {
        discarded.clear();
        count = line.fill(discarded, ticker().until(deadline));
        total += count;
      } while (count > 0 && total < DISCARD_LIMIT);
    } catch (IOException e) {
      // The peer is gone or says nothing more. Nobody is left to be told.
    } finally {
      close();
    }
  }

  /** Where the peer is, known after the close too; without a path for a Unix-domain client. */
  public SocketAddress remoteAddress() {
    return line.remoteAddress();
  }

  /** Our own address, known after the close too. */
  public SocketAddress localAddress() {
    return line.localAddress();
  }

  /**
   * The peer's name for a log: {@code HOST:PORT}, {@code unix:PATH}, or {@code local} for a
   * Unix-domain peer without one.
   */
  public String peer() {
    return name(remoteAddress());
  }

  static String name(SocketAddress peer) {
    if (peer instanceof InetSocketAddress inet) {
      return Endpoint.hostAndPort(inet);
    }
    String name = Endpoint.format(peer);
    return name.equals("unix:") ? "local" : name;
  }

  /** Whether the connection does not leave this machine: a Unix-domain socket, or memory. */
  public boolean isLocal() {
    return !(remoteAddress() instanceof InetSocketAddress);
  }

  /** By what deadlines are kept on this connection. */
  public Ticker ticker() {
    return line.ticker();
  }

  /**
   * Who the peer was when it connected or began to listen, from the kernel (SO_PEERCRED).
   *
   * @return nothing over TCP, or where the platform cannot tell
   * @throws IOException where the connection is closed
   */
  public Optional<PeerCredentials> credentials() throws IOException {
    return line.credentials();
  }
}
