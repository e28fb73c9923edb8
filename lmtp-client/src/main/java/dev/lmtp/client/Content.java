package dev.lmtp.client;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A message on its way in one delivery. {@link #next} gives its octets in pieces, in order and once
 * for each transaction; what was scanned can also be {@link #transfer transferred} by ranges.
 *
 * <p>Every {@link IOException} is the source's fault, never the connection's.
 */
abstract class Content implements Closeable {

  static final int BLOCK = 64 * 1024;

  private static final int SMALL = 4_096;

  /** Fills a block, which has an array, from its start; gives the count, or -1 at the end. */
  interface Reading {
    int read(ByteBuffer block) throws IOException;
  }

  static Content of(byte[] octets) {
    return new OfBytes(octets);
  }

  /**
   * A file.
   *
   * @param binary whether it goes octet for octet, so that nothing need be known but its size
   */
  static Content of(Path path, boolean binary) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new IOException("not a regular file: " + path);
    }
    FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
    boolean scanned = false;
    try {
      Content content = new OfFile(file, binary);
      scanned = true;
      return content;
    } finally {
      if (!scanned) {
        file.close();
      }
    }
  }

  static Content of(Reading stream) {
    return new OfStream(stream);
  }

  /** What is known before it is sent; nothing of a stream. */
  abstract Optional<ContentScan> scan();

  /** What is known is given from its first octet on again; a stream is given once. */
  abstract void rewind();

  /**
   * The next piece, valid until the next call.
   *
   * @return {@code null} at the end
   */
  abstract ByteBuffer next() throws IOException;

  /**
   * Sends a range of a scanned content as it is.
   *
   * @return whether it left; if not, the wire knows why
   */
  abstract boolean transfer(Wire wire, long from, int count) throws IOException;

  @Override
  public void close() {}

  private static final class OfBytes extends Content {
    private final byte[] octets;
    private final ContentScan scan = new ContentScan();
    private boolean given;

    OfBytes(byte[] octets) {
      this.octets = octets;
      scan.add(ByteBuffer.wrap(octets));
      scan.end();
    }

    @Override
    Optional<ContentScan> scan() {
      return Optional.of(scan);
    }

    @Override
    void rewind() {
      given = false;
    }

    @Override
    ByteBuffer next() {
      if (given) {
        return null;
      }
      given = true;
      return ByteBuffer.wrap(octets);
    }

    @Override
    boolean transfer(Wire wire, long from, int count) {
      return wire.write(ByteBuffer.wrap(octets, (int) from, count));
    }
  }

  private static final class OfFile extends Content {
    private final FileChannel file;
    private final ContentScan scan;
    private final ByteBuffer block;
    private long at;

    OfFile(FileChannel file, boolean binary) throws IOException {
      this.file = file;
      this.block = ByteBuffer.allocate((int) Math.min(BLOCK, Math.max(SMALL, file.size())));
      // Some file systems call a file empty that has something to read.
      scan = binary && file.size() > 0 ? ContentScan.unseen(file.size()) : scanned();
    }

    private ContentScan scanned() throws IOException {
      ContentScan found = new ContentScan();
      while (file.read(block.clear(), found.octets()) >= 0) {
        found.add(block.flip());
      }
      found.end();
      return found;
    }

    @Override
    Optional<ContentScan> scan() {
      return Optional.of(scan);
    }

    @Override
    void rewind() {
      at = 0;
    }

    @Override
    ByteBuffer next() throws IOException {
      long left = scan.octets() - at;
      if (left == 0) {
        return null;
      }
      block.clear().limit((int) Math.min(block.capacity(), left));
      int count = file.read(block, at);
      if (count < 0) {
        throw new EOFException("the file shrank to " + at + " octets while it was sent");
      }
      at += count;
      return block.flip();
    }

    @Override
    boolean transfer(Wire wire, long from, int count) throws IOException {
      return wire.transfer(file, from, count);
    }

    @Override
    public void close() {
      try {
        file.close();
      } catch (IOException e) {
        // It was only read, and what was read is with the server.
      }
    }
  }

  private static final class OfStream extends Content {
    private final Reading stream;
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK);

    OfStream(Reading stream) {
      this.stream = stream;
    }

    @Override
    Optional<ContentScan> scan() {
      return Optional.empty();
    }

    @Override
    void rewind() {}

    @Override
    ByteBuffer next() throws IOException {
      int count = stream.read(block);
      if (count == 0) {
        throw new IOException("the source gives nothing and has not ended; is it non-blocking?");
      }
      return count < 0 ? null : block.clear().limit(count);
    }

    @Override
    boolean transfer(Wire wire, long from, int count) {
      throw new IllegalStateException("a stream has no ranges");
    }
  }
}
