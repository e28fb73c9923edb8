package dev.lmtp.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Tells how far content may pass as it is: where each CR is followed by LF, each LF preceded by CR,
 * and no line starts with a dot. It only skips; what is not clean is left to the state machines of
 * {@link DotDecoder} and {@link DotEncoder}.
 *
 * <p>Two ways to look, the same result but for where a flaw is found late. {@link #words} takes
 * eight octets at a time and looks closer only where one of them may be a control character. {@link
 * #isClean} looks at all of a block without a branch or a store, which a compiler can make vectors
 * of; measured on 17 it does not and is less than half as fast as the other, on 25 it does and is
 * three times as fast. No content makes either slow: where the closer look is always needed, it is
 * the whole cost.
 */
final class CleanText {

  private static final boolean VECTORS = Runtime.version().feature() >= 25;

  /**
   * A flaw makes a block be looked at twice: so the first are small, and grow while all is well.
   */
  private static final int SMALLEST_BLOCK = 256;

  private static final int LARGEST_BLOCK = 2_048;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long LOWS = 0x7f7f7f7f7f7f7f7fL;
  private static final long HIGHS = ~LOWS;
  private static final long FIRST_OTHER = ONES * 0x10;
  private static final long CRS = ONES * '\r';
  private static final long LFS = ONES * '\n';
  private static final long DOTS = ONES * '.';

  private CleanText() {}

  /**
   * The end of the clean text at the start of a range, up to fifteen octets early. Where it ends in
   * CR, an LF follows; where it ends in LF, no dot does.
   *
   * @param from the range's start, where no line starts and no LF is owed to a CR
   */
  static int end(byte[] text, int from, int to) {
    return end(text, from, to, VECTORS);
  }

  static int end(byte[] text, int from, int to, boolean vectors) {
    if (to - from < Long.BYTES + 2 || text[from] == '\n') {
      return from;
    }
    int at = from;
    int block = SMALLEST_BLOCK;
    while (vectors && to - at >= block + 2) {
      int end = at + block;
      block = Math.min(2 * block, LARGEST_BLOCK);
      if (!isClean(text, at, end)) {
        int flaw = words(text, at, end);
        if (flaw < end || isBareLf(text, end)) {
          return flaw;
        }
        // Octets above 127: clean, but nothing for the quick look.
        block = SMALLEST_BLOCK;
      }
      at = end;
    }
    return words(text, at, at + ((to - 2 - at) & -Long.BYTES));
  }

  /** The first CR or LF of a range in which one is likely near, or the range's end. */
  static int lineEnd(byte[] text, int from, int to) {
    int near = Math.min(to, from + Long.BYTES);
    for (int at = from; at < near; at++) {
      if (text[at] == '\r' || text[at] == '\n') {
        return at;
      }
    }
    return LineEnds.next(text, near, to);
  }

  /** The start of the first word of a range that is not clean, or the range's end; no LF first. */
  private static int words(byte[] text, int from, int to) {
    for (int at = from; at < to; at += Long.BYTES) {
      long word = (long) LONG.get(text, at);
      // Octets are taken modulo 128, so one above 127 may ask for the closer look in vain.
      if ((((word | HIGHS) - FIRST_OTHER) & HIGHS) != HIGHS) {
        long cr = others(word ^ CRS);
        long lf = others((long) LONG.get(text, at + 1) ^ LFS);
        long dot = others((long) LONG.get(text, at + 2) ^ DOTS);
        // An LF at its start is behind a word that was not looked at so closely.
        if (isBareLf(text, at) || (flaws(cr, lf, dot) & HIGHS) != 0) {
          return at;
        }
      }
    }
    return to;
  }

  private static boolean isBareLf(byte[] text, int at) {
    return text[at] == '\n' && text[at - 1] != '\r';
  }

  /** Whether a range is clean and has no octet above 127. */
  private static boolean isClean(byte[] text, int from, int to) {
    // Within the loop the last two octets are looked at for a sum alone, which must not carry.
    long seen = (long) LONG.get(text, to + 2 - Long.BYTES);
    long flaws = 0;
    for (int at = from; at < to; at += Long.BYTES) {
      long word = (long) LONG.get(text, at);
      seen |= word;
      long cr = (word ^ CRS) + LOWS;
      long lf = ((long) LONG.get(text, at + 1) ^ LFS) + LOWS;
      long dot = ((long) LONG.get(text, at + 2) ^ DOTS) + LOWS;
      flaws |= flaws(cr, lf, dot);
    }
    return ((seen | flaws) & HIGHS) == 0;
  }

  /** Has the high bit of each octet set that is not zero. */
  private static long others(long word) {
    return ((word & LOWS) + LOWS) | word;
  }

  /** Where either of CR and LF comes without the other, or a dot behind LF. */
  private static long flaws(long noCr, long noLf, long noDot) {
    return (noCr ^ noLf) | ~(noLf | noDot);
  }
}
