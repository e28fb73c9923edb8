package dev.lmtp.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds CRs and LFs, eight octets at a time. The test of a word is exact for its first hit, so that
 * no content, such as one of TABs or NULs, makes it slower than another.
 */
public final class LineEnds {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long CRS = ONES * '\r';
  private static final long LFS = ONES * '\n';

  private LineEnds() {}

  /** The offset of the first CR or LF of a range, or {@code to}. */
  public static int next(byte[] text, int from, int to) {
    int at = from;
    for (; at <= to - Long.BYTES; at += Long.BYTES) {
      long word = (long) LONG.get(text, at);
      long hits = zeros(word ^ CRS) | zeros(word ^ LFS);
      if (hits != 0) {
        return at + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
    }
    while (at < to && text[at] != '\r' && text[at] != '\n') {
      at++;
    }
    return at;
  }

  /** The offset of the first CR, LF or NUL of a range, or {@code to}. */
  static int nextOrNul(byte[] text, int from, int to) {
    int at = from;
    for (; at <= to - Long.BYTES; at += Long.BYTES) {
      long word = (long) LONG.get(text, at);
      long hits = zeros(word ^ CRS) | zeros(word ^ LFS) | zeros(word);
      if (hits != 0) {
        return at + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
    }
    while (at < to && text[at] != '\r' && text[at] != '\n' && text[at] != 0) {
      at++;
    }
    return at;
  }

  /** The offset of the first CR of a range, or {@code to}. */
  public static int nextCr(byte[] text, int from, int to) {
    int at = from;
    for (; at <= to - Long.BYTES; at += Long.BYTES) {
      long hits = zeros((long) LONG.get(text, at) ^ CRS);
      if (hits != 0) {
        return at + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
    }
    while (at < to && text[at] != '\r') {
      at++;
    }
    return at;
  }

  /** Marks the zero bytes; marks above the lowest one may be false, the lowest is exact. */
  private static long zeros(long word) {
    return (word - ONES) & ~word & HIGHS;
  }
}
