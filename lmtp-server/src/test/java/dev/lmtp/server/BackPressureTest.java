package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.session.ServerSettings;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a peer can send ahead of an agent: what sockets and one read buffer hold, and no more. */
@Timeout(120)
class BackPressureTest {

  private static final int MUCH = 8 << 20;
  private static final int HELD = 1 << 20;

  @TempDir Path folder;

  private final CountDownLatch released = new CountDownLatch(1);
  private final LinkedBlockingQueue<Long> delivered = new LinkedBlockingQueue<>();

  private void block() throws IOException {
    try {
      released.await();
    } catch (InterruptedException e) {
      throw new InterruptedIOException("the test is over");
    }
  }

  private LmtpServer start(DeliveryAgent agent) throws IOException {
    return LmtpServer.builder(agent)
        .listen("unix:" + folder.resolve("s"))
        .settings(ServerSettings.of(Protocol.LMTP, "there"))
        .start();
  }

  @Test
  @DisplayName("H22: a content is not read ahead of an agent that does not read on")
  void contentNobodyReads() throws Exception {
    DeliveryAgent agent =
        message -> {
          message.next();
          block();
          long rest = message.transferTo(new Nowhere());
          delivered.add(rest);
          message.recipients().forEach(Recipient::accept);
        };
    String envelope = "LHLO here\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT " + MUCH + " LAST\r\n";
    stuckThenRead(agent, envelope + "x".repeat(MUCH));
    // The first piece was a buffer's at most.
    assertTrue(delivered.take() >= MUCH - 65_536);
  }

  @Test
  @DisplayName("H22: commands are not read while the agent is asked")
  void commandsBehindAQuestion() throws Exception {
    DeliveryAgent agent =
        new DeliveryAgent() {
          @Override
          public Reply sender(Transaction transaction) throws IOException {
            block();
            return SENDER_OK;
          }

          @Override
          public void deliver(IncomingMessage message) throws IOException {
            delivered.add(message.transferTo(new Nowhere()));
            message.recipients().forEach(Recipient::accept);
          }
        };
    String recipients = "RCPT TO:<c@d>\r\nBDAT 1000000\r\n" + "x".repeat(1_000_000);
    String more = ("BDAT 1000000\r\n" + "x".repeat(1_000_000)).repeat(6);
    stuckThenRead(
        agent, "LHLO here\r\nMAIL FROM:<a@b>\r\n" + recipients + more + "BDAT 0 LAST\r\n");
    assertEquals(7_000_000L, delivered.take());
  }

  /** Sends until nothing is taken for a second; lets the agent go on, and sends the rest. */
  private void stuckThenRead(DeliveryAgent agent, String octets) throws Exception {
    try (LmtpServer server = start(agent);
        SocketChannel peer = SocketChannel.open(server.addresses().get(0));
        Selector selector = Selector.open()) {
      ByteBuffer bytes = ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1));
      peer.configureBlocking(false);
      SelectionKey key = peer.register(selector, SelectionKey.OP_WRITE);
      while (bytes.hasRemaining() && selector.select(1_000) > 0) {
        selector.selectedKeys().clear();
        peer.write(bytes);
      }
      assertTrue(bytes.position() < HELD, () -> bytes.position() + " octets were taken");
      released.countDown();
      key.cancel();
      selector.selectNow();
      peer.configureBlocking(true);
      while (bytes.hasRemaining()) {
        peer.write(bytes);
      }
      peer.shutdownOutput();
      ByteBuffer replies = ByteBuffer.allocate(4_096);
      while (peer.read(replies.clear()) >= 0) {
        // To the end: the message is delivered then.
      }
    }
  }

  /** Takes everything and keeps nothing. */
  private static final class Nowhere implements WritableByteChannel {
    @Override
    public int write(ByteBuffer octets) {
      int count = octets.remaining();
      octets.position(octets.limit());
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
