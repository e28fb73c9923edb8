package dev.lmtp.io;

import static dev.lmtp.io.Setting.watched;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ListenSocketTest {
  private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-rw----");

  @TempDir private Path directory;
  private Path path;
  private UnixDomainSocketAddress address;

  @BeforeEach
  void choosePath() {
    path = directory.resolve("s");
    address = UnixDomainSocketAddress.of(path);
  }

  @AfterEach
  void nothingButTheSocketIsLeftBehind() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      assertTrue(files.noneMatch(file -> file.getFileName().toString().startsWith(".")));
    }
  }

  @Test
  void listensOnTcp() throws Exception {
    try (ListenSocket listener = ListenSocket.open(Setting.loopback(0), MODE)) {
      InetSocketAddress found = assertInstanceOf(InetSocketAddress.class, listener.address());
      assertTrue(found.getPort() > 0);
      try (Transport client = Transport.connect(found, Setting.LONG);
          Transport server = listener.accept()) {
        assertEquals(found, server.localAddress());
        assertEquals(found, client.remoteAddress());
        assertEquals(client.localAddress(), server.remoteAddress());
        assertEquals("127.0.0.1:" + found.getPort(), client.peer());
        assertTrue(server.credentials().isEmpty());
      }
    }
  }

  @Test
  void listensOnAHostName() throws Exception {
    try (ListenSocket listener = ListenSocket.open(Endpoint.parse("inet:localhost:0"), MODE)) {
      int port = ((InetSocketAddress) listener.address()).getPort();
      Transport.connect(Endpoint.parse("inet:localhost:" + port), Setting.LONG).close();
    }
  }

  @Test
  void listensOnAUnixDomainSocket() throws Exception {
    try (ListenSocket listener = ListenSocket.open(address, MODE)) {
      assertEquals(address, listener.address());
      try (Transport client = Transport.connect(address, Setting.LONG);
          Transport server = listener.accept()) {
        assertEquals(address, server.localAddress(), "not the name it was bound under");
        assertEquals("local", server.peer());
        assertEquals("unix:" + path, client.peer());
        for (Transport end : List.of(client, server)) {
          PeerCredentials credentials = end.credentials().orElseThrow();
          assertEquals(Files.getOwner(directory), credentials.user());
          assertFalse(credentials.group().getName().isEmpty());
        }
      }
    }
    assertFalse(Files.exists(path), "the file goes with the socket");
  }

  @Test
  void aRelativePathIsRelativeToTheWorkingDirectory() throws Exception {
    Path relative = Path.of("").toAbsolutePath().relativize(path);
    SocketAddress there = UnixDomainSocketAddress.of(relative);
    try (ListenSocket listener = ListenSocket.open(there, MODE);
        Transport client = Transport.connect(address, Setting.LONG)) {
      assertEquals(there, listener.address());
      assertEquals("unix:" + path, client.peer());
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void aPathThatIsAFileNameIsInTheWorkingDirectory() throws Exception {
    Path name = Path.of("listen-socket-test");
    try (ListenSocket listener = ListenSocket.open(UnixDomainSocketAddress.of(name), MODE)) {
      assertEquals(UnixDomainSocketAddress.of(name), listener.address());
      assertTrue(Files.exists(name));
    }
    assertFalse(Files.exists(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw----", "rw-rw-rw-", "rwxrwxrwx", "---------"})
  void theFileHasTheModeAskedFor(String mode) throws Exception {
    Set<PosixFilePermission> permissions = PosixFilePermissions.fromString(mode);
    try (ListenSocket listener = ListenSocket.open(address, permissions)) {
      assertEquals(address, listener.address());
      assertEquals(permissions, Files.getPosixFilePermissions(path));
    }
  }

  @Test
  void atNoTimeIsTheModeWider() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService executor = WorkerThreads.platform("watcher");
    Set<PosixFilePermission> seen = new HashSet<>();
    try {
      Set<PosixFilePermission> narrow = PosixFilePermissions.fromString("rw-------");
      Future<?> watcher =
          executor.submit(
              () -> {
                while (!done.get()) {
                  collectModes(seen);
                }
                return null;
              });
      for (int i = 0; i < 300; i++) {
        ListenSocket.open(address, narrow).close();
      }
      done.set(true);
      watcher.get();
      // The directory in which it is bound is for its owner alone, and has to be entered by him.
      seen.removeAll(PosixFilePermissions.fromString("rwx------"));
      assertEquals(Set.of(), seen);
    } finally {
      done.set(true);
      executor.shutdown();
    }
  }

  /** The modes of everything that stands in the directory itself, where others can reach it. */
  private void collectModes(Set<PosixFilePermission> seen) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        try {
          seen.addAll(Files.getPosixFilePermissions(file));
        } catch (NoSuchFileException e) {
          // Gone since it was listed.
        }
      }
    }
  }

  @Test
  void aStaleSocketFileIsTakenOver() throws Exception {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(address);
    }
    assertTrue(Files.exists(path));

    try (ListenSocket listener = ListenSocket.open(address, MODE);
        SocketChannel client = SocketChannel.open(address);
        Transport server = listener.accept()) {
      assertTrue(client.isConnected() && watched(server).channel.isConnected());
      assertEquals(MODE, Files.getPosixFilePermissions(path));
    }
  }

  @Test
  void theSocketOfARunningServerIsRefused() throws Exception {
    try (ListenSocket running = ListenSocket.open(address, MODE)) {
      assertEquals(
          "cannot listen on unix:" + path + ": already in use by a running server", refusal());
      // The first connection is the question itself.
      running.accept().close();
      try (SocketChannel client = SocketChannel.open(address);
          Transport server = running.accept()) {
        assertTrue(client.isConnected() && watched(server).channel.isConnected());
      }
    }
  }

  @Test
  void aServerTooBusyToAnswerIsARunningOne() throws Exception {
    List<SocketChannel> clients = new ArrayList<>();
    try (ServerSocketChannel busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      busy.bind(address, 1);
      for (boolean room = true; room; ) {
        SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
        clients.add(client);
        client.configureBlocking(false);
        room = connects(client);
      }

      assertTrue(refusal().contains("may be in use by a running server"), refusal());
      assertTrue(Files.exists(path));
    } finally {
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  private boolean connects(SocketChannel client) {
    try {
      return client.connect(address);
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aFileThatIsNoSocketIsRefusedAndLeftAlone() throws Exception {
    byte[] content = {1, 2, 3};
    Files.write(path, content);

    assertTrue(refusal().endsWith("the file exists and is not a socket"), refusal());
    assertArrayEquals(content, Files.readAllBytes(path));
  }

  @Test
  void aDirectoryIsRefusedAndLeftAlone() throws Exception {
    Files.createDirectory(path);

    assertTrue(refusal().endsWith("the file exists and is not a socket"), refusal());
    assertTrue(Files.isDirectory(path));
  }

  @Test
  void aSymbolicLinkIsRefusedAndLeftAlone() throws Exception {
    Path target = directory.resolve("t");
    Files.createSymbolicLink(path, target);
    assertTrue(refusal().endsWith("the file exists and is not a socket"), refusal());

    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(target));
    }
    assertTrue(refusal().endsWith("the file exists and is not a socket"), refusal());
    assertTrue(Files.isSymbolicLink(path) && Files.exists(target));
  }

  @Test
  void aMissingDirectoryIsNamed() {
    address = UnixDomainSocketAddress.of(path.resolve("deeper"));

    assertTrue(refusal().endsWith("there is no directory " + path), refusal());
  }

  @Test
  void aPathTooLongToBindIsRefused() throws Exception {
    // The last name is short, so that only the path on the way is too long.
    Path deep = directory;
    while (deep.toString().length() + 2 < 100) {
      deep = deep.resolve("d".repeat(Math.min(20, 103 - deep.toString().length() - 1)));
    }
    Files.createDirectories(deep);
    address = UnixDomainSocketAddress.of(deep.resolve("s"));

    assertTrue(refusal().contains("the path while the socket is made is at most"), refusal());
    try (Stream<Path> left = Files.list(deep)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (ListenSocket first = ListenSocket.open(Setting.loopback(0), MODE)) {
      String message =
          assertThrows(BindException.class, () -> ListenSocket.open(first.address(), MODE))
              .getMessage();
      assertTrue(
          message.startsWith("cannot listen on " + Endpoint.format(first.address()) + ": "),
          message);
    }
  }

  @Test
  void aCloseLeavesTheFileOfAnotherServerAlone() throws Exception {
    ListenSocket first = ListenSocket.open(address, MODE);
    Files.delete(path);
    try (ListenSocket second = ListenSocket.open(address, MODE)) {
      first.close();
      first.close();

      try (SocketChannel client = SocketChannel.open(address);
          Transport server = second.accept()) {
        assertTrue(client.isConnected() && watched(server).channel.isConnected());
      }
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void aSecondCloseDoesNotTouchTheNextServer() throws Exception {
    ListenSocket first = ListenSocket.open(address, MODE);
    first.close();
    // A file system may well give it the same inode number.
    try (ListenSocket second = ListenSocket.open(address, MODE)) {
      first.close();
      assertEquals(address, second.address());
      assertTrue(Files.exists(path));
    }
  }

  @Test
  void aCloseWithoutItsFileIsNoError() throws Exception {
    ListenSocket listener = ListenSocket.open(address, MODE);
    Files.delete(path);

    listener.close();
  }

  @ParameterizedTest
  @MethodSource("dev.lmtp.io.Setting#all")
  void aCloseEndsAnAccept(Setting setting) throws Exception {
    SocketAddress where = setting.family() == Setting.Family.UNIX ? address : Setting.loopback(0);
    ExecutorService executor = setting.executor();
    ListenSocket listener = ListenSocket.open(where, MODE);
    try {
      Future<Transport> accept = executor.submit(listener::accept);
      listener.close();

      assertInstanceOf(ClosedChannelException.class, Setting.failure(accept));
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void aConnectionThatIsGoneDoesNotHarmTheNextOne() throws Exception {
    for (SocketAddress where : List.of(address, Setting.loopback(0))) {
      try (ListenSocket listener = ListenSocket.open(where, MODE)) {
        for (int i = 0; i < 20; i++) {
          SocketChannel gone = SocketChannel.open(listener.address());
          gone.close();
        }
        for (int i = 0; i < 20; i++) {
          listener.accept().close();
        }
        try (SocketChannel client = SocketChannel.open(listener.address());
            Transport server = listener.accept()) {
          assertTrue(client.isConnected() && watched(server).channel.isConnected());
        }
      }
    }
  }

  private String refusal() {
    return assertThrows(BindException.class, () -> ListenSocket.open(address, MODE)).getMessage();
  }
}
