package dev.lmtp.server;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;

/** Octets in one place, that nobody changes: safe for any number of threads. */
sealed interface Extent {

  long size();

  /** Reads from an offset that lies within; at least one octet if the target has room. */
  int read(long at, ByteBuffer target) throws IOException;

  /** Writes from an offset that lies within what the target takes at once. */
  long transferTo(long at, WritableByteChannel target) throws IOException;

  Extent range(long from, long to);

  /** In memory. */
  record InMemory(ByteBuffer octets) implements Extent {

    public InMemory {
      octets = octets.slice().asReadOnlyBuffer();
    }

    @Override
    public long size() {
      return octets.capacity();
    }

    @Override
    public int read(long at, ByteBuffer target) {
      int length = (int) Math.min(target.remaining(), size() - at);
      target.put(octets.slice((int) at, length));
      return length;
    }

    @Override
    public long transferTo(long at, WritableByteChannel target) throws IOException {
      return target.write(octets.slice((int) at, (int) (size() - at)));
    }

    @Override
    public Extent range(long from, long to) {
      return new InMemory(octets.slice((int) from, (int) (to - from)));
    }
  }

  /** In a file. */
  record InFile(FileChannel file, long start, long size) implements Extent {

    @Override
    public int read(long at, ByteBuffer target) throws IOException {
      int length = (int) Math.min(target.remaining(), size - at);
      ByteBuffer part = target.slice(target.position(), length);
      int octets = file.read(part, start + at);
      requireMore(octets);
      target.position(target.position() + octets);
      return octets;
    }

    @Override
    public long transferTo(long at, WritableByteChannel target) throws IOException {
      requireMore(Long.compare(file.size(), start + at));
      return file.transferTo(start + at, size - at, target);
    }

    private void requireMore(int more) throws EOFException {
      if (more <= 0) {
        throw new EOFException("the file has become shorter");
      }
    }

    @Override
    public Extent range(long from, long to) {
      return new InFile(file, start + from, to - from);
    }
  }
}
