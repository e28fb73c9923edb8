package dev.lmtp.io;

import static dev.lmtp.io.Setting.watched;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource("dev.lmtp.io.Setting#all")
  void connectsFromAnyThread(Setting setting) throws Exception {
    ExecutorService executor = setting.executor();
    try (ServerSocketChannel server = listen(setting.family())) {
      SocketAddress address = server.getLocalAddress();
      Future<Transport> connect = executor.submit(() -> Transport.connect(address, Setting.LONG));
      try (Transport transport = connect.get()) {
        assertEquals(address, transport.remoteAddress());
        assertEquals(Deadlines.NONE, watched(transport).writing.deadline());
        if (setting.family() == Setting.Family.TCP) {
          SocketChannel channel = watched(transport).channel;
          assertTrue(channel.getOption(StandardSocketOptions.TCP_NODELAY));
        }
      }
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void aHostNameIsResolvedAndEachOfItsAddressesTried() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(Setting.loopback(0))) {
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      SocketAddress named = InetSocketAddress.createUnresolved("localhost", port);

      try (Transport transport = Transport.connect(named, Setting.LONG)) {
        assertEquals("127.0.0.1:" + port, transport.peer());
      }
    }
  }

  @Test
  void aHostWithoutAddressIsNamed() {
    SocketAddress nowhere = InetSocketAddress.createUnresolved("no..host", 24);

    String message =
        assertThrows(UnknownHostException.class, () -> Transport.connect(nowhere, Setting.LONG))
            .getMessage();
    assertTrue(message.contains("no..host"), message);
  }

  @ParameterizedTest
  @MethodSource("dev.lmtp.io.Setting#families")
  void anAddressWhereNobodyListensIsNamed(Setting.Family family) throws Exception {
    SocketAddress address;
    try (ServerSocketChannel server = listen(family)) {
      address = server.getLocalAddress();
    }

    assertRefused(address);
  }

  @Test
  void aMissingSocketFileIsNamed() {
    assertRefused(UnixDomainSocketAddress.of(directory.resolve("missing")));
  }

  private static void assertRefused(SocketAddress address) {
    ConnectException refused =
        assertThrows(ConnectException.class, () -> Transport.connect(address, Setting.LONG));
    assertTrue(
        refused.getMessage().startsWith("cannot connect to " + Endpoint.format(address) + ": "),
        refused.getMessage());
    assertNotNull(refused.getCause());
  }

  @Test
  void aServerThatDoesNotAcceptEndsTheConnectAtTheDeadline() throws Exception {
    List<Transport> queue = new ArrayList<>();
    try (ServerSocketChannel server = listen(Setting.Family.UNIX, 1)) {
      SocketAddress address = server.getLocalAddress();
      IOException failure = null;
      while (failure == null) {
        try {
          queue.add(Transport.connect(address, Setting.SHORT));
        } catch (IOException e) {
          failure = e;
        }
      }

      assertInstanceOf(SocketTimeoutException.class, failure);
      assertEquals(
          "no connection to " + Endpoint.format(address) + " within " + Setting.SHORT,
          failure.getMessage());
    } finally {
      queue.forEach(Transport::close);
    }
  }

  @Test
  void aChannelThatIsGoneIsNotTakenOver() throws Exception {
    SocketChannel[] ends = Setting.channels(Setting.Family.TCP);
    ends[1].close();
    ends[0].close();

    assertThrows(ClosedChannelException.class, () -> Transport.of(ends[0]));
  }

  @Test
  void aChannelThatIsNotConnectedIsRefusedAndClosed() throws Exception {
    SocketChannel channel = SocketChannel.open();

    assertThrows(NotYetConnectedException.class, () -> Transport.of(channel));
    assertFalse(channel.isOpen());
  }

  @Test
  void aChannelThatIsNotBlockingBecomesSo() throws Exception {
    SocketChannel[] ends = Setting.channels(Setting.Family.UNIX);
    ends[0].configureBlocking(false);
    try (SocketChannel far = ends[1];
        Transport near = Transport.of(ends[0])) {
      assertTrue(watched(near).channel.isBlocking());
      assertTrue(far.isConnected());
    }
  }

  @Test
  void noPatienceIsNoTimeForAConnect() throws Exception {
    // Whichever comes first, the connection or the watchdog, there is an answer.
    try (ServerSocketChannel server = listen(Setting.Family.TCP)) {
      for (int i = 0; i < 100; i++) {
        try (Transport transport = Transport.connect(server.getLocalAddress(), Duration.ZERO)) {
          assertTrue(watched(transport).channel.isConnected());
        } catch (SocketTimeoutException e) {
          assertTrue(e.getMessage().endsWith(" within PT0S"), e.getMessage());
        }
        server.configureBlocking(false);
        SocketChannel accepted = server.accept();
        if (accepted != null) {
          accepted.close();
        }
      }
    }
  }

  private ServerSocketChannel listen(Setting.Family family) throws IOException {
    return listen(family, 0);
  }

  private ServerSocketChannel listen(Setting.Family family, int backlog) throws IOException {
    return family == Setting.Family.UNIX
        ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(directory.resolve("s")), backlog)
        : ServerSocketChannel.open().bind(Setting.loopback(0), backlog);
  }
}
