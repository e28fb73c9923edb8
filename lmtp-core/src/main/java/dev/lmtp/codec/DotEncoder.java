package dev.lmtp.codec;

import java.nio.ByteBuffer;

/**
 * Makes content fit for {@code DATA} (RFC 5321 §4.5.2): a dot at the start of a line is doubled, a
 * bare LF or a bare CR becomes CR LF, and the end is marked. What leaves never holds a bare CR or
 * LF, so that no server however lenient finds an end of data inside.
 */
public final class DotEncoder {

  private enum State {
    LINE_START,
    TEXT,
    CR
  }

  private State state = State.LINE_START;
  private boolean repaired;

  /** An encoder at the start of a content. */
  public DotEncoder() {}

  /**
   * Encodes until the source is empty or the target is full. Two octets of room are enough to go
   * on.
   *
   * @return whether the source is empty
   */
  public boolean encode(ByteBuffer source, ByteBuffer target) {
    while (source.hasRemaining() && target.remaining() >= 2) {
      byte b = source.get(source.position());
      if (state == State.CR && b != '\n') {
        // The CR has left already: an LF makes it a line end.
        repaired = true;
        target.put((byte) '\n');
        state = State.LINE_START;
        continue;
      }
      source.position(source.position() + 1);
      if (state == State.LINE_START && b == '.') {
        target.put((byte) '.');
      }
      if (b == '\n' && state != State.CR) {
        repaired = true;
        target.put((byte) '\r');
      }
      target.put(b);
      state = behind(b);
      if (state == State.TEXT) {
        copyText(source, target);
      }
    }
    return !source.hasRemaining();
  }

  private static State behind(byte octet) {
    return switch (octet) {
      case '\r' -> State.CR;
      case '\n' -> State.LINE_START;
      default -> State.TEXT;
    };
  }

  /** Copies what may leave as it is, at least up to the next CR or LF. */
  private void copyText(ByteBuffer source, ByteBuffer target) {
    int from = source.position();
    int most = Math.min(source.remaining(), target.remaining());
    int length = textLength(source, from, most);
    target.put(target.position(), source, from, length);
    source.position(from + length);
    target.position(target.position() + length);
    if (length > 0) {
      state = behind(source.get(from + length - 1));
    }
  }

  private static int textLength(ByteBuffer source, int from, int most) {
    if (source.hasArray()) {
      int start = source.arrayOffset() + from;
      int clean = CleanText.end(source.array(), start, start + most);
      return (clean > start ? clean : LineEnds.next(source.array(), start, start + most)) - start;
    }
    int length = 0;
    while (length < most
        && source.get(from + length) != '\r'
        && source.get(from + length) != '\n') {
      length++;
    }
    return length;
  }

  /**
   * Ends the last line where it has no end and writes the final dot: five octets at the most.
   *
   * @return false where the target has not that much room; then nothing was written
   */
  public boolean finish(ByteBuffer target) {
    if (target.remaining() < 5) {
      return false;
    }
    if (state == State.TEXT) {
      target.put((byte) '\r');
    }
    if (state != State.LINE_START) {
      target.put((byte) '\n');
    }
    repaired |= state == State.CR;
    state = State.LINE_START;
    target.put((byte) '.').put((byte) '\r').put((byte) '\n');
    return true;
  }

  /**
   * Whether a bare CR or LF was made a line end since the start of the content; a caller that would
   * rather refuse such content looks before it sends what was encoded.
   */
  public boolean repairedLineEnd() {
    return repaired;
  }

  /** Makes ready for the next content. */
  public void reset() {
    state = State.LINE_START;
    repaired = false;
  }
}
