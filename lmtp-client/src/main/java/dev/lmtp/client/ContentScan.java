package dev.lmtp.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Looks through a content piece by piece for what decides how it may be sent: octets above 127 (RFC
 * 6152), bare CRs and LFs (RFC 5321 §2.3.8), the longest line (§4.5.3.1.6), and its size on the
 * wire (RFC 1870 §3). No allocation; eight octets at a time where there is no line end.
 */
final class ContentScan {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long CRS = ONES * '\r';
  private static final long LFS = ONES * '\n';

  private long octets;
  private long bare;
  private long high;
  // Counted from the start of the content, as octets is.
  private long lineStart;
  private long longest;
  private long breaks;
  // The content begins where a line does.
  private byte last = '\n';

  /** Knows the size of a content and nothing else of it: one that may hold anything. */
  static ContentScan unseen(long octets) {
    ContentScan scan = new ContentScan();
    scan.octets = octets;
    scan.lineStart = octets;
    return scan;
  }

  /** Takes a note of a piece, which has an array and is left as it is. */
  void add(ByteBuffer piece) {
    int from = piece.arrayOffset() + piece.position();
    add(piece.array(), from, from + piece.remaining());
  }

  private void add(byte[] text, int from, int to) {
    long before = octets - from;
    octets += to - from;
    int at = from;
    while (at < to) {
      if (last != '\r' && to - at >= Long.BYTES) {
        long word = (long) LONG.get(text, at);
        high |= word & HIGHS;
        long hits = zeros(word ^ CRS) | zeros(word ^ LFS);
        int clean = hits == 0 ? Long.BYTES : Long.numberOfTrailingZeros(hits) >>> 3;
        if (clean > 0) {
          at += clean;
          last = text[at - 1];
          continue;
        }
      }
      byte octet = text[at++];
      high |= octet & HIGHS;
      if ((octet == '\n') != (last == '\r')) {
        bare++;
      }
      if (octet == '\r' || octet == '\n') {
        endLine(before + at - 1);
        lineStart = before + at;
      }
      last = octet;
    }
  }

  private void endLine(long end) {
    long length = end - lineStart;
    if (length > longest) {
      longest = length;
    }
    breaks += LineFolder.most(length);
  }

  /** Marks the zero bytes; marks above the lowest one may be false, the lowest is exact. */
  private static long zeros(long word) {
    return (word - ONES) & ~word & HIGHS;
  }

  /** How many octets the content has as it is. */
  long octets() {
    return octets;
  }

  /** Whether there was an octet above 127. */
  boolean hasEightBit() {
    return high != 0;
  }

  /** Takes a note of the end: a CR that waited for its LF is a bare one. */
  void end() {
    endLine(octets);
    lineStart = octets;
    if (last == '\r') {
      bare++;
      last = '\n';
    }
  }

  /** The octets of the longest line so far, the one that has not ended too; without line ends. */
  long longestLine() {
    return Math.max(longest, unfinishedLine());
  }

  /** The octets of the line that has not ended. */
  long unfinishedLine() {
    return octets - lineStart;
  }

  /** How many octets the breaks in long lines add to {@link #size()} at most. */
  long breaks() {
    return breaks;
  }

  /** Whether there was a bare CR or LF. */
  boolean hasBareLineEnd() {
    return bare > 0;
  }

  /** Whether the content may leave as it is: every line, the last too, ends in CR LF. */
  boolean isClean() {
    return bare == 0 && last == '\n';
  }

  /**
   * The size on the wire, RFC 1870 §3: every line end counts two octets, the dots that {@code DATA}
   * doubles count once, and its final dot does not count.
   */
  long size() {
    return octets + bare + (last == '\n' ? 0 : 2);
  }
}
