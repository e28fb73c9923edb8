package dev.lmtp.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Bytes on their way to the peer: writers append at the end, the owner lends them out and takes
 * note of how far they were consumed. Holds no array while empty. Not bounded by itself: its owner
 * stops producing at a mark (see {@code ServerEvent.FLUSH}).
 */
public final class OutputBuffer {

  private static final byte[] NOTHING = new byte[0];
  // Its position and limit are always 0, so that all may share it.
  private static final ByteBuffer EMPTY = ByteBuffer.wrap(NOTHING).asReadOnlyBuffer();
  private static final int FIRST = 256;
  private static final int KEPT = 4_096;

  private final int kept;
  private byte[] bytes = NOTHING;
  private ByteBuffer view = EMPTY;
  private int end;

  /** An empty buffer. */
  public OutputBuffer() {
    this(KEPT);
  }

  /**
   * An empty buffer.
   *
   * @param kept a larger array is given back once all of it was consumed
   */
  public OutputBuffer(int kept) {
    this.kept = kept;
  }

  /** How many bytes wait. */
  public int size() {
    return end - view.position();
  }

  /**
   * Lends the waiting bytes, read-only. The borrower consumes by moving the position; the view is
   * valid until the next append.
   */
  public ByteBuffer lend() {
    if (view.position() == end) {
      release();
    }
    return view.limit(end);
  }

  /** Appends one byte. */
  public OutputBuffer octet(int octet) {
    room(1);
    bytes[end++] = (byte) octet;
    return this;
  }

  /** Appends characters that are known to be ASCII; any other becomes a question mark. */
  public OutputBuffer ascii(CharSequence text) {
    return ascii(text, 0, text.length());
  }

  /** Appends a range of characters; any that is not printable ASCII becomes a question mark. */
  public OutputBuffer ascii(CharSequence text, int from, int to) {
    room(to - from);
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      bytes[end++] = (byte) (c >= ' ' && c <= '~' ? c : '?');
    }
    return this;
  }

  /** Appends text that was checked when it was made, in UTF-8. */
  public OutputBuffer utf8(String text) {
    room(text.length());
    int to = end;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > 0x7f) {
        return octets(text.getBytes(StandardCharsets.UTF_8));
      }
      bytes[to++] = (byte) c;
    }
    end = to;
    return this;
  }

  private OutputBuffer octets(byte[] encoded) {
    room(encoded.length);
    System.arraycopy(encoded, 0, bytes, end, encoded.length);
    end += encoded.length;
    return this;
  }

  /** Appends a number in decimal digits. */
  public OutputBuffer decimal(long number) {
    if (number < 0) {
      throw new IllegalArgumentException("negative: " + number);
    }
    int digits = 1;
    for (long rest = number / 10; rest > 0; rest /= 10) {
      digits++;
    }
    room(digits);
    long rest = number;
    for (int at = end + digits - 1; at >= end; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    end += digits;
    return this;
  }

  /** Appends CR LF. */
  public OutputBuffer crlf() {
    return octet('\r').octet('\n');
  }

  private void room(int more) {
    int start = view.position();
    if (start == end) {
      start = 0;
      end = 0;
      view.position(0);
    }
    if (bytes.length - end >= more) {
      return;
    }
    int size = end - start;
    if (bytes.length - size >= more) {
      System.arraycopy(bytes, start, bytes, 0, size);
    } else {
      int capacity = Math.max(FIRST, Integer.highestOneBit(size + more) << 1);
      byte[] larger = new byte[capacity];
      System.arraycopy(bytes, start, larger, 0, size);
      bytes = larger;
      view = ByteBuffer.wrap(larger).asReadOnlyBuffer();
    }
    end = size;
    view.position(0);
  }

  /** Gives an array back that grew for one large batch. */
  private void release() {
    end = 0;
    if (bytes.length > kept) {
      bytes = NOTHING;
      view = EMPTY;
    }
    view.position(0);
  }
}
