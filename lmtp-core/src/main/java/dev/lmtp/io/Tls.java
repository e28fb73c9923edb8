package dev.lmtp.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/**
 * TLS on a transport: an engine between plain buffers and the line. One thread may read while
 * another writes, as with the transport itself.
 *
 * <p>Content is sealed several records at a time, so that they leave in one write. A reading buffer
 * grows as a record needs it and shrinks when it is empty: an idle connection holds 2 KiB here
 * beside what the engine holds, and one record's room for output.
 *
 * <p>The end of the connection is the end of the input, whether or not the peer announced it by
 * close_notify: LMTP and SMTP frame their content themselves, and a truncated one is aborted. A
 * renegotiation (TLS 1.2) is refused.
 */
final class Tls {
  private static final int IDLE = 2 * 1024;
  private static final int RECORDS_IN_A_WRITE = 4;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SSLEngine engine;
  private final Line line;
  private final ReentrantLock sending = new ReentrantLock();

  /** Sealed input, from position to limit. */
  private ByteBuffer sealed = ByteBuffer.allocate(IDLE).limit(0);

  /** Plain input that the caller's buffer had no room for. */
  private ByteBuffer plain = NOTHING;

  private ByteBuffer record = NOTHING;
  private boolean established;
  private boolean ended;

  Tls(SSLEngine engine, Line line) {
    this.engine = engine;
    this.line = line;
  }

  SSLSession session() {
    return engine.getSession();
  }

  // ---------------------------------------------------------------- the handshake

  /** Shakes hands; the patience is for all of it. */
  void handshake(Duration patience) throws IOException {
    try {
      shakeHands(line.ticker().after(patience));
    } catch (SSLException e) {
      tellWhy(e);
      throw e;
    }
    established = true;
  }

  private void shakeHands(long deadline) throws IOException {
    engine.beginHandshake();
    while (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
      if (!settle(line.ticker().until(deadline))) {
        Status status = unseal(NOTHING);
        if (status == Status.BUFFER_UNDERFLOW && receive(0, line.ticker().until(deadline)) <= 0) {
          throw new SSLException("the peer ended the TLS handshake");
        }
        if (status == Status.CLOSED) {
          throw new SSLException("the peer refused the TLS handshake");
        }
      }
    }
  }

  /** Does what the engine wants before it can read on; whether there was anything. */
  private boolean settle(Duration patience) throws IOException {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> {
        for (Runnable task = engine.getDelegatedTask();
            task != null;
            task = engine.getDelegatedTask()) {
          task.run();
        }
      }
      case NEED_WRAP -> seal(NOTHING, patience);
      default -> {
        return false;
      }
    }
    return true;
  }

  // ---------------------------------------------------------------- input

  /** As {@link Transport#fill}. */
  int fill(ByteBuffer target, Duration patience) throws IOException {
    long deadline = line.ticker().after(patience);
    int count = take(target, deadline);
    while (count == 0 && !ended) {
      int received = receive(target.remaining(), line.ticker().until(deadline));
      if (received <= 0) {
        return received;
      }
      count = take(target, deadline);
    }
    return count == 0 ? -1 : count;
  }

  /** As {@link Transport#poll}. */
  int poll(ByteBuffer target) throws IOException {
    long now = line.ticker().now();
    int count = take(target, now);
    if (count == 0 && !ended) {
      int received = receive(target.remaining(), null);
      if (received <= 0) {
        return received;
      }
      count = take(target, now);
    }
    return count == 0 && ended ? -1 : count;
  }

  /** Takes sealed input from the line, as much as is there where there is no patience. */
  private int receive(int wanted, Duration patience) throws IOException {
    makeRoom(wanted);
    sealed.compact();
    try {
      return patience == null ? line.poll(sealed) : line.fill(sealed, patience);
    } finally {
      // Also behind a time-out, which the next call is told again.
      sealed.flip();
    }
  }

  /** Gives the sealed input room for a record, or for several where a caller has room for them. */
  private void makeRoom(int wanted) {
    int packet = engine.getSession().getPacketBufferSize();
    int capacity = sealed.capacity();
    if (sealed.remaining() == capacity) {
      capacity = packet;
    } else if (wanted > packet) {
      capacity = RECORDS_IN_A_WRITE * packet;
    } else if (!sealed.hasRemaining()) {
      capacity = IDLE;
    }
    if (capacity != sealed.capacity() && capacity > sealed.remaining()) {
      sealed = ByteBuffer.allocate(capacity).put(sealed).flip();
    }
  }

  /** Moves what can be had now to the target. */
  private int take(ByteBuffer target, long deadline) throws IOException {
    int before = target.position();
    while (target.hasRemaining()) {
      if (plain.hasRemaining()) {
        int count = Math.min(plain.remaining(), target.remaining());
        target.put(target.position(), plain, plain.position(), count);
        target.position(target.position() + count);
        plain.position(plain.position() + count);
        continue;
      }
      plain = NOTHING;
      if (!sealed.hasRemaining() || ended || unseal(target) != Status.OK) {
        break;
      }
      if (established && engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
        refuseRenegotiation();
        while (settle(line.ticker().until(deadline))) {
          // until the engine can go on
        }
      }
    }
    return target.position() - before;
  }

  private void refuseRenegotiation() throws SSLException {
    if (!engine.getSession().getProtocol().equals("TLSv1.3")) {
      throw new SSLException("renegotiation is refused");
    }
  }

  private Status unseal(ByteBuffer target) throws IOException {
    try {
      int most = engine.getSession().getApplicationBufferSize();
      boolean direct = target.remaining() >= most;
      if (!direct) {
        plain = ByteBuffer.allocate(most);
      }
      SSLEngineResult result = engine.unwrap(sealed, direct ? target : plain);
      if (!direct) {
        plain.flip();
      }
      ended |= result.getStatus() == Status.CLOSED;
      return result.getStatus();
    } catch (SSLException e) {
      plain = NOTHING;
      ended = true;
      if (established) {
        tellWhy(e);
      }
      throw e;
    }
  }

  /** The engine has an alert for the peer; whether it arrives matters to nobody here. */
  private void tellWhy(SSLException failure) {
    try {
      seal(NOTHING, Duration.ofSeconds(1));
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  // ---------------------------------------------------------------- output

  /** As {@link Transport#drain}. */
  void drain(ByteBuffer source, Duration patience) throws IOException {
    while (source.hasRemaining()) {
      seal(source, patience);
    }
  }

  /** Seals one batch of records and sends them; what the engine itself has to say where empty. */
  private void seal(ByteBuffer source, Duration patience) throws IOException {
    sending.lock();
    try {
      int packet = engine.getSession().getPacketBufferSize();
      boolean small = established && source.remaining() <= packet / 2;
      if (small && record.capacity() < packet) {
        record = ByteBuffer.allocate(packet);
      }
      ByteBuffer batch = small ? record.clear() : ByteBuffer.allocate(RECORDS_IN_A_WRITE * packet);
      do {
        SSLEngineResult result = engine.wrap(source, batch);
        if (result.getStatus() == Status.CLOSED && source.hasRemaining()) {
          throw new SSLException("TLS has been closed");
        }
      } while (isMore(source) && batch.remaining() >= packet);
      line.drain(batch.flip(), patience);
    } finally {
      sending.unlock();
    }
  }

  /** Whether there is more to seal; the messages of a handshake leave in one write, too. */
  private boolean isMore(ByteBuffer source) {
    return source.hasRemaining()
        || (!established && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP);
  }

  /** Announces the end of the output, as far as the peer takes it within patience. */
  void end(Duration patience) throws IOException {
    sending.lock();
    try {
      engine.closeOutbound();
      if (!engine.isOutboundDone()) {
        seal(NOTHING, patience);
      }
    } finally {
      sending.unlock();
    }
  }
}
