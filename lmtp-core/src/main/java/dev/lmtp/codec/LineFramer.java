package dev.lmtp.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Cuts a stream into lines. Only CR LF ends one; a bare CR, a bare LF and a NUL are noted and stay
 * inside the line (RFC 5321 §2.3.8), so that a smuggled second command is part of the first, bad
 * one.
 *
 * <p>A line is copied into the framer's own array, which grows up to the limit; of a longer line
 * the rest is passed over. Beyond sixteen times the limit its end is no longer waited for.
 */
public final class LineFramer {

  private static final byte[] NOTHING = new byte[0];
  private static final int FIRST = 128;
  private static final int KEPT = 512;
  private static final int PATIENCE = 16;

  private int limit;
  private byte[] line = NOTHING;
  private int length;
  private long seen;
  private boolean afterCr;
  private boolean complete;
  private Violation violation;

  /**
   * A framer for lines up to a limit.
   *
   * @param limit the longest line in octets, CR LF included
   */
  public LineFramer(int limit) {
    this.limit = limit;
  }

  /** Sets another limit, for the next line on. */
  public void limit(int octets) {
    limit = octets;
  }

  /**
   * Consumes bytes up to the end of a line.
   *
   * @return whether a line is complete; if not, the buffer is empty. A line is complete also when
   *     it can never be: {@link #violation()} is then {@link Violation#LINE_ENDLESS}
   */
  public boolean next(ByteBuffer in) {
    if (complete) {
      start();
    }
    while (in.hasRemaining()) {
      if (!afterCr && in.hasArray() && keepText(in)) {
        return end();
      }
      if (!in.hasRemaining()) {
        break;
      }
      byte b = in.get();
      seen++;
      if (b == '\n' && afterCr) {
        return end();
      }
      if (seen > (long) limit * PATIENCE) {
        complete = true;
        violation = Violation.LINE_ENDLESS;
        return true;
      }
      if (afterCr) {
        note(Violation.BARE_CR);
        keep((byte) '\r');
      }
      afterCr = b == '\r';
      if (afterCr) {
        continue;
      }
      if (b == '\n') {
        note(Violation.BARE_LF);
      } else if (b == 0) {
        note(Violation.NUL);
      }
      keep(b);
    }
    return false;
  }

  /** The bytes of the line, without CR LF, from offset 0; valid until the next call of next. */
  public byte[] bytes() {
    return line;
  }

  /** How many bytes the line has, without CR LF. */
  public int length() {
    return length;
  }

  /** What is wrong with the line; {@code null} when nothing is. */
  public Violation violation() {
    return violation;
  }

  /** Whether bytes of an unfinished line are held. */
  public boolean isMidLine() {
    return !complete && seen > 0;
  }

  private void note(Violation found) {
    if (violation == null) {
      violation = found;
    }
  }

  private void keep(byte b) {
    if (length >= limit - 2) {
      return;
    }
    reserve(1);
    line[length++] = b;
  }

  private boolean end() {
    afterCr = false;
    complete = true;
    if (seen > limit) {
      violation = Violation.LINE_TOO_LONG;
    }
    return true;
  }

  /**
   * Keeps what comes before the next octet that means something, and consumes a CR LF there.
   *
   * @return whether it is one
   */
  private boolean keepText(ByteBuffer in) {
    byte[] text = in.array();
    int from = in.arrayOffset() + in.position();
    int to = from + (int) Math.min(in.remaining(), (long) limit * PATIENCE - seen);
    int end = LineEnds.nextOrNul(text, from, to);
    int kept = Math.max(0, Math.min(end - from, limit - 2 - length));
    reserve(kept);
    System.arraycopy(text, from, line, length, kept);
    length += kept;
    boolean ends = to - end >= 2 && text[end] == '\r' && text[end + 1] == '\n';
    int consumed = end - from + (ends ? 2 : 0);
    seen += consumed;
    in.position(in.position() + consumed);
    return ends;
  }

  private void reserve(int more) {
    int needed = length + more;
    if (needed > line.length) {
      int size = Math.max(needed, Math.max(FIRST, 2 * line.length));
      line = Arrays.copyOf(line, Math.min(limit, size));
    }
  }

  private void start() {
    if (line.length > KEPT) {
      line = NOTHING;
    }
    length = 0;
    seen = 0;
    afterCr = false;
    complete = false;
    violation = null;
  }
}
