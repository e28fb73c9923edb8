package dev.lmtp.testing.peer;

import dev.lmtp.io.Endpoint;
import dev.lmtp.testkit.Dialogue;
import dev.lmtp.testkit.Dialogue.Kind;
import dev.lmtp.testkit.Dialogue.Step;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands between clients and a server, passes everything on, and writes down who said what.
 *
 * <p>With {@code -Dlmtp.capture=DIRECTORY} each connection is left there as a dialogue file.
 */
public final class Wiretap implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dev.lmtp.testing");
  private static final String CAPTURE = "lmtp.capture";

  /** How long a connection may take to end by itself at close; then it is cut. */
  private static final long LAST_WORDS_MILLIS = 2_000;

  private final ServerSocketChannel socket;
  private final SocketAddress address;
  private final SocketAddress server;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();

  private Wiretap(ServerSocketChannel socket, SocketAddress server) throws IOException {
    this.socket = socket;
    this.address = socket.getLocalAddress();
    this.server = server;
  }

  /** Listens at one address, everybody may connect, and speaks for who comes to the other. */
  public static Wiretap open(SocketAddress at, SocketAddress server) throws IOException {
    boolean unix = at instanceof UnixDomainSocketAddress;
    ServerSocketChannel socket =
        unix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
    socket.bind(at);
    if (at instanceof UnixDomainSocketAddress file) {
      Files.setPosixFilePermissions(file.getPath(), PosixFilePermissions.fromString("rw-rw-rw-"));
    }
    Wiretap wiretap = new Wiretap(socket, server);
    start(wiretap::accept);
    return wiretap;
  }

  private static Thread start(Runnable runnable) {
    Thread thread = new Thread(runnable, "wiretap");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Where it listens. */
  public SocketAddress address() {
    return address;
  }

  /** What the clients said, connection by connection; an octet is a char from 0 to 255. */
  public List<String> commands() {
    return connections.stream().map(connection -> connection.octets(Kind.CLIENT)).toList();
  }

  /** Each connection as the lines of a dialogue file. */
  public List<String> dialogues() {
    return connections.stream().map(Connection::dialogue).toList();
  }

  private void accept() {
    try {
      while (true) {
        connections.add(new Connection(socket.accept(), SocketChannel.open(server)));
      }
    } catch (ClosedChannelException e) {
      // The end of the test.
    } catch (IOException e) {
      LOG.log(Level.ERROR, "no way from " + Endpoint.format(address()) + " to " + server, e);
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    socket.close();
    if (address instanceof UnixDomainSocketAddress file) {
      Files.deleteIfExists(file.getPath());
    }
    for (Connection connection : connections) {
      connection.close();
    }
    String directory = System.getProperty(CAPTURE);
    if (directory != null) {
      for (String dialogue : dialogues()) {
        Path file = Files.createTempFile(Path.of(directory), "captured-", ".dialogue");
        Files.writeString(file, dialogue);
      }
    }
  }

  /** One connection, with a thread for either way. */
  private static final class Connection {
    private final SocketChannel client;
    private final SocketChannel server;
    private final List<Step> steps = new ArrayList<>();
    private final List<Thread> threads;

    private Connection(SocketChannel client, SocketChannel server) {
      this.client = client;
      this.server = server;
      this.threads =
          List.of(
              start(() -> pump(client, server, Kind.CLIENT, Kind.CLIENT_EOF)),
              start(() -> pump(server, client, Kind.SERVER, Kind.SERVER_EOF)));
    }

    private void pump(SocketChannel from, SocketChannel to, Kind says, Kind ends) {
      ByteBuffer buffer = ByteBuffer.allocate(65_536);
      try {
        while (from.read(buffer.clear()) >= 0) {
          // Before it is passed on: so no answer is written down ahead of it.
          add(says, StandardCharsets.ISO_8859_1.decode(buffer.flip().duplicate()).toString());
          while (buffer.hasRemaining()) {
            to.write(buffer);
          }
        }
        add(ends, "");
        to.shutdownOutput();
      } catch (IOException e) {
        // A peer that goes away without a word is what a test may be about.
        LOG.log(Level.DEBUG, "cut off", e);
      }
    }

    private synchronized void add(Kind kind, String octets) {
      int last = steps.size() - 1;
      if (last >= 0 && steps.get(last).kind() == kind) {
        steps.set(last, new Step(kind, steps.get(last).octets() + octets));
      } else {
        steps.add(new Step(kind, octets));
      }
    }

    private synchronized String octets(Kind kind) {
      StringBuilder all = new StringBuilder();
      steps.stream().filter(step -> step.kind() == kind).forEach(s -> all.append(s.octets()));
      return all.toString();
    }

    private synchronized String dialogue() {
      StringBuilder text = new StringBuilder();
      steps.forEach(step -> text.append(Dialogue.format(step)));
      return text.toString();
    }

    private void close() throws IOException, InterruptedException {
      for (Thread thread : threads) {
        thread.join(LAST_WORDS_MILLIS);
      }
      client.close();
      server.close();
    }
  }
}
