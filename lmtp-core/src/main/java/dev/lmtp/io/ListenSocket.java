package dev.lmtp.io;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A socket that listens, TCP or Unix-domain.
 *
 * <p><b>The file of a Unix-domain socket.</b> A file that a dead server left is taken over; one
 * behind which somebody listens, or which is no socket, is refused and never touched. The new
 * socket is bound in a fresh directory of mode 0700 beside the path, gets its mode there, and is
 * then renamed to the path: at no time can anybody connect whom the mode keeps out. {@link #close}
 * removes the file only while it is still the one made here.
 *
 * <p><b>Limits.</b> Unix-domain sockets need a POSIX file system. Two servers that take over the
 * same path within the same instant can both succeed, and the later one has it. Tools that list
 * sockets show the name under which it was bound. A process killed while it binds leaves an empty
 * directory with a name of a dot and four characters.
 */
final class ListenSocket implements Acceptor {
  /** Connections that wait to be accepted; the kernel cuts it to its own limit. */
  private static final int BACKLOG = 1024;

  private static final int FILE_TYPE = 0170000;
  private static final int FILE_TYPE_SOCKET = 0140000;

  private final ServerSocketChannel channel;
  private final SocketAddress address;

  /** Identifies the file of a Unix-domain socket; null over TCP. */
  private final Object fileKey;

  private final AtomicBoolean closed = new AtomicBoolean();

  private ListenSocket(ServerSocketChannel channel, SocketAddress address, Object fileKey) {
    this.channel = channel;
    this.address = address;
    this.fileKey = fileKey;
  }

  /** As {@link Acceptor#open}; where it fails, nothing is left behind. */
  static ListenSocket open(SocketAddress address, Set<PosixFilePermission> mode)
      throws IOException {
    return address instanceof UnixDomainSocketAddress unix
        ? openUnix(unix, mode)
        : openInternet(Connecting.addresses(address).get(0));
  }

  /** As {@link Acceptor#of}. */
  static ListenSocket of(ServerSocketChannel bound) throws IOException {
    SocketAddress address = bound.getLocalAddress();
    if (address == null) {
      throw new BindException("the socket is not bound");
    }
    bound.configureBlocking(true);
    return new ListenSocket(bound, address, null);
  }

  private static ListenSocket openInternet(SocketAddress address) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    ListenSocket opened = null;
    try {
      // A restart must not wait for the connections of the server before it.
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, BACKLOG);
      opened = new ListenSocket(channel, channel.getLocalAddress(), null);
      return opened;
    } catch (IOException e) {
      throw refused(address, e.getMessage(), e);
    } finally {
      if (opened == null) {
        channel.close();
      }
    }
  }

  private static ListenSocket openUnix(
      UnixDomainSocketAddress address, Set<PosixFilePermission> mode) throws IOException {
    Path parent = address.getPath().resolveSibling("");
    if (!Files.isDirectory(parent)) {
      throw refused(address, "there is no directory " + parent.toAbsolutePath(), null);
    }
    try {
      Path nest = createNest(parent);
      try {
        return openUnix(address, nest.resolve("s"), mode);
      } finally {
        Files.deleteIfExists(nest);
      }
    } catch (BindException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw refused(address, e.toString(), e);
    }
  }

  private static ListenSocket openUnix(
      UnixDomainSocketAddress address, Path bound, Set<PosixFilePermission> mode)
      throws IOException {
    Endpoint.checkPathLength(bound, "the path while the socket is made");
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    ListenSocket opened = null;
    try {
      channel.bind(UnixDomainSocketAddress.of(bound), BACKLOG);
      Files.setPosixFilePermissions(bound, mode);
      Object fileKey = fileKey(bound);
      // Asked last, to leave another server as little time as can be to come in between.
      refuseUnlessFree(address);
      Files.move(bound, address.getPath(), StandardCopyOption.ATOMIC_MOVE);
      opened = new ListenSocket(channel, address, fileKey);
      return opened;
    } finally {
      if (opened == null) {
        channel.close();
        Files.deleteIfExists(bound);
      }
    }
  }

  /** Makes a directory that only we can enter. Its name is short, for the sake of the limit. */
  private static Path createNest(Path parent) throws IOException {
    for (int attempt = 1; ; attempt++) {
      int random = ThreadLocalRandom.current().nextInt(36 * 36 * 36, 36 * 36 * 36 * 36);
      Path nest = parent.resolve("." + Integer.toString(random, 36));
      try {
        return Files.createDirectory(
            nest,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException e) {
        if (attempt == 100) {
          throw e;
        }
      }
    }
  }

  private static void refuseUnlessFree(UnixDomainSocketAddress address) throws IOException {
    Path path = address.getPath();
    try {
      int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      if ((mode & FILE_TYPE) != FILE_TYPE_SOCKET) {
        throw refused(address, "the file exists and is not a socket", null);
      }
    } catch (NoSuchFileException e) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // Not to wait for a place in a full queue: an error other than "refused" is an answer too.
      probe.configureBlocking(false);
      probe.connect(address);
    } catch (ConnectException e) {
      // Nobody listens behind the file.
      return;
    } catch (IOException e) {
      throw refused(address, "it may be in use by a running server (" + e.getMessage() + ")", e);
    }
    throw refused(address, "already in use by a running server", null);
  }

  private static Object fileKey(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  private static BindException refused(SocketAddress address, String reason, Exception cause) {
    BindException refused =
        new BindException("cannot listen on " + Endpoint.format(address) + ": " + reason);
    refused.initCause(cause);
    return refused;
  }

  @Override
  public Transport accept() throws IOException {
    WatchedChannel accepted = new WatchedChannel(channel.accept());
    return new Transport(SocketLine.of(accepted, address));
  }

  @Override
  public SocketAddress address() {
    return address;
  }

  /**
   * Removes the file of a Unix-domain socket, too, where it is still ours.
   *
   * @throws IOException where the file cannot be removed; the socket is closed all the same
   */
  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      removeFile();
    } finally {
      channel.close();
    }
  }

  /**
   * To be called before the socket is closed: as long as it lives its inode cannot be another's.
   */
  private void removeFile() throws IOException {
    if (address instanceof UnixDomainSocketAddress unix) {
      try {
        if (fileKey(unix.getPath()).equals(fileKey)) {
          Files.deleteIfExists(unix.getPath());
        }
      } catch (NoSuchFileException e) {
        // Somebody else removed it.
      }
    }
  }
}
