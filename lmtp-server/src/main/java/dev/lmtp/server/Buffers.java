package dev.lmtp.server;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * The read buffers of a server: a small one for each connection while commands are read, a large
 * one from a common stock while content flows. Safe for use by any thread.
 */
final class Buffers {

  private static final int SMALL = 2 * 1024;
  private static final int LARGE = 64 * 1024;

  private final ArrayBlockingQueue<ByteBuffer> stock = new ArrayBlockingQueue<>(64);

  /** A small buffer, empty. */
  ByteBuffer small() {
    return ByteBuffer.allocate(SMALL).limit(0);
  }

  /** A buffer of the size wanted in place of this one, whose bytes are used up. */
  ByteBuffer fit(ByteBuffer buffer, boolean content) {
    if (content == (buffer.capacity() == LARGE)) {
      return buffer;
    }
    release(buffer);
    if (!content) {
      return small();
    }
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
