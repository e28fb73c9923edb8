package dev.lmtp.codec;

import java.nio.ByteBuffer;

/**
 * Counts off the octets of a {@code BDAT} chunk (RFC 3030 §2), lending them as ranges of the
 * caller's buffer. Nothing is looked at and nothing allocated ahead, whatever size was announced.
 */
public final class ChunkDecoder {

  private final ContentView view = new ContentView();
  private long remaining;

  /** A decoder outside any chunk. */
  public ChunkDecoder() {}

  /** Begins a chunk of that many octets. */
  public void start(long octets) {
    remaining = octets;
  }

  /** How many octets of the chunk are still to come. */
  public long remaining() {
    return remaining;
  }

  /** Consumes what the buffer holds of the chunk and lends it; empty when it holds nothing. */
  public ByteBuffer take(ByteBuffer in) {
    int start = in.position();
    int end = start + (int) Math.min(in.remaining(), remaining);
    in.position(end);
    remaining -= end - start;
    return view.of(in, start, end);
  }

  /** Forgets the caller's buffer. */
  public void release() {
    view.release();
  }
}
