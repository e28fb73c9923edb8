package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection within the process keeps the contract of a transport. */
class MemoryLineTest {
  private static final Duration LONG = Setting.LONG;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Acceptor acceptor;
  private Transport near;
  private Transport far;

  @TempDir Path folder;

  @BeforeEach
  void connect() throws IOException {
    acceptor = Acceptor.open(Endpoint.parse("memory:test"), null);
    near = Transport.connect(acceptor.address(), LONG);
    far = acceptor.accept();
  }

  @AfterEach
  void close() throws IOException {
    near.close();
    far.close();
    acceptor.close();
    threads.shutdownNow();
  }

  private static ByteBuffer bytes(String text) {
    return StandardCharsets.US_ASCII.encode(text);
  }

  private static String read(Transport transport) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(1_000);
    int count = transport.fill(target, LONG);
    return count <= 0 ? "<" + count + ">" : new String(target.array(), 0, count, "US-ASCII");
  }

  @Test
  void saysAndHears() throws Exception {
    assertEquals(0, far.poll(ByteBuffer.allocate(1)));
    near.drain(bytes("LHLO"), LONG);
    assertEquals("LHLO", read(far));
    Future<String> waits = threads.submit(() -> read(near));
    far.drain(bytes("250"), LONG);
    assertEquals("250", waits.get());
    assertEquals("memory:test", near.peer());
    assertEquals("memory:", far.peer());
    assertTrue(near.isLocal() && far.isLocal());
    assertTrue(far.credentials().isEmpty());
  }

  @Test
  void anyOctetsInAnyPieces() throws Exception {
    byte[] content = new byte[1_000_000];
    Random random = new Random(1);
    random.nextBytes(content);
    Future<?> writer =
        threads.submit(
            () -> {
              for (int at = 0; at < content.length; ) {
                int count = Math.min(1 + random.nextInt(150_000), content.length - at);
                near.drain(ByteBuffer.wrap(content, at, count), LONG);
                at += count;
              }
              near.close();
              return null;
            });
    ByteBuffer all = ByteBuffer.allocate(content.length + 1);
    ByteBuffer piece = ByteBuffer.allocate(10_000);
    while (far.fill(piece.clear().limit(1 + random.nextInt(10_000)), LONG) > 0) {
      all.put(piece.flip());
    }
    writer.get();
    assertArrayEquals(content, Arrays.copyOf(all.array(), all.position()));
  }

  @Test
  void whatWasSaidBeforeACloseIsHeard() throws Exception {
    near.drain(bytes("QUIT"), LONG);
    near.close();
    assertEquals("QUIT", read(far));
    assertEquals("<-1>", read(far));
    assertThrows(IOException.class, () -> far.drain(bytes("221"), LONG));
    assertThrows(ClosedChannelException.class, () -> read(near));
  }

  @Test
  void aFillThatTimedOutLeavesTheOutput() throws Exception {
    assertThrows(
        SocketTimeoutException.class, () -> far.fill(ByteBuffer.allocate(1), Duration.ZERO));
    assertThrows(SocketTimeoutException.class, () -> read(far));
    far.drain(bytes("421"), LONG);
    assertEquals("421", read(near));
  }

  @Test
  void aWriterWaitsForItsReaderAndNoLonger() throws Exception {
    ByteBuffer much = ByteBuffer.allocate(200_000);
    assertThrows(SocketTimeoutException.class, () -> near.drain(much, Setting.SHORT));
    assertEquals(200_000 - 64 * 1024, much.remaining());
    assertThrows(ClosedChannelException.class, () -> read(near));
    ByteBuffer target = ByteBuffer.allocate(200_000);
    while (far.fill(target, LONG) > 0) {
      // What had left is still there.
    }
    assertEquals(64 * 1024, target.position());
  }

  @Test
  void aWakeDeliversFirst() throws Exception {
    near.drain(bytes("NOOP"), LONG);
    far.wake();
    assertEquals("NOOP", read(far));
    assertEquals("<0>", read(far));
    assertTrue(far.woken());
    assertFalse(near.woken());
    Future<String> waits = threads.submit(() -> read(near));
    near.wake();
    assertEquals("<0>", waits.get());
  }

  @Test
  void aCloseEndsBothWaits() throws Exception {
    Future<String> reader = threads.submit(() -> read(near));
    Future<?> writer =
        threads.submit(
            () -> {
              near.drain(ByteBuffer.allocate(200_000), LONG);
              return null;
            });
    near.close();
    assertInstanceOf(ClosedChannelException.class, Setting.failure(reader));
    assertInstanceOf(IOException.class, Setting.failure(writer));
  }

  @Test
  void anInterruptLosesTheConnection() throws Exception {
    Thread.currentThread().interrupt();
    assertThrows(ClosedByInterruptException.class, () -> read(near));
    assertTrue(Thread.interrupted());
    assertThrows(ClosedChannelException.class, () -> read(near));
  }

  @Test
  void aFileGoesToo() throws Exception {
    Path file = Files.writeString(folder.resolve("m"), "0123456789".repeat(5_000));
    Future<Integer> reader =
        threads.submit(
            () -> {
              int total = 0;
              for (ByteBuffer piece = ByteBuffer.allocate(9_999);
                  far.fill(piece.clear(), LONG) > 0; ) {
                total += piece.position();
              }
              return total;
            });
    try (FileChannel channel = FileChannel.open(file)) {
      assertEquals(49_990, near.transferFrom(channel, 10, 49_990, LONG));
      assertThrows(EOFException.class, () -> near.transferFrom(channel, 49_990, 11, LONG));
    }
    near.closeGently(Duration.ZERO);
    assertEquals(50_000, reader.get());
  }

  @Test
  void oneNameHasOneServer() throws Exception {
    assertThrows(BindException.class, () -> Acceptor.open(acceptor.address(), null));
    List<Transport> waiting = new ArrayList<>();
    waiting.add(Transport.connect(acceptor.address(), LONG));
    acceptor.close();
    assertEquals("<-1>", read(waiting.get(0)));
    assertThrows(ClosedChannelException.class, acceptor::accept);
    assertThrows(ConnectException.class, () -> Transport.connect(acceptor.address(), LONG));
    acceptor = Acceptor.open(Endpoint.parse("memory:test"), null);
    acceptor.close();
    acceptor.close();
    for (String none : List.of("memory:", "memory:a b")) {
      assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(none));
    }
  }

  @Test
  void aCloseEndsAnAccept() throws Exception {
    Future<Transport> accepts = threads.submit(acceptor::accept);
    acceptor.close();
    assertInstanceOf(ClosedChannelException.class, Setting.failure(accepts));
  }
}
