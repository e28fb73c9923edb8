package dev.lmtp.io;

import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;

/**
 * A channel and the waits in its two directions: ends what waits in it, and closes it once.
 *
 * <p>A wait is ended by shutting its direction down, never by closing: a 421 can still be written
 * when a read has ended, and shutting down is the only thing that ends {@code
 * FileChannel.transferTo} (a close does not, on 17 and for virtual threads on 25). So the channel
 * is closed by the thread that writes, when its call has returned, and by the caller of {@link
 * #close} only where none writes. It keeps the number of a closed descriptor, which may soon name
 * another connection, out of calls in progress.
 */
final class WatchedChannel implements Deadlines.Watched {
  final SocketChannel channel;
  final Wait reading = new Wait();

  /** The wait of a connect, too. */
  final Wait writing = new Wait();

  /** Where it waits with others; {@code null} where a thread waits in each call. */
  volatile Place place;

  /**
   * Whether the wait to read is in no call. Then its direction is not shut, and what the peer said
   * meanwhile can still be read: left unread it would turn the close into a reset.
   */
  volatile boolean waitsOutside;

  WatchedChannel(SocketChannel channel) {
    this.channel = channel;
    Deadlines.register(this);
  }

  @Override
  public long endExpired(long now) {
    if (reading.expire(now)) {
      endReading();
    }
    if (writing.expire(now)) {
      shutdownOutput();
    }
    return Math.min(reading.deadline(), writing.deadline());
  }

  void wake() {
    if (reading.wake()) {
      endReading();
    }
  }

  private void endReading() {
    if (waitsOutside) {
      call();
    } else {
      shutdownInput();
    }
  }

  /** Ends a wait to write; where it was ended by somebody else, the channel is closed now. */
  long endWriting(long wait) {
    long ended = writing.end(wait);
    if (ended != Wait.IDLE) {
      close();
      closeChannel();
    }
    return ended;
  }

  void close() {
    if (reading.close() == Wait.CLOSED) {
      return;
    }
    Deadlines.unregister(this);
    if (writing.close() == Wait.IDLE) {
      closeChannel();
      call();
    } else {
      shutdownInput();
      shutdownOutput();
    }
  }

  private void shutdownInput() {
    try {
      channel.shutdownInput();
    } catch (IOException | NotYetConnectedException e) {
      // Closed already, or not to be ended in this way: then in the other.
      closeChannel();
    }
    call();
  }

  private void shutdownOutput() {
    try {
      channel.shutdownOutput();
    } catch (IOException | NotYetConnectedException e) {
      // As above; and to close is the only way to end a connect.
      closeChannel();
    }
    call();
  }

  private void call() {
    Place waiting = place;
    if (waiting != null) {
      waiting.call();
    }
  }

  private void closeChannel() {
    try {
      channel.close();
    } catch (IOException e) {
      // The descriptor is gone all the same, and what the peer got cannot be known better now.
    }
  }
}
