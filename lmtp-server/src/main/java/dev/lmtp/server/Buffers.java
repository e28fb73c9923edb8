package dev.lmtp.server;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/** The buffers that content is read into, a common stock. Safe for use by any thread. */
final class Buffers {

  private static final int LARGE = 64 * 1024;

  private final ArrayBlockingQueue<ByteBuffer> stock = new ArrayBlockingQueue<>(64);

  /** A buffer for content. */
  ByteBuffer large() {
    ByteBuffer large = stock.poll();
    return large != null ? large : ByteBuffer.allocate(LARGE);
  }

  /** Takes a buffer back. */
  void release(ByteBuffer buffer) {
    if (buffer.capacity() == LARGE) {
      // Where the stock is full, this one is left to the collector.
      stock.offer(buffer);
    }
  }
}
