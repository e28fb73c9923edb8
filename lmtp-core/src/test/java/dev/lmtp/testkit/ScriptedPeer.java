package dev.lmtp.testkit;

import dev.lmtp.io.Acceptor;
import dev.lmtp.io.Endpoint;
import dev.lmtp.io.Transport;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A peer that does what a test tells it, and nothing else: as a server that listens and has a
 * script for each connection, or as a client. Octets are the characters 0 to 255.
 *
 * <pre>{@code
 * Dialogue dialogue = Dialogue.parse("refused", "S: 554 5.3.2 Not now\nS-eof\n");
 * try (ScriptedPeer server =
 *     ScriptedPeer.listen(network.address("lmtp"), peer -> peer.playServer(dialogue))) {
 *   // whatever is tested connects here
 * }
 * }</pre>
 *
 * <p>What a script expects and does not hear is an {@link AssertionError}: of {@link #close} for a
 * server. A script is never in a hurry: it waits without an end.
 */
public final class ScriptedPeer implements AutoCloseable {
  private static final Duration ENDLESS = Duration.ofDays(10_000);
  private static final long PATIENCE_SECONDS = 30;

  /** What a peer does with a connection. */
  @FunctionalInterface
  public interface Script {
    /** Does it; the connection is closed when this returns. */
    void run(Connection connection) throws Exception;
  }

  private final Acceptor acceptor;
  private final Thread thread;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private ScriptedPeer(Acceptor acceptor, List<Script> scripts) {
    this.acceptor = acceptor;
    this.thread = new Thread(() -> run(scripts), "scripted peer");
    thread.setDaemon(true);
    thread.start();
  }

  /** A server with a script for each connection, one connection after the other. */
  public static ScriptedPeer listen(SocketAddress address, Script... scripts) throws IOException {
    Acceptor acceptor = Acceptor.open(address, PosixFilePermissions.fromString("rw-------"));
    return new ScriptedPeer(acceptor, List.of(scripts));
  }

  /** A client; returns when its script has ended. */
  public static void connect(SocketAddress address, Script script) throws Exception {
    try (Transport transport = Transport.connect(address, ENDLESS)) {
      script.run(new Connection(transport));
    }
  }

  static Connection connection(Transport transport) {
    return new Connection(transport);
  }

  private void run(List<Script> scripts) {
    try {
      for (Script script : scripts) {
        try (Transport transport = acceptor.accept()) {
          script.run(new Connection(transport));
        }
      }
    } catch (ClosedChannelException e) {
      failure.set(new AssertionError("closed before every script has run", e));
    } catch (Exception | AssertionError e) {
      failure.set(e);
    }
  }

  /** Where it listens. */
  public SocketAddress address() {
    return acceptor.address();
  }

  /** Waits for the scripts to end. */
  @Override
  public void close() throws IOException {
    try {
      thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
      acceptor.close();
      thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (failure.get() != null) {
      String where = Endpoint.format(address());
      throw new AssertionError("in the script of " + where, failure.get());
    }
  }

  /** The peer's end of a connection. For one thread. */
  public static final class Connection {
    private final Transport transport;
    private final ByteBuffer in = ByteBuffer.allocate(64 * 1024).flip();

    private Connection(Transport transport) {
      this.transport = transport;
    }

    /** Plays the server's side of a dialogue: says its lines, and expects the client's. */
    public void playServer(Dialogue dialogue) throws IOException {
      play(dialogue, Dialogue.Kind.SERVER, Dialogue.Kind.SERVER_EOF);
    }

    /** Plays the client's side. */
    public void playClient(Dialogue dialogue) throws IOException {
      play(dialogue, Dialogue.Kind.CLIENT, Dialogue.Kind.CLIENT_EOF);
    }

    private void play(Dialogue dialogue, Dialogue.Kind ours, Dialogue.Kind ourEnd)
        throws IOException {
      for (Dialogue.Step step : dialogue.steps()) {
        if (step.kind() == ours) {
          raw(step.octets());
        } else if (step.kind() == ourEnd) {
          transport.shutdownOutput();
        } else if (step.octets().isEmpty()) {
          expectEnd();
        } else {
          for (String line : step.octets().split("(?<=\r\n)")) {
            expect(line.substring(0, line.length() - 2));
          }
        }
      }
    }

    /** Says lines, in one write. */
    public void say(String... lines) throws IOException {
      raw(String.join("\r\n", lines) + "\r\n");
    }

    /** Says exactly that, in one write. */
    public void raw(String octets) throws IOException {
      transport.drain(StandardCharsets.ISO_8859_1.encode(octets), ENDLESS);
    }

    /** Says exactly that, each octet in a write of its own. */
    public void drip(String octets) throws IOException {
      for (int i = 0; i < octets.length(); i++) {
        raw(octets.substring(i, i + 1));
      }
    }

    /** Lets time pass by the connection's clock, which is that of its network. */
    public void pause(Duration time) throws InterruptedException {
      CountDownLatch over = new CountDownLatch(1);
      transport.ticker().at(transport.ticker().after(time), over::countDown);
      over.await();
    }

    /** The next line, without its CR LF. */
    public String line() throws IOException {
      StringBuilder line = new StringBuilder();
      int length = 0;
      while (length < 2 || line.charAt(length - 2) != '\r' || line.charAt(length - 1) != '\n') {
        line.append((char) (octet() & 0xff));
        length++;
      }
      return line.substring(0, length - 2);
    }

    /** Expects a line; a {@code *} at the end of what is expected stands for any rest. */
    public void expect(String expected) throws IOException {
      String line = line();
      boolean start = expected.endsWith("*");
      String wanted = start ? expected.substring(0, expected.length() - 1) : expected;
      if (start ? !line.startsWith(wanted) : !line.equals(wanted)) {
        throw new AssertionError("expected " + expected + ", but heard " + line);
      }
    }

    /** A content behind {@code DATA} up to its final dot; dots taken out. */
    public byte[] dotted() throws IOException {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      for (String line = line(); !line.equals("."); line = line()) {
        String text = line.startsWith(".") ? line.substring(1) : line;
        content.writeBytes((text + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      }
      return content.toByteArray();
    }

    /** So many octets. */
    public byte[] octets(int count) throws IOException {
      byte[] octets = new byte[count];
      for (int i = 0; i < count; i++) {
        octets[i] = octet();
      }
      return octets;
    }

    private byte octet() throws IOException {
      if (!in.hasRemaining() && !fill()) {
        throw new EOFException("the peer ended the connection");
      }
      return in.get();
    }

    private boolean fill() throws IOException {
      int count = transport.fill(in.clear(), ENDLESS);
      in.flip();
      return count >= 0;
    }

    /** Waits for the end of the input, and allows nothing before. */
    public void expectEnd() throws IOException {
      long rest = rest();
      if (rest > 0) {
        throw new AssertionError(rest + " octets before the end of the input");
      }
    }

    /** Waits for the end of the input, and says how many octets came before. */
    public long rest() throws IOException {
      long count = in.remaining();
      try {
        while (fill()) {
          count += in.remaining();
        }
      } catch (IOException e) {
        // A connection that is cut may end in a reset.
      }
      return count;
    }

    /** Says no more, and listens on. */
    public void shutdownOutput() throws IOException {
      transport.shutdownOutput();
    }

    /** Closes at once. */
    public void close() {
      transport.close();
    }
  }
}
