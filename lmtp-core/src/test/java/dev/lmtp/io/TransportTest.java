package dev.lmtp.io;

import static dev.lmtp.io.Setting.watched;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.io.Setting.Pair;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What one end of a connection sees, in every setting. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TransportTest {
  private static final String ALL = "dev.lmtp.io.Setting#all";

  /** More than the buffers of any connection hold. */
  private static final int HUGE = 4 << 20;

  private final ByteBuffer target = ByteBuffer.allocate(100);

  @ParameterizedTest
  @MethodSource(ALL)
  void fillReturnsWhatIsThere(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      pair.send("LHLO a\r\n");

      assertEquals(8, pair.startFill(target, Setting.LONG).get());
      assertEquals("LHLO a\r\n", text(target));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void fillWaitsForTheFirstByte(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<Integer> fill = pair.startFill(target, Setting.LONG);
      pair.awaitFilling();
      pair.send("x");

      assertEquals(1, fill.get());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void fillTakesDirectBuffersAndKeepsWithinTheLimit(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      ByteBuffer direct = ByteBuffer.allocateDirect(10).position(2).limit(5);
      pair.send("abcdef");

      assertEquals(3, pair.startFill(direct, Setting.LONG).get());
      assertEquals("abc", text(direct, 2));
      assertEquals(3, pair.startFill(target, Setting.LONG).get());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aFullBufferIsRefused(Setting setting) throws Exception {
    // Zero would look like a wake.
    try (Pair pair = setting.connect()) {
      ByteBuffer full = ByteBuffer.allocate(0);
      assertThrows(IllegalArgumentException.class, () -> pair.near().fill(full, Setting.LONG));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void endOfInputIsMinusOneAndOutputGoesOn(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      pair.send("QUIT\r\n");
      pair.far().shutdownOutput();

      assertEquals(6, pair.startFill(target, Setting.LONG).get());
      assertEquals(-1, pair.startFill(target, Setting.LONG).get());
      assertEquals(-1, pair.startFill(target, Setting.LONG).get());
      pair.startDrain(3, Setting.LONG).get();
      pair.near().close();
      assertEquals(3, pair.receiveAll().length());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  @DisplayName("S10, H70: a fill that times out leaves the output for a 421")
  void fillTimesOutAndA421CanBeSaid(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Throwable failure = Setting.failure(pair.startFill(target, Setting.SHORT));

      assertInstanceOf(SocketTimeoutException.class, failure);
      assertTrue(failure.getMessage().endsWith(" sent nothing for PT0.15S"), failure.getMessage());
      assertFalse(pair.near().woken());
      pair.near().drain(US_ASCII.encode("421 4.4.2 too slow\r\n"), Setting.LONG);
      pair.near().closeGently(Setting.LONG);
      assertEquals("421 4.4.2 too slow\r\n", pair.receiveAll());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void inputIsOverAfterATimeout(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Setting.failure(pair.startFill(target, Duration.ZERO));
      try {
        pair.send("too late");
      } catch (IOException e) {
        // A Unix-domain peer notices that nobody reads.
        assertEquals(Setting.Family.UNIX, setting.family());
      }

      assertInstanceOf(
          SocketTimeoutException.class, Setting.failure(pair.startFill(target, Setting.LONG)));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aDeadlineDoesNotOutliveItsFill(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      pair.send("x");
      assertEquals(1, pair.startFill(target, Setting.SHORT).get());
      Future<Integer> fill = pair.startFill(target, Setting.LONG);
      pair.awaitFilling();
      // Another transport's timeout shows that the watchdog came by after the first deadline.
      try (Pair other = setting.connect()) {
        Setting.failure(other.startFill(ByteBuffer.allocate(1), Setting.SHORT.multipliedBy(2)));
      }
      pair.send("y");

      assertEquals(1, fill.get());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aResetIsAnErrorAndNoTimeout(Setting setting) throws Exception {
    if (setting.family() == Setting.Family.UNIX) {
      // Unread input is what makes a Unix-domain socket reset.
      try (Pair pair = setting.connect()) {
        pair.startDrain(1, Setting.LONG).get();
        pair.far().close();
        assertInstanceOf(IOException.class, Setting.failure(pair.startFill(target, Setting.LONG)));
      }
      return;
    }
    try (Pair pair = setting.connect()) {
      Future<Integer> fill = pair.startFill(target, Setting.LONG);
      pair.awaitFilling();
      pair.far().setOption(StandardSocketOptions.SO_LINGER, 0);
      pair.far().close();

      Throwable failure = Setting.failure(fill);
      assertInstanceOf(IOException.class, failure);
      assertFalse(failure instanceof SocketTimeoutException, failure.toString());
      assertFalse(failure instanceof ClosedChannelException, failure.toString());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  @DisplayName("H73: a wake ends the wait of an idle session, which can say 421")
  void aWakeEndsAFillInProgress(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<Integer> fill = pair.startFill(target, Setting.LONG);
      pair.awaitFilling();
      pair.near().wake();

      assertEquals(0, fill.get());
      assertTrue(pair.near().woken());
      assertEquals(0, pair.startFill(target, Setting.LONG).get(), "and the ones after it");
      pair.near().drain(US_ASCII.encode("421 4.3.2 bye\r\n"), Setting.LONG);
      pair.near().close();
      assertEquals("421 4.3.2 bye\r\n", pair.receiveAll());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aWakeBeforehandEndsTheNextFillThatWouldWait(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      pair.near().wake();
      pair.near().wake();

      assertEquals(0, pair.startFill(target, Setting.LONG).get());
      assertTrue(pair.near().woken());
      pair.startDrain(3, Setting.LONG).get();
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void whatArrivedBeforeTheWakeIsDeliveredFirst(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      pair.send("RSET\r\n");
      pair.near().wake();

      ByteBuffer part = ByteBuffer.allocate(4);
      assertEquals(4, pair.startFill(part, Setting.LONG).get());
      assertEquals("RSET", text(part));
      assertEquals(2, pair.startFill(target, Setting.LONG).get());
      assertEquals(0, pair.startFill(target, Setting.LONG).get());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aWakeNeitherEndsNorForbidsADrain(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<Void> drain = pair.startDrain(HUGE, Setting.LONG);
      pair.awaitBlockedWrite();
      pair.near().wake();
      Future<String> received = pair.start(pair::receiveAll);

      drain.get();
      pair.near().close();
      assertEquals(HUGE, received.get().length());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void drainWritesEverythingAndNothingElse(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      for (ByteBuffer source :
          new ByteBuffer[] {ByteBuffer.allocate(300_000), ByteBuffer.allocateDirect(300_000)}) {
        for (int i = 0; i < source.capacity(); i++) {
          source.put(i, (byte) ('a' + i % 23));
        }
        source.position(10).limit(290_000);
        String expected = US_ASCII.decode(source.duplicate()).toString();
        Future<String> received = pair.start(() -> receive(pair.far(), expected.length()));
        pair.near().drain(source, Setting.LONG);

        assertEquals(expected, received.get());
        assertEquals(290_000, source.position());
        assertEquals(290_000, source.limit());
      }
      ByteBuffer empty = ByteBuffer.allocate(0);
      pair.near().drain(empty, Duration.ZERO);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  @DisplayName("H72: a peer that never reads ends the drain and the connection")
  void drainTimesOutAndCloses(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Throwable failure = Setting.failure(pair.startDrain(HUGE, Setting.SHORT));

      assertInstanceOf(SocketTimeoutException.class, failure);
      assertTrue(failure.getMessage().endsWith(" did not read for PT0.15S"), failure.getMessage());
      assertFalse(watched(pair.near()).channel.isOpen());
      assertInstanceOf(
          ClosedChannelException.class, Setting.failure(pair.startDrain(1, Setting.LONG)));
      assertInstanceOf(
          ClosedChannelException.class, Setting.failure(pair.startFill(target, Setting.LONG)));
      assertTrue(pair.receiveAll().length() < HUGE);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  @DisplayName("H72: a peer that takes a byte now and then does not live for ever")
  void bytesThatTrickleDoNotRenewTheDeadline(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<Void> drain = pair.startDrain(HUGE, Setting.SHORT.multipliedBy(4));
      ByteBuffer one = ByteBuffer.allocate(1);
      while (!drain.isDone() && pair.far().read(one.clear()) > 0) {
        // The slowness of this peer is what the test is about: 64 KiB would take it a minute.
        Thread.sleep(1);
      }

      assertInstanceOf(SocketTimeoutException.class, Setting.failure(drain));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void eachBlockHasItsOwnDeadline(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<Void> drain = pair.startDrain(HUGE, Setting.LONG);
      long first = pair.awaitBlockedWrite();
      ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
      while (watched(pair.near()).writing.deadline() == first) {
        pair.far().read(bytes.clear());
      }
      long second = pair.awaitBlockedWrite();

      assertTrue(second > first && second < Deadlines.NONE, first + " " + second);
      assertFalse(drain.isDone());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void oneThreadFillsWhileAnotherDrains(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<Void> drain = pair.startDrain(HUGE, Setting.LONG);
      pair.awaitBlockedWrite();
      pair.send("250 ok\r\n");

      assertEquals(8, pair.startFill(target, Setting.LONG).get());
      assertFalse(drain.isDone());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void twoThreadsInOneDirectionAreMisuse(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<Integer> fill = pair.startFill(target, Setting.LONG);
      pair.awaitFilling();
      ByteBuffer other = ByteBuffer.allocate(1);
      assertThrows(IllegalStateException.class, () -> pair.near().fill(other, Setting.LONG));
      Future<Void> drain = pair.startDrain(HUGE, Setting.LONG);
      pair.awaitBlockedWrite();
      assertThrows(IllegalStateException.class, () -> pair.near().drain(other, Setting.LONG));

      assertFalse(fill.isDone() || drain.isDone());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aCloseEndsAFill(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<Integer> fill = pair.startFill(target, Setting.LONG);
      pair.awaitFilling();
      pair.near().close();

      assertInstanceOf(ClosedChannelException.class, Setting.failure(fill));
      assertEquals("", pair.receiveAll());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aCloseEndsADrain(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<Integer> fill = pair.startFill(target, Setting.LONG);
      pair.awaitFilling();
      Future<Void> drain = pair.startDrain(HUGE, Setting.LONG);
      pair.awaitBlockedWrite();
      pair.near().close();

      assertInstanceOf(ClosedChannelException.class, Setting.failure(drain));
      assertInstanceOf(ClosedChannelException.class, Setting.failure(fill));
      assertFalse(watched(pair.near()).channel.isOpen());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void everythingThrowsAfterAClose(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Transport near = pair.near();
      String peer = near.peer();
      near.close();
      near.close();
      near.closeGently(Setting.LONG);
      near.wake();

      ByteBuffer one = ByteBuffer.allocate(1);
      assertThrows(ClosedChannelException.class, () -> near.fill(one, Setting.LONG));
      assertThrows(ClosedChannelException.class, () -> near.poll(one));
      assertThrows(ClosedChannelException.class, () -> near.drain(one, Setting.LONG));
      assertFalse(near.woken());
      assertEquals(peer, near.peer(), "a log line may still name the peer");
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aPollNeverWaits(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      assertEquals(0, pair.near().poll(target));
      pair.send("421 bye\r\n");
      assertEquals(9, pair.near().poll(target));
      Future<Integer> fill = pair.startFill(target, Setting.LONG);
      pair.awaitFilling();
      assertFalse(fill.isDone(), "blocking again");
      pair.far().close();
      assertEquals(-1, fill.get());
      assertEquals(-1, pair.near().poll(target));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  @DisplayName("H11: the last reply arrives although input was left unread")
  void aGentleCloseDoesNotDestroyTheLastReply(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      pair.send("x".repeat(32 * 1024));
      pair.near().drain(US_ASCII.encode("500 5.5.2 line too long\r\n"), Setting.LONG);
      Future<?> close = pair.start(() -> closeGently(pair, Setting.LONG));

      assertEquals("500 5.5.2 line too long\r\n", pair.receiveAll());
      pair.far().close();
      close.get();
      assertFalse(watched(pair.near()).channel.isOpen());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aGentleCloseIsBoundedInBytes(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      Future<?> flood =
          pair.start(
              () -> {
                while (pair.far().isOpen()) {
                  pair.send("x".repeat(8192));
                }
                return null;
              });
      closeGently(pair, Setting.LONG);

      assertInstanceOf(IOException.class, Setting.failure(flood));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aGentleCloseIsBoundedInTime(Setting setting) throws Exception {
    try (Pair pair = setting.connect()) {
      pair.start(() -> closeGently(pair, Setting.SHORT)).get();

      assertFalse(watched(pair.near()).channel.isOpen());
      assertEquals("", pair.receiveAll());
    }
  }

  private static Void closeGently(Pair pair, Duration patience) {
    pair.near().closeGently(patience);
    return null;
  }

  private static String receive(SocketChannel channel, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
    return text(bytes);
  }

  /** What was put into the buffer so far. */
  private static String text(ByteBuffer filled) {
    return text(filled, 0);
  }

  private static String text(ByteBuffer filled, int from) {
    return US_ASCII.decode(filled.duplicate().flip().position(from)).toString();
  }
}
