package dev.lmtp.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes content fit for {@code DATA} (RFC 5321 §4.5.2): a dot at the start of a line is doubled, a
 * bare LF or a bare CR becomes CR LF, and the end is marked. What leaves never holds a bare CR or
 * LF, so that no server however lenient finds an end of data inside.
 */
public final class DotEncoder {

  private enum State {
    LINE_START,
    TEXT,
    /** In a line which is not clean: where one is, the next often is too, and a look ahead lost. */
    UNCLEAN,
    CR
  }

  private static final int WINDOW = 4_096;

  // Content of nothing but CRs would be slower than octet by octet.
  private static final int CRS = Long.BYTES;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final long EIGHT_CRS = 0x0d0d0d0d0d0d0d0dL;
  private static final long FOUR_REPAIRED = 0x0a0d0a0d0a0d0a0dL;

  private State state = State.LINE_START;
  private boolean repaired;
  private byte[] sourceWindow = {};
  private byte[] targetWindow = {};
  // Where the last call of encode with arrays came to.
  private int read;
  private int written;

  /** An encoder at the start of a content. */
  public DotEncoder() {}

  /**
   * Encodes until the source is empty or the target is full. Two octets of room are enough to go
   * on.
   *
   * @param source any buffer; its bytes are read through its array, or through a small copy where
   *     it has none; likewise the target's
   * @return whether the source is empty
   */
  public boolean encode(ByteBuffer source, ByteBuffer target) {
    while (source.hasRemaining() && target.remaining() >= 2) {
      int from = source.position();
      int to = target.position();
      int length = source.hasArray() ? source.remaining() : Math.min(WINDOW, source.remaining());
      int room = target.hasArray() ? target.remaining() : Math.min(WINDOW, target.remaining());
      byte[] text = source.hasArray() ? source.array() : window(source, length);
      int start = source.hasArray() ? source.arrayOffset() + from : 0;
      if (target.hasArray()) {
        int first = target.arrayOffset() + to;
        encode(text, start, start + length, target.array(), first, first + room);
        target.position(to + written - first);
      } else {
        targetWindow = targetWindow.length == 0 ? new byte[WINDOW] : targetWindow;
        encode(text, start, start + length, targetWindow, 0, room);
        target.put(targetWindow, 0, written);
      }
      source.position(from + read - start);
    }
    return !source.hasRemaining();
  }

  private byte[] window(ByteBuffer source, int length) {
    sourceWindow = sourceWindow.length == 0 ? new byte[WINDOW] : sourceWindow;
    source.get(source.position(), sourceWindow, 0, length);
    return sourceWindow;
  }

  private void encode(byte[] text, int from, int to, byte[] target, int first, int end) {
    int at = from;
    int out = first;
    while (at < to && end - out >= 2) {
      switch (state) {
        case LINE_START -> {
          state = State.TEXT;
          if (text[at] == '.') {
            target[out++] = '.';
            target[out++] = '.';
            at++;
            state = State.UNCLEAN;
          }
        }
        case TEXT -> {
          int clean = CleanText.end(text, at, at + Math.min(to - at, end - out));
          state = State.UNCLEAN;
          if (clean > at) {
            System.arraycopy(text, at, target, out, clean - at);
            out += clean - at;
            at = clean;
            state = behind(text[at - 1]);
          }
        }
        case UNCLEAN -> {
          int next = CleanText.lineEnd(text, at, at + Math.min(to - at, end - out));
          System.arraycopy(text, at, target, out, next - at);
          out += next - at;
          at = next;
          if (at < to && end - out >= 2) {
            boolean bare = text[at++] == '\n';
            repaired |= bare;
            target[out++] = '\r';
            if (bare) {
              target[out++] = '\n';
            }
            state = bare ? State.LINE_START : State.CR;
          }
        }
        case CR -> {
          // The CR has left already: an LF makes it a line end.
          repaired |= text[at] != '\n';
          while (to - at > CRS
              && end - out >= 2 * CRS + 2
              && (long) LONG.get(text, at) == EIGHT_CRS) {
            LONG.set(target, out, FOUR_REPAIRED);
            LONG.set(target, out + CRS, FOUR_REPAIRED);
            at += CRS;
            out += 2 * CRS;
          }
          target[out++] = '\n';
          if (text[at] == '\r') {
            target[out++] = '\r';
            at++;
          } else {
            at += text[at] == '\n' ? 1 : 0;
            state = State.LINE_START;
          }
        }
      }
    }
    read = at;
    written = out;
  }

  private static State behind(byte octet) {
    return switch (octet) {
      case '\r' -> State.CR;
      case '\n' -> State.LINE_START;
      default -> State.TEXT;
    };
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
    if (state == State.TEXT || state == State.UNCLEAN) {
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
