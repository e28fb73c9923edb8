package dev.lmtp.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Octets that lie still, in memory or in a file, and may be read any number of times, by any number
 * of threads at once: a whole message, its header or its body, or a message behind more fields. A
 * view; nothing is copied when one is made. Valid until its {@link KeptContent} is closed; reading
 * it later is an {@link IOException} where it lies in a file.
 */
public final class Content {

  /** How much of a message is searched for a Return-Path field. */
  static final int TOP = 65_536;

  private final List<Extent> extents;
  private final long size;

  Content(List<Extent> extents) {
    this.extents = List.copyOf(extents);
    this.size = extents.stream().mapToLong(Extent::size).sum();
  }

  /** In octets. */
  public long size() {
    return size;
  }

  /** From the start; closing it changes nothing. Each call begins anew. */
  public ReadableByteChannel channel() {
    return new ReadableByteChannel() {
      private long at;

      @Override
      public int read(ByteBuffer target) throws IOException {
        int octets = Content.this.read(at, target);
        at += Math.max(0, octets);
        return octets;
      }

      @Override
      public boolean isOpen() {
        return true;
      }

      @Override
      public void close() {
        // The octets are the KeptContent's.
      }
    };
  }

  /** As {@link #channel}. */
  public InputStream stream() {
    return Channels.newInputStream(channel());
  }

  /** As {@link #stream}, with each CR LF as that line end: LF for most commands of Unix. */
  public InputStream stream(LineEnding end) {
    return end == LineEnding.CRLF ? stream() : new LineFeeds(stream());
  }

  /**
   * Writes all of it; from a file to a socket the kernel does it alone.
   *
   * @param target in blocking mode
   * @return how many octets
   */
  public long transferTo(WritableByteChannel target) throws IOException {
    for (long at = 0; at < size; ) {
      at += transferTo(at, target);
    }
    return size;
  }

  /**
   * Writes what the target takes at once, as for a non-blocking one.
   *
   * @param position where to begin, less than the size
   * @return how many octets; may be 0
   */
  public long transferTo(long position, WritableByteChannel target) throws IOException {
    long at = position;
    for (Extent extent : extents) {
      if (at < extent.size()) {
        return extent.transferTo(at, target);
      }
      at -= extent.size();
    }
    throw new IndexOutOfBoundsException(position + " of " + size);
  }

  /** The octets where they lie, read-only, for a gathering write; none where some are in a file. */
  public Optional<List<ByteBuffer>> buffers() {
    List<ByteBuffer> buffers = new ArrayList<>();
    for (Extent extent : extents) {
      if (!(extent instanceof Extent.InMemory memory)) {
        return Optional.empty();
      }
      buffers.add(memory.octets().duplicate());
    }
    return Optional.of(buffers);
  }

  /** A copy of all of it. */
  public byte[] bytes() throws IOException {
    ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(size));
    read(0, copy);
    return copy.array();
  }

  /**
   * The same behind those fields. Where a Return-Path is among them, those that came with the
   * message are left out (RFC 5321 §4.4), of the first 64 KiB of its header.
   */
  public Content with(TraceFields fields) throws IOException {
    List<Extent> parts = new ArrayList<>();
    parts.add(new Extent.InMemory(ByteBuffer.wrap(fields.bytes(LineEnding.CRLF))));
    long at = 0;
    if (fields.hasReturnPath()) {
      ByteBuffer top = ByteBuffer.allocate((int) Math.min(size, TOP));
      read(0, top);
      for (HeaderFields.Range range : HeaderFields.returnPaths(top.array(), top.position())) {
        addRange(at, range.from(), parts);
        at = range.to();
      }
    }
    addRange(at, size, parts);
    return new Content(parts);
  }

  /** That part of it. */
  Content range(long from, long to) {
    List<Extent> parts = new ArrayList<>();
    addRange(from, to, parts);
    return new Content(parts);
  }

  private void addRange(long from, long to, List<Extent> parts) {
    long start = 0;
    for (Extent extent : extents) {
      long first = Math.max(from - start, 0);
      long end = Math.min(to - start, extent.size());
      if (first < end) {
        parts.add(extent.range(first, end));
      }
      start += extent.size();
    }
  }

  /** Fills the target, as far as there is something; -1 at the end. */
  private int read(long position, ByteBuffer target) throws IOException {
    if (position >= size) {
      return -1;
    }
    int before = target.remaining();
    long at = position;
    for (Extent extent : extents) {
      while (at < extent.size() && target.hasRemaining()) {
        at += extent.read(at, target);
      }
      at -= Math.min(at, extent.size());
    }
    return before - target.remaining();
  }
}
