package dev.lmtp.io;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * One way in which the same test runs: over TCP or a Unix-domain socket, on platform or, where the
 * running JDK has them, virtual threads.
 */
record Setting(Family family, Threads threads) {
  enum Family {
    TCP,
    UNIX
  }

  enum Threads {
    PLATFORM,
    VIRTUAL
  }

  /** Longer than any test runs. */
  static final Duration LONG = Duration.ofHours(1);

  /** Short, and yet longer than one tick of the watchdog. */
  static final Duration SHORT = Duration.ofMillis(150);

  static Stream<Setting> all() {
    boolean virtual = Runtime.version().feature() >= 21;
    return Stream.of(Family.values())
        .flatMap(family -> Stream.of(Threads.values()).map(kind -> new Setting(family, kind)))
        .filter(setting -> virtual || setting.threads == Threads.PLATFORM);
  }

  static Stream<Family> families() {
    return Stream.of(Family.values());
  }

  ExecutorService executor() {
    return threads == Threads.VIRTUAL ? virtualThreads() : WorkerThreads.platform("test");
  }

  Pair connect() throws IOException {
    SocketChannel[] ends = channels(family);
    return new Pair(Transport.of(ends[0]), ends[1], executor());
  }

  /** What watches a transport's socket. */
  static WatchedChannel watched(Transport transport) {
    return ((SocketLine) transport.line).watched;
  }

  /** Two connected channels. */
  static SocketChannel[] channels(Family family) throws IOException {
    Path directory = family == Family.UNIX ? Files.createTempDirectory("lmtp") : null;
    try (ServerSocketChannel server = listen(family, directory)) {
      SocketChannel near = SocketChannel.open(server.getLocalAddress());
      return new SocketChannel[] {small(near), small(server.accept())};
    } finally {
      if (directory != null) {
        Files.deleteIfExists(directory.resolve("s"));
        Files.delete(directory);
      }
    }
  }

  /** Small buffers fill up soon. */
  private static SocketChannel small(SocketChannel channel) throws IOException {
    return channel
        .setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024)
        .setOption(StandardSocketOptions.SO_RCVBUF, 64 * 1024);
  }

  private static ServerSocketChannel listen(Family family, Path directory) throws IOException {
    SocketAddress address =
        family == Family.UNIX ? UnixDomainSocketAddress.of(directory.resolve("s")) : loopback(0);
    return family == Family.UNIX
        ? ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address)
        : ServerSocketChannel.open().bind(address);
  }

  static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** A transport, the bare channel at its other end, and a thread for what blocks. */
  record Pair(Transport near, SocketChannel far, ExecutorService executor)
      implements AutoCloseable {

    <T> Future<T> start(Callable<T> call) {
      return executor.submit(call);
    }

    Future<Integer> startFill(ByteBuffer target, Duration patience) {
      return start(() -> near.fill(target, patience));
    }

    Future<Void> startDrain(int size, Duration patience) {
      return start(
          () -> {
            near.drain(ByteBuffer.allocate(size), patience);
            return null;
          });
    }

    /** Returns when a thread is about to block in a fill, or already does. */
    void awaitFilling() {
      while (watched(near).reading.deadline() == Deadlines.NONE) {
        Thread.onSpinWait();
      }
    }

    /** Returns when the buffers between the ends are full and a write blocks; the far end waits. */
    long awaitBlockedWrite() throws InterruptedException {
      // Nothing tells us that a thread blocks in the kernel; a deadline that stays for a while
      // does.
      long deadline = watched(near).writing.deadline();
      for (int same = 0; same < 20; same++) {
        Thread.sleep(5);
        long now = watched(near).writing.deadline();
        if (now == Deadlines.NONE || now != deadline) {
          deadline = now;
          same = 0;
        }
      }
      return deadline;
    }

    void send(String text) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(US_ASCII));
      while (bytes.hasRemaining()) {
        far.write(bytes);
      }
    }

    /** All that the far end can read until the near end closes or shuts its output down. */
    String receiveAll() throws IOException {
      StringBuilder text = new StringBuilder();
      ByteBuffer bytes = ByteBuffer.allocate(8192);
      while (far.read(bytes.clear()) >= 0) {
        text.append(US_ASCII.decode(bytes.flip()));
      }
      return text.toString();
    }

    @Override
    public void close() {
      near.close();
      try {
        far.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      executor.shutdown();
    }
  }

  /** What a call failed with. */
  static Throwable failure(Future<?> call) throws InterruptedException {
    try {
      call.get();
    } catch (ExecutionException e) {
      return e.getCause();
    }
    throw new AssertionError("the call did not fail");
  }

  private static ExecutorService virtualThreads() {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
