package dev.lmtp.benchmarks;

import java.util.Arrays;
import java.util.Random;

/**
 * Contents to measure with: what mail looks like, and what an enemy would send. Each is the same
 * whenever it is made.
 */
public enum Corpus {
  /** Lines of 76 characters, as attachments are. */
  BASE64,
  /** Lines of up to 71 characters, some blank. */
  TEXT,
  /** Likewise, with octets above 127. */
  UTF8,
  /** Every line begins with a dot. */
  DOTTED,
  /** Lines of 10,000 octets. */
  LONG_LINES,
  /** Nothing but TABs, which a quick filter for control characters takes for line ends. */
  TABS,
  /** Nothing but NULs. */
  NULS,
  /** Nothing but CRs, none of which ends a line. */
  BARE_CR,
  /** Nothing but blank lines. */
  BLANK_LINES;

  private static final byte[] CRLF = {'\r', '\n'};

  /** A content of so many octets that ends where a line does, without dots doubled. */
  public byte[] content(int size) {
    Random random = new Random(42);
    byte[] content = new byte[size];
    switch (this) {
      case TABS -> Arrays.fill(content, (byte) '\t');
      case NULS -> Arrays.fill(content, (byte) 0);
      case BARE_CR -> Arrays.fill(content, (byte) '\r');
      default -> fillLines(content, random);
    }
    content[size - 2] = CRLF[0];
    content[size - 1] = CRLF[1];
    return content;
  }

  private void fillLines(byte[] content, Random random) {
    int at = 0;
    while (at < content.length) {
      int end = Math.min(content.length, at + length(random));
      int start = at;
      while (at < end) {
        boolean dot = this == DOTTED && at == start;
        int octet = this == UTF8 ? 0xc3 : dot ? '.' : 'A' + random.nextInt(26);
        content[at++] = (byte) octet;
      }
      for (int i = 0; i < CRLF.length && at < content.length; i++) {
        content[at++] = CRLF[i];
      }
    }
  }

  private int length(Random random) {
    return switch (this) {
      case TEXT, UTF8 -> random.nextInt(72);
      case LONG_LINES -> 10_000;
      case BLANK_LINES -> 0;
      default -> 76;
    };
  }

  /** The same as it stands behind {@code DATA}: dots doubled, and with its end. */
  public byte[] wire(int size) {
    byte[] content = content(size);
    byte[] wire = new byte[2 * size + 3];
    int to = 0;
    boolean start = true;
    for (byte octet : content) {
      if (start && octet == '.') {
        wire[to++] = '.';
      }
      wire[to++] = octet;
      start = octet == '\n';
    }
    wire[to++] = '.';
    wire[to++] = '\r';
    wire[to++] = '\n';
    return Arrays.copyOf(wire, to);
  }
}
