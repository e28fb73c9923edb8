package dev.lmtp.client;

import dev.lmtp.codec.LineEnds;
import java.nio.ByteBuffer;

/**
 * Breaks lines of more than 998 octets (RFC 5321 §4.5.3.1.6) by CR LF and a space, as Postfix does,
 * on their way into the encoder of {@code DATA}; never within a UTF-8 sequence. Where it breaks
 * depends on the octets alone, not on the pieces they come in.
 *
 * <p>Octets pass uncopied; pieces must have arrays.
 */
final class LineFolder {

  /** Without CR LF. */
  static final int LONGEST_LINE = 998;

  /** Up to here whatever begins fits, a UTF-8 sequence of four octets too. */
  static final int SAFE = LONGEST_LINE - 3;

  /** What a break adds. */
  private static final byte[] BREAK = {'\r', '\n', ' '};

  /** Goes on from where the one before stopped; false where the target is full. */
  interface Encoder {
    boolean encode(ByteBuffer source, ByteBuffer target);
  }

  private final Encoder encoder;
  private final ByteBuffer pending = ByteBuffer.wrap(BREAK).position(BREAK.length);
  // Octets of the line so far, and how many of the next ones are already counted in.
  private int column;
  private int passing;

  /**
   * A folder that takes over within a content.
   *
   * @param column how many octets of the line have passed, {@link #SAFE} at most
   */
  LineFolder(Encoder encoder, int column) {
    this.encoder = encoder;
    this.column = column;
  }

  /** How many octets breaks add to a line at most. */
  static long most(long line) {
    return line > LONGEST_LINE ? (line - 1) / (SAFE - 1) * BREAK.length : 0;
  }

  /** As {@link Encoder#encode}. */
  boolean encode(ByteBuffer source, ByteBuffer target) {
    boolean room = true;
    while (room && source.hasRemaining()) {
      if (pending.hasRemaining()) {
        room = encoder.encode(pending, target);
      } else if (passing == 0) {
        plan(source);
      } else {
        int before = source.position();
        int limit = source.limit();
        source.limit(before + passing);
        room = encoder.encode(source, target);
        source.limit(limit);
        passing -= source.position() - before;
      }
    }
    return room;
  }

  /** Finds what may pass next, or that a break is due. */
  private void plan(ByteBuffer source) {
    byte[] octets = source.array();
    int from = source.arrayOffset() + source.position();
    int most = Math.min(source.remaining(), SAFE - column);
    if (most > 0) {
      int end = LineEnds.next(octets, from, from + most);
      passing = Math.min(end + 1 - from, most);
      column = end < from + most ? 0 : column + most;
    } else if (octets[from] == '\r' || octets[from] == '\n') {
      passing = 1;
      column = 0;
    } else if (column + length(octets[from]) > LONGEST_LINE) {
      pending.rewind();
      column = 1;
    } else {
      passing = 1;
      column++;
    }
  }

  /** How long the sequence is that begins by that octet, if it is UTF-8 (RFC 3629 §3). */
  private static int length(byte first) {
    int octet = first & 0xFF;
    return octet < 0xC0 ? 1 : octet < 0xE0 ? 2 : octet < 0xF0 ? 3 : 4;
  }
}
