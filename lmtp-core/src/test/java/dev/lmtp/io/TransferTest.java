package dev.lmtp.io;

import static dev.lmtp.io.Setting.watched;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.io.Setting.Pair;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files into connections. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TransferTest {
  private static final String ALL = "dev.lmtp.io.Setting#all";
  private static final int HUGE = 4 << 20;

  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource(ALL)
  void aRangeOfAFileArrivesWhole(Setting setting) throws Exception {
    String content = "0123456789".repeat(30_000);
    try (Pair pair = setting.connect();
        FileChannel file = file(content)) {
      Future<String> received = pair.start(pair::receiveAll);
      assertEquals(250_000, transfer(pair, file, 25_001, 250_000, Setting.LONG).get());
      assertEquals(0, transfer(pair, file, 0, 0, Setting.LONG).get());
      assertEquals(1, transfer(pair, file, 9, 1, Setting.LONG).get());
      pair.near().close();

      assertEquals(content.substring(25_001, 275_001) + "9", received.get());
      assertEquals(0, file.position());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aFileThatIsTooShortIsAnErrorAfterAllItHas(Setting setting) throws Exception {
    try (Pair pair = setting.connect();
        FileChannel file = file("x".repeat(70_000))) {
      Future<String> received = pair.start(pair::receiveAll);
      Throwable failure = Setting.failure(transfer(pair, file, 0, 70_001, Setting.LONG));

      assertInstanceOf(EOFException.class, failure);
      assertEquals("the file ends at 70000, 1 bytes too early", failure.getMessage());
      pair.near().close();
      assertEquals(70_000, received.get().length());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aPeerThatDoesNotReadEndsTheTransferAndTheConnection(Setting setting) throws Exception {
    try (Pair pair = setting.connect();
        FileChannel file = file("")) {
      file.write(US_ASCII.encode("x"), HUGE - 1);
      Throwable failure = Setting.failure(transfer(pair, file, 0, HUGE, Setting.SHORT));

      assertInstanceOf(SocketTimeoutException.class, failure);
      assertFalse(watched(pair.near()).channel.isOpen());
      assertTrue(pair.receiveAll().length() < HUGE);
      assertTrue(file.isOpen());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aCloseEndsATransfer(Setting setting) throws Exception {
    try (Pair pair = setting.connect();
        FileChannel file = file("")) {
      file.write(US_ASCII.encode("x"), HUGE - 1);
      Future<Long> transfer = transfer(pair, file, 0, HUGE, Setting.LONG);
      pair.awaitBlockedWrite();
      pair.near().close();

      assertInstanceOf(ClosedChannelException.class, Setting.failure(transfer));
      assertFalse(watched(pair.near()).channel.isOpen());
      assertTrue(file.isOpen());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aPeerThatIsGoneEndsATransfer(Setting setting) throws Exception {
    try (Pair pair = setting.connect();
        FileChannel file = file("")) {
      file.write(US_ASCII.encode("x"), HUGE - 1);
      Future<Long> transfer = transfer(pair, file, 0, HUGE, Setting.LONG);
      pair.awaitBlockedWrite();
      pair.far().close();

      assertInstanceOf(IOException.class, Setting.failure(transfer));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aTransferOnAPlatformThreadMayFollowAFillOnAnyOther(Setting setting) throws Exception {
    // A virtual thread leaves the descriptor in non-blocking mode.
    try (Pair pair = setting.connect();
        FileChannel file = file("")) {
      file.write(US_ASCII.encode("x"), HUGE - 1);
      pair.send("BDAT");
      assertEquals(4, pair.startFill(ByteBuffer.allocate(8), Setting.LONG).get());
      Future<String> received = pair.start(pair::receiveAll);

      assertEquals(HUGE, pair.near().transferFrom(file, 0, HUGE, Setting.LONG));
      pair.near().close();
      assertEquals(HUGE, received.get().length());
    }
  }

  private FileChannel file(String content) throws IOException {
    Path path = Files.writeString(directory.resolve("content"), content, US_ASCII);
    return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static Future<Long> transfer(
      Pair pair, FileChannel file, long position, long count, Duration patience) {
    return pair.start(() -> pair.near().transferFrom(file, position, count, patience));
  }
}
