package dev.lmtp.server;

import java.io.IOException;
import java.io.InputStream;

/** A stream with LF for each CR LF; bare CRs are kept. Closes nothing. */
final class LineFeeds extends InputStream {

  private final InputStream source;
  private final byte[] block = new byte[8_192];
  private int at;
  private int end;

  LineFeeds(InputStream source) {
    this.source = source;
  }

  @Override
  public int read() throws IOException {
    if (isEmpty()) {
      return -1;
    }
    int octet = block[at++] & 0xff;
    return octet == '\r' && !isEmpty() && block[at] == '\n' ? block[at++] : octet;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int to = offset;
    while (to < offset + length && (to == offset || at < end)) {
      int octet = read();
      if (octet < 0) {
        break;
      }
      target[to++] = (byte) octet;
    }
    return to == offset && length > 0 ? -1 : to - offset;
  }

  private boolean isEmpty() throws IOException {
    if (at == end) {
      at = 0;
      end = Math.max(0, source.read(block, 0, block.length));
    }
    return at == end;
  }
}
