package dev.lmtp.server;

import dev.lmtp.codec.LineEnds;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/**
 * The content of one message, received and converted once: into the first file that will have it.
 * Every further file gets a copy from there, made by the kernel. Where the first file fails in the
 * middle, the next one takes over: what was written is copied, and receiving goes on.
 *
 * <p>A kernel that failed to write may forget what it failed with. So a copy of a file that did not
 * reach the disk is checked against what was received.
 *
 * <p>Return-Path fields in its first 64 KiB are left out, since the file has one before it (RFC
 * 5321 §4.4).
 *
 * <p>Holds one buffer, 8 KiB for small messages and 64 KiB for others. Bare CRs, which only a
 * server that was told so lets through, are kept. Used by one thread.
 */
final class StoredContent implements Closeable {

  private static final int SMALL = 8_192;
  private static final int LARGE = 65_536;
  private final IncomingMessage message;
  private final LineEnding lineEnding;
  private ByteBuffer piece = ByteBuffer.allocate(0);
  private ByteBuffer buffer = ByteBuffer.allocate(SMALL);
  private boolean topSeen;
  private boolean heldCr;
  private MaildirFile file;
  private FileChannel source;
  private final CRC32C received = new CRC32C();
  private long start;
  private long stored;
  private boolean complete;
  private boolean lost;

  StoredContent(IncomingMessage message, LineEnding lineEnding) {
    this.message = message;
    this.lineEnding = lineEnding;
  }

  /**
   * Writes the content behind what the file holds already.
   *
   * @throws IOException where the file fails, or where {@link #isLost}
   */
  void appendTo(MaildirFile next) throws IOException {
    FileChannel target = next.channel();
    long end = target.position();
    if (file != null && file.isDelivered()) {
      copyTo(target);
    } else {
      copyAndCheck(target);
    }
    if (!complete) {
      close();
      file = next;
      source = next.lend();
      start = end;
      receive();
      complete = true;
    }
  }

  /** Whether the rest cannot be had from the peer, so that no file will ever be whole. */
  boolean isLost() {
    return lost;
  }

  /** Closes the file that the content was copied from. */
  @Override
  public void close() throws IOException {
    if (source != null) {
      source.close();
    }
  }

  private void copyTo(FileChannel target) throws IOException {
    for (long copied = 0; copied < stored; ) {
      long octets = source.transferTo(start + copied, stored - copied, target);
      if (octets <= 0) {
        throw new IOException("the file to copy from has become shorter");
      }
      copied += octets;
    }
  }

  private void copyAndCheck(FileChannel target) throws IOException {
    CRC32C copied = new CRC32C();
    ByteBuffer block = ByteBuffer.allocate((int) Math.min(LARGE, stored));
    for (long at = 0; at < stored; at += block.position()) {
      block.clear().limit((int) Math.min(LARGE, stored - at));
      if (source.read(block, start + at) <= 0) {
        throw new IOException("the file to copy from has become shorter");
      }
      copied.update(block.flip());
      block.rewind();
      while (block.hasRemaining()) {
        target.write(block);
      }
    }
    if (copied.getValue() != received.getValue()) {
      throw new IOException("the file to copy from has changed");
    }
  }

  // A failing write leaves everything as it is, for the next file to go on from.
  private void receive() throws IOException {
    while (nextPiece()) {
      makeRoom();
      take();
    }
    if (heldCr) {
      makeRoom();
      buffer.put((byte) '\r');
      heldCr = false;
    }
    flush();
  }

  private boolean nextPiece() throws IOException {
    if (!piece.hasRemaining()) {
      try {
        piece = message.next();
      } catch (IOException e) {
        lost = true;
        throw e;
      }
    }
    return piece.hasRemaining();
  }

  private void makeRoom() throws IOException {
    if (buffer.hasRemaining()) {
      return;
    }
    if (buffer.capacity() < LARGE) {
      buffer = ByteBuffer.allocate(LARGE).put(buffer.flip());
    } else {
      flush();
    }
  }

  private void flush() throws IOException {
    if (!topSeen) {
      // The first flush: as much of the header as the buffer holds.
      topSeen = true;
      buffer.position(HeaderFields.withoutReturnPaths(buffer.array(), buffer.position()));
    }
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        int from = buffer.position();
        int octets = source.write(buffer);
        received.update(buffer.array(), from, octets);
        stored += octets;
      }
    } finally {
      buffer.compact();
    }
  }

  private void take() {
    if (heldCr) {
      heldCr = false;
      if (piece.get(piece.position()) != '\n') {
        buffer.put((byte) '\r');
      }
    }
    int from = buffer.position();
    int length = Math.min(piece.remaining(), buffer.remaining());
    piece.get(buffer.array(), from, length);
    int end = from + length;
    buffer.position(lineEnding == LineEnding.LF ? convert(buffer.array(), from, end) : end);
  }

  /**
   * Takes the CR out of each CR LF, in place; a CR at the very end is held back.
   *
   * @return the new end
   */
  private int convert(byte[] bytes, int from, int to) {
    int end = from;
    int start = from;
    for (int cr = LineEnds.nextCr(bytes, from, to);
        cr < to;
        cr = LineEnds.nextCr(bytes, cr + 1, to)) {
      heldCr = cr + 1 == to;
      if (heldCr || bytes[cr + 1] == '\n') {
        end = move(bytes, start, cr, end);
        start = cr + 1;
      }
    }
    return move(bytes, start, to, end);
  }

  private static int move(byte[] bytes, int from, int to, int target) {
    if (from != target) {
      System.arraycopy(bytes, from, bytes, target, to - from);
    }
    return target + to - from;
  }
}
