package dev.lmtp.codec;

import java.nio.ByteBuffer;

/**
 * Takes the dots out of the content behind {@code DATA} and finds its end (RFC 5321 §4.5.2). Only
 * CR LF ends a line and only CR LF {@code .} CR LF ends the content; the CR LF of the command line
 * counts as the first of them, so that a lone dot at once is an empty message. No other spelling
 * ends it, whatever other servers take for an end (CVE-2023-51764 and its kin): a bare CR or LF is
 * content, passed on as it is and noted.
 *
 * <p>Content is lent as ranges of the caller's buffer, each spanning as many lines as hold no dot
 * to take out. Nothing is copied; at most one CR is held back, the one behind a dot at the start of
 * a line. The view is valid until the next call. Nothing is allocated while the caller comes with
 * the same buffer; no reference to it is kept behind the end.
 */
public final class DotDecoder {

  /** What a call of {@link #decode} found. */
  public enum Result {
    /** The buffer is empty and the content has not ended. */
    NEED_INPUT,
    /** {@link #content()} holds a piece of the content; there may be more in the buffer. */
    CONTENT,
    /** The content ended; what is left in the buffer follows it. */
    END
  }

  private enum State {
    LINE_START,
    TEXT,
    /** In a line which is not clean: where one is, the next often is too, and a look ahead lost. */
    UNCLEAN,
    CR,
    /** Behind a dot at the start of a line; the dot is dropped whatever follows. */
    DOT,
    /** Behind a dot and a CR; the CR is held back. */
    DOT_CR
  }

  private static final ByteBuffer HELD_CR = ByteBuffer.wrap(new byte[] {'\r'}).asReadOnlyBuffer();
  private static final int WINDOW = 4_096;
  private static final int ANY_LINE = Integer.MAX_VALUE;

  private final int lineLimit;
  private final ContentView view = new ContentView();
  private ByteBuffer content = ContentView.NONE;
  private byte[] window = {};
  private State state = State.LINE_START;
  private boolean bareLineEnd;
  private long lineLength;
  private boolean longLine;

  /** A decoder at the start of a content, for lines of any length. */
  public DotDecoder() {
    this(ANY_LINE);
  }

  /**
   * A decoder at the start of a content.
   *
   * @param longestLine in octets with CR LF and without a dot taken out; longer ones are decoded
   *     alike and noted. A limit makes the decoder look at each line, at some cost
   */
  public DotDecoder(int longestLine) {
    this.lineLimit = longestLine;
  }

  /**
   * Consumes bytes up to the next dot to take out, to the end of the content or of the buffer.
   *
   * @param in any buffer; its bytes are read through its array, or through a small copy where it
   *     has none
   */
  public Result decode(ByteBuffer in) {
    while (in.hasRemaining()) {
      int base = in.position();
      Result result;
      if (in.hasArray()) {
        int offset = in.arrayOffset();
        result = decode(in, in.array(), offset + base, offset + in.limit(), offset);
      } else {
        int length = Math.min(WINDOW, in.remaining());
        if (window.length == 0) {
          window = new byte[WINDOW];
        }
        in.get(base, window, 0, length);
        result = decode(in, window, 0, length, -base);
      }
      if (result != Result.NEED_INPUT) {
        return result;
      }
    }
    return Result.NEED_INPUT;
  }

  // Decodes text[from, to). A byte at index i of it is the byte at i - offset of the buffer.
  private Result decode(ByteBuffer in, byte[] text, int from, int to, int offset) {
    int start = from;
    int at = from;
    while (at < to) {
      switch (state) {
        case LINE_START -> {
          lineLength = 0;
          if (text[at] != '.') {
            state = State.TEXT;
          } else {
            state = State.DOT;
            at++;
            if (at - 1 > start) {
              return lend(in, start - offset, at - 1 - offset, at - offset);
            }
            start = at;
          }
        }
        case TEXT -> {
          int clean = lineLimit == ANY_LINE ? CleanText.end(text, at, to) : at;
          state = clean > at ? behind(text[clean - 1]) : State.UNCLEAN;
          at = clean;
        }
        case UNCLEAN -> {
          int end = CleanText.lineEnd(text, at, to);
          countLine(end - at);
          at = end;
          if (at < to) {
            if (text[at] == '\r') {
              state = State.CR;
            } else {
              bareLineEnd = true;
            }
            at++;
            countLine(1);
          }
        }
        case CR -> {
          if (text[at] == '\n') {
            at++;
            countLine(1);
            state = State.LINE_START;
          } else {
            bareLineEnd = true;
            int first = at;
            while (at < to && text[at] == '\r') {
              at++;
            }
            countLine(at - first);
            if (at == first) {
              state = State.UNCLEAN;
            }
          }
        }
        case DOT -> {
          if (text[at] == '\r') {
            at++;
            state = State.DOT_CR;
          } else {
            state = State.UNCLEAN;
          }
        }
        case DOT_CR -> {
          if (text[at] == '\n') {
            in.position(at + 1 - offset);
            release();
            state = State.LINE_START;
            return Result.END;
          }
          bareLineEnd = true;
          state = State.UNCLEAN;
          countLine(1);
          if (at == from) {
            // The CR was the last byte of an earlier buffer.
            content = HELD_CR.duplicate();
            in.position(at - offset);
            return Result.CONTENT;
          }
          start = at - 1;
        }
      }
    }
    int end = state == State.DOT_CR ? to - 1 : to;
    if (end > start) {
      return lend(in, start - offset, end - offset, to - offset);
    }
    in.position(to - offset);
    return Result.NEED_INPUT;
  }

  private static State behind(byte octet) {
    return switch (octet) {
      case '\r' -> State.CR;
      case '\n' -> State.LINE_START;
      default -> State.TEXT;
    };
  }

  private Result lend(ByteBuffer in, int start, int end, int consumed) {
    in.position(consumed);
    content = view.of(in, start, end);
    return Result.CONTENT;
  }

  private void countLine(int octets) {
    lineLength += octets;
    longLine |= lineLength > lineLimit;
  }

  /** The piece of content found last; the caller may move its position. */
  public ByteBuffer content() {
    return content;
  }

  /** Whether a bare CR or a bare LF was seen since the start of the content. */
  public boolean sawBareLineEnd() {
    return bareLineEnd;
  }

  /** Whether a line longer than the limit was seen since the start of the content. */
  public boolean sawLongLine() {
    return longLine;
  }

  /** Makes ready for the next content. */
  public void reset() {
    state = State.LINE_START;
    bareLineEnd = false;
    lineLength = 0;
    longLine = false;
    release();
  }

  private void release() {
    content = ContentView.NONE;
    view.release();
  }
}
