package dev.lmtp.io;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * One direction of a connection within this process: a bounded ring of octets between one writer
 * and one reader, who wait for each other under the deadlines of a {@link Ticker}.
 */
final class MemoryPipe {
  private static final int SMALL = 2 * 1024;

  /** As much as a socket takes before its writer waits. */
  private static final int LARGE = 64 * 1024;

  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private byte[] ring = new byte[SMALL];
  private int first;
  private int held;
  private boolean ended;
  private boolean woken;
  private boolean expired;

  /** The reader's end is closed, or the writer's. */
  private boolean abandoned;

  private boolean closed;

  // Who waits; null where nobody does.
  private Waiting reader;
  private Waiting writer;

  MemoryPipe(Ticker ticker) {
    this.ticker = ticker;
  }

  /** As {@link Transport#fill}. */
  int read(ByteBuffer target, Duration patience, String peer) throws IOException {
    lock.lock();
    try {
      if (reader != null) {
        throw new IllegalStateException("another thread waits in the same direction");
      }
      if (held == 0 && !isReadOver()) {
        reader = new Waiting(() -> held > 0 || isReadOver());
        try {
          await(reader, patience, this::expireReading);
        } finally {
          reader = null;
        }
      }
      if (abandoned) {
        throw new ClosedChannelException();
      }
      if (held > 0) {
        return take(target);
      }
      if (ended) {
        return -1;
      }
      if (woken) {
        return 0;
      }
      throw new SocketTimeoutException(peer + " sent nothing for " + patience);
    } finally {
      lock.unlock();
    }
  }

  private boolean isReadOver() {
    return ended || woken || expired || abandoned;
  }

  private void expireReading() {
    expired = held == 0;
  }

  /** As {@link Transport#poll}. */
  int readNow(ByteBuffer target) throws IOException {
    lock.lock();
    try {
      if (abandoned) {
        throw new ClosedChannelException();
      }
      return held == 0 && ended ? -1 : take(target);
    } finally {
      lock.unlock();
    }
  }

  /** As {@link Transport#drain}. */
  void write(ByteBuffer source, Duration patience, String peer) throws IOException {
    lock.lock();
    try {
      while (source.hasRemaining()) {
        if (abandoned) {
          throw new IOException("Broken pipe");
        }
        if (closed || ended) {
          throw new ClosedChannelException();
        }
        if (held < LARGE) {
          put(source);
          continue;
        }
        awaitRoom(patience, peer);
      }
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom(Duration patience, String peer) throws IOException {
    if (writer != null) {
      throw new IllegalStateException("another thread waits in the same direction");
    }
    boolean[] late = {false};
    writer = new Waiting(() -> held < LARGE || late[0] || abandoned || closed);
    try {
      await(writer, patience, () -> late[0] = held == LARGE);
    } finally {
      writer = null;
    }
    if (late[0]) {
      throw new SocketTimeoutException(peer + " did not read for " + patience);
    }
  }

  /** A wait, which is over when something holds; its deadline makes it so. */
  private static final class Waiting {
    private final BooleanSupplier over;
    private Ticker.Alarm alarm = () -> {};

    private Waiting(BooleanSupplier over) {
      this.over = over;
    }

    /** From here on no deadline is kept, though the thread may wake up later. */
    private void endIfOver() {
      if (over.getAsBoolean()) {
        alarm.cancel();
      }
    }
  }

  private void await(Waiting waiting, Duration patience, Runnable expire) throws IOException {
    waiting.alarm = ticker.at(ticker.after(patience), () -> change(expire));
    try {
      while (!waiting.over.getAsBoolean()) {
        changed.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ended = true;
      abandoned = true;
      announce();
      throw new ClosedByInterruptException();
    } finally {
      waiting.alarm.cancel();
    }
  }

  private void announce() {
    if (reader != null) {
      reader.endIfOver();
    }
    if (writer != null) {
      writer.endIfOver();
    }
    changed.signalAll();
  }

  private int take(ByteBuffer target) {
    int count = Math.min(held, target.remaining());
    for (int left = count; left > 0; ) {
      int run = Math.min(left, ring.length - first);
      target.put(ring, first, run);
      first = (first + run) % ring.length;
      left -= run;
    }
    held -= count;
    announce();
    return count;
  }

  private void put(ByteBuffer source) {
    if (held + source.remaining() > ring.length && ring.length < LARGE) {
      byte[] larger = new byte[LARGE];
      int tail = Math.min(held, ring.length - first);
      System.arraycopy(ring, first, larger, 0, tail);
      System.arraycopy(ring, 0, larger, tail, held - tail);
      ring = larger;
      first = 0;
    }
    for (int left = Math.min(source.remaining(), ring.length - held); left > 0; ) {
      int end = (first + held) % ring.length;
      int run = Math.min(left, ring.length - end);
      source.get(ring, end, run);
      held += run;
      left -= run;
    }
    announce();
  }

  /** As {@link Transport#wake}. */
  void wake() {
    change(() -> woken = true);
  }

  boolean isWoken() {
    lock.lock();
    try {
      return woken;
    } finally {
      lock.unlock();
    }
  }

  /** The writer says that no more follows. */
  void end() {
    change(() -> ended = true);
  }

  /** The writer is gone. */
  void close() {
    change(
        () -> {
          ended = true;
          closed = true;
        });
  }

  /** The reader is gone. */
  void abandon() {
    change(() -> abandoned = true);
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      announce();
    } finally {
      lock.unlock();
    }
  }
}
