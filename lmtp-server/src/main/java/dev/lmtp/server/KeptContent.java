package dev.lmtp.server;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The content of a message, received as a whole: in memory, or in a temporary file if it is long.
 * Where the content breaks off or the disk is full there is an {@link IOException} and nothing is
 * left. Its length is bounded by the server's limit for messages.
 *
 * <p>The file may be read by its owner only, and has no name from the moment it is made, so that no
 * crash leaves it (where a system cannot do that, it is deleted by {@link #close}). It is never
 * synced: what must survive a crash is to be written elsewhere.
 *
 * <p>Safe for use by any number of threads. Known limit: a thread that is interrupted while it
 * reads from the file closes it for all, as {@link FileChannel} has it.
 */
public final class KeptContent implements Closeable {

  /**
   * Where a content is kept.
   *
   * @param memory up to how many octets it stays in memory
   * @param directory where a longer one gets its file; on a disk, if memory is to be spared
   */
  public record Place(int memory, Path directory) {

    /** 256 KiB, and the system's directory for temporary files. */
    public static final Place DEFAULT =
        new Place(262_144, Path.of(System.getProperty("java.io.tmpdir")));

    /** Refuses a negative size. */
    public Place {
      if (memory < 0) {
        throw new IllegalArgumentException("negative size: " + memory);
      }
    }
  }

  private static final int BLOCK = 8_192;

  private final Place place;
  private ByteBuffer buffer = ByteBuffer.allocate(BLOCK);
  private FileChannel file;
  private long stored;
  private Content whole;

  private long looked;
  private int inLine;
  private byte last;
  private long headerEnd = -1;

  private KeptContent(Place place) {
    this.place = place;
  }

  static KeptContent of(IncomingMessage message, Place place, MessageDigest... digests)
      throws IOException {
    KeptContent kept = new KeptContent(place);
    try {
      for (ByteBuffer piece = message.next(); piece.hasRemaining(); piece = message.next()) {
        for (MessageDigest digest : digests) {
          digest.update(piece.duplicate());
        }
        while (piece.hasRemaining()) {
          kept.take(piece);
        }
      }
      kept.end();
      return kept;
    } catch (IOException | RuntimeException e) {
      try (kept) {
        throw e;
      }
    }
  }

  /** All of it. */
  public Content whole() {
    return whole;
  }

  /** The header, with the line end of its last field; the whole where no empty line follows. */
  public Content header() {
    return whole.range(0, headerEnd < 0 ? whole.size() : headerEnd);
  }

  /** What stands behind the empty line. */
  public Content body() {
    return whole.range(headerEnd < 0 ? whole.size() : headerEnd + 2, whole.size());
  }

  /** Gives the file back; what was made of this content must not be read any more. */
  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }

  private void take(ByteBuffer piece) throws IOException {
    if (!buffer.hasRemaining()) {
      int capacity = (int) Math.min(2L * buffer.capacity(), Math.max(BLOCK, place.memory()));
      if (capacity > buffer.capacity()) {
        buffer = ByteBuffer.allocate(capacity).put(buffer.flip());
      } else {
        flush();
      }
    }
    int from = buffer.position();
    int length = Math.min(piece.remaining(), buffer.remaining());
    piece.get(buffer.array(), from, length);
    buffer.position(from + length);
    if (headerEnd < 0) {
      lookForEmptyLine(from, from + length);
    }
  }

  private void lookForEmptyLine(int from, int to) {
    byte[] octets = buffer.array();
    for (int i = from; i < to; i++) {
      looked++;
      if (octets[i] != '\n' || last != '\r') {
        inLine++;
      } else if (inLine == 1) {
        headerEnd = looked - 2;
        return;
      } else {
        inLine = 0;
      }
      last = octets[i];
    }
  }

  private void end() throws IOException {
    if (file == null && buffer.position() <= place.memory()) {
      whole = new Content(List.of(new Extent.InMemory(buffer.flip())));
    } else {
      flush();
      whole = new Content(List.of(new Extent.InFile(file, 0, stored)));
    }
    buffer = null;
  }

  private void flush() throws IOException {
    if (file == null) {
      file =
          FileChannel.open(
              place.directory().resolve("lmtp-" + UUID.randomUUID()),
              Set.of(
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.DELETE_ON_CLOSE),
              MaildirFile.OWNER_ONLY);
    }
    buffer.flip();
    while (buffer.hasRemaining()) {
      stored += file.write(buffer);
    }
    buffer.clear();
  }
}
