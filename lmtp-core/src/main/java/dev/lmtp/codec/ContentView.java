package dev.lmtp.codec;

import java.nio.ByteBuffer;

/**
 * Lends ranges of the caller's buffer without an object for each: one read-only view is kept for as
 * long as the caller comes with the same buffer.
 */
final class ContentView {

  /** Lends nothing and holds nobody's buffer. */
  static final ByteBuffer NONE = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private ByteBuffer owner = NONE;
  private ByteBuffer view = NONE;

  /** A read-only view of the bytes from {@code start} up to {@code end} of the buffer. */
  @SuppressWarnings("ReferenceEquality") // the same buffer is meant, not one of equal content
  ByteBuffer of(ByteBuffer in, int start, int end) {
    if (in != owner) {
      owner = in;
      view = in.asReadOnlyBuffer();
    }
    return view.clear().position(start).limit(end);
  }

  /** Forgets the caller's buffer. */
  void release() {
    owner = NONE;
    view = NONE;
  }
}
