package dev.lmtp.client;

import dev.lmtp.io.Endpoint;
import dev.lmtp.io.ProxyHeader;
import dev.lmtp.io.Ticker;
import dev.lmtp.io.Transport;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ClientState;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;

/**
 * Joins one client session and one transport: moves bytes between them, keeps time, shows the
 * dialogue.
 *
 * <p><b>Errors.</b> Nothing here throws because of the connection: calls return false, {@link
 * #failure()} says what went wrong first. A connection that cannot be written to is still read,
 * since a server that refuses and hangs up has said why (H54).
 *
 * <p><b>Time.</b> A server's patience is for each reply: one that trickles octets of a reply gets
 * no more of it.
 */
final class Wire {

  private static final int INPUT = 8 * 1024;
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

  private final ClientSession session;
  private final Transport transport;
  private final String peer;
  private final String configuredHost;
  private final Dialogue dialogue;
  private final ByteBuffer in = ByteBuffer.allocate(INPUT).flip();

  private Deadline deadline = Deadline.NONE;
  private volatile boolean cancelled;
  private IOException failure;
  private long sent;
  private boolean writable = true;
  private boolean readable = true;

  // What the wait in progress is for, and since when.
  private int awaited = -1;
  private long since;

  private Wire(
      ClientSession session,
      Transport transport,
      SocketAddress address,
      Consumer<String> dialogue) {
    this.session = session;
    this.transport = transport;
    this.peer = Endpoint.format(address);
    this.configuredHost = address instanceof InetSocketAddress inet ? inet.getHostString() : "";
    this.dialogue = new Dialogue(dialogue);
  }

  static Wire connect(
      ClientSession session, SocketAddress address, Duration patience, Consumer<String> dialogue)
      throws LmtpException {
    String peer = Endpoint.format(address);
    try {
      return new Wire(session, Transport.connect(address, patience), address, dialogue);
    } catch (SocketTimeoutException e) {
      throw new LmtpException(LmtpException.Kind.TIMEOUT, e.getMessage(), e);
    } catch (ConnectException e) {
      // Names the address that was tried, which may be one of several of the host.
      throw new LmtpException(LmtpException.Kind.CONNECT, e.getMessage(), e);
    } catch (UnknownHostException e) {
      throw new LmtpException(LmtpException.Kind.CONNECT, peer + ": unknown host", e);
    } catch (IOException e) {
      throw new LmtpException(LmtpException.Kind.CONNECT, peer + ": " + e.getMessage(), e);
    }
  }

  /** The server's address in Postfix's spelling. */
  String peer() {
    return peer;
  }

  /** Bytes from the server that the session has not seen. */
  ByteBuffer in() {
    return in;
  }

  /** How many octets were written, or were to be when the connection was lost. */
  long sent() {
    return sent;
  }

  /** What went wrong first; {@code null} where nothing did. */
  IOException failure() {
    return failure;
  }

  /** Whether bytes can still be sent. */
  boolean isWritable() {
    return writable;
  }

  /** The clock of this connection. */
  Ticker ticker() {
    return transport.ticker();
  }

  /** Bounds all that follows, until told otherwise. */
  void deadline(Deadline whole) {
    this.deadline = whole.by(transport.ticker());
  }

  /** Closes from any thread; what the other is doing fails. */
  void cancel() {
    cancelled = true;
    transport.close();
  }

  /** Writes the session's output. */
  void flush() {
    ByteBuffer output = session.output();
    if (!writable || !output.hasRemaining()) {
      return;
    }
    if (session.state() == ClientState.AUTH) {
      dialogue.sentSecret(output);
    } else {
      dialogue.sent(output);
    }
    write(output);
  }

  /** Writes what comes before everything else. */
  void proxyHeader(SocketAddress client) {
    write(ProxyHeader.write(client, transport.remoteAddress()));
  }

  /**
   * Shakes hands.
   *
   * @throws IOException where the server's certificate is not taken, or it does not speak TLS
   */
  void startTls(ClientTls tls) throws IOException {
    String host = tls.serverName();
    int port = 0;
    if (transport.remoteAddress() instanceof InetSocketAddress inet) {
      port = inet.getPort();
      host = host.isEmpty() ? configuredHost : host;
    }
    try {
      transport.startTls(tls.engine(host, port), deadline.within(session.patience()));
    } catch (NoSuchAlgorithmException e) {
      throw new IOException("this JDK has no TLS", e);
    }
    session.secured();
    SSLSession found = transport.tls().orElseThrow();
    dialogue.line("C: [TLS: " + found.getProtocol() + " " + found.getCipherSuite() + "]");
  }

  /** The TLS session; none where TLS is not active. */
  Optional<SSLSession> tls() {
    return transport.tls();
  }

  /** Whether the connection does not leave this machine. */
  boolean isLocal() {
    return transport.isLocal();
  }

  /** The host as it was configured; empty for a Unix-domain address. */
  String host() {
    return configuredHost;
  }

  /**
   * Writes all of a buffer.
   *
   * @return whether all of it left; if not, what remains in the buffer certainly did not
   */
  boolean write(ByteBuffer bytes) {
    if (!mayWrite()) {
      return false;
    }
    Duration patience = session.patience();
    awaited = -1;
    sent += bytes.remaining();
    try {
      transport.drain(bytes, deadline.within(patience));
      return true;
    } catch (IOException e) {
      lost(e, patience);
      return !bytes.hasRemaining();
    }
  }

  /**
   * Writes a range of a file.
   *
   * @return whether all of it left; where it is doubtful, true
   * @throws EOFException where the file is too short
   */
  boolean transfer(FileChannel file, long from, int count) throws EOFException {
    if (!mayWrite()) {
      return false;
    }
    Duration patience = session.patience();
    sent += count;
    try {
      transport.transferFrom(file, from, count, deadline.within(patience));
      return true;
    } catch (EOFException e) {
      throw e;
    } catch (SocketTimeoutException | ClosedChannelException e) {
      // Patience may end, or somebody close, in the moment in which the last octet leaves.
      lost(e, patience);
      return true;
    } catch (IOException e) {
      lost(e, patience);
      return false;
    }
  }

  /** A write that need not wait would succeed behind the deadline too. */
  private boolean mayWrite() {
    if (writable && deadline.isOver()) {
      ended(new SocketTimeoutException(), null);
    }
    return writable;
  }

  private void lost(IOException e, Duration patience) {
    writable = false;
    if (e instanceof SocketTimeoutException) {
      readable = false;
      fail(new SocketTimeoutException("the peer did not read for " + seconds(patience)), e);
    } else {
      fail(new IOException("connection lost: " + e.getMessage()), e);
    }
  }

  /** Writes what waits, then waits for input; the caller has used up what came before. */
  boolean exchange(Duration patience) {
    flush();
    if (!readable) {
      return false;
    }
    long now = transport.ticker().now();
    if (session.outstanding() != awaited) {
      awaited = session.outstanding();
      since = now;
    }
    try {
      return took(transport.fill(in.clear(), deadline.within(patience.minusNanos(now - since))));
    } catch (SocketTimeoutException e) {
      return ended(new SocketTimeoutException("no reply within " + seconds(patience)), e);
    } catch (IOException e) {
      return ended(new IOException("connection lost: " + e.getMessage()), e);
    }
  }

  /** Takes in what has arrived, without waiting; the caller has used up what came before. */
  void peek() {
    try {
      took(transport.poll(in.clear()));
    } catch (IOException e) {
      ended(new IOException("connection lost: " + e.getMessage()), e);
    }
  }

  /**
   * Looks whether the server has said something or ended the connection, without waiting; as {@link
   * #peek}. A look is five system calls, a few microseconds.
   */
  boolean hears() {
    peek();
    return in.hasRemaining() || !readable;
  }

  private boolean took(int count) {
    in.flip();
    if (count < 0) {
      return ended(new EOFException("connection closed by peer"), null);
    }
    dialogue.received(in);
    return true;
  }

  private boolean ended(IOException found, IOException cause) {
    in.clear().flip();
    readable = false;
    writable = false;
    fail(found, cause);
    return false;
  }

  private void fail(IOException found, IOException cause) {
    if (failure == null) {
      failure = found;
      if (cancelled) {
        failure = new IOException("cancelled");
      } else if (found instanceof SocketTimeoutException && deadline.isOver()) {
        failure =
            new SocketTimeoutException(
                "the delivery has taken " + seconds(deadline.patience()) + " and is not done");
      }
      failure.initCause(cause);
    }
  }

  private static String seconds(Duration patience) {
    return patience.toMillis() / 1000.0 + " s";
  }

  /** Shows commands that leave together with content. */
  void showCommands(ByteBuffer commands) {
    dialogue.sent(commands);
  }

  /** Shows that content was sent. */
  void showContent(long octets) {
    dialogue.content(octets);
  }

  /** Shows that it was ended. */
  void showFinalDot() {
    dialogue.line("C: .");
  }

  /** Closes at once. Whatever comes after finds neither end open. */
  void close() {
    if (writable) {
      transport.endTls(CLOSE_PATIENCE);
    }
    writable = false;
    readable = false;
    transport.close();
  }
}
