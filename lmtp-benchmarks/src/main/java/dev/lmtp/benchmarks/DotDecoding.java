package dev.lmtp.benchmarks;

import dev.lmtp.codec.DotDecoder;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.commons.net.io.DotTerminatedMessageReader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.subethamail.smtp.io.DotTerminatedInputStream;
import org.subethamail.smtp.io.DotUnstuffingInputStream;

/** 64 KiB of content behind {@code DATA}: its dots taken out and its end found. */
public class DotDecoding extends Measured {

  private static final int SIZE = 64 * 1024;

  /** What the content looks like. */
  @Param public Corpus corpus = Corpus.BASE64;

  private final DotDecoder decoder = new DotDecoder();
  private final DotDecoder limitedDecoder = new DotDecoder(100_000);
  private ByteBuffer wire = ByteBuffer.allocate(0);
  private ByteBuffer direct = ByteBuffer.allocate(0);
  private byte[] target = {};
  private final char[] characters = new char[8 * 1024];

  /** For JMH. */
  public DotDecoding() {}

  /** Makes the content. */
  @Setup
  public void make() {
    wire = ByteBuffer.wrap(corpus.wire(SIZE));
    direct = ByteBuffer.allocateDirect(wire.capacity()).put(wire.duplicate());
    target = new byte[wire.capacity()];
  }

  /** Ours: ranges of the input. */
  @Benchmark
  public long ours() {
    return decode(decoder, wire);
  }

  /** Ours where a limit for lines has to be kept. */
  @Benchmark
  public long limited() {
    return decode(limitedDecoder, wire);
  }

  /** Ours from memory outside of the heap. */
  @Benchmark
  public long direct() {
    return decode(decoder, direct);
  }

  private static long decode(DotDecoder decoder, ByteBuffer wire) {
    wire.clear();
    long octets = 0;
    while (decoder.decode(wire) == DotDecoder.Result.CONTENT) {
      octets += decoder.content().remaining();
    }
    decoder.reset();
    return octets;
  }

  /** The baseline: byte by byte into another array. */
  @Benchmark
  public int byteLoop() {
    byte[] source = wire.array();
    int written = 0;
    int state = 0; // 0 line start, 1 text, 2 CR, 3 dot, 4 dot CR
    for (byte b : source) {
      switch (state) {
        case 0, 3 -> {
          if (state == 0 && b == '.') {
            state = 3;
            continue;
          }
          state = b == '\r' ? (state == 3 ? 4 : 2) : 1;
        }
        case 2 -> state = b == '\n' ? 0 : b == '\r' ? 2 : 1;
        case 4 -> {
          if (b == '\n') {
            return written - 1;
          }
          state = 1;
        }
        default -> state = b == '\r' ? 2 : 1;
      }
      target[written++] = b;
    }
    return written;
  }

  /** The ceiling: a copy that looks at nothing. */
  @Benchmark
  public int copy() {
    System.arraycopy(wire.array(), 0, target, 0, target.length);
    return target.length;
  }

  /** SubEthaSMTP's streams, as its server puts them together. */
  @Benchmark
  public long subEtha() throws IOException {
    InputStream in = new BufferedInputStream(new ByteArrayInputStream(wire.array()), 32 * 1024);
    long octets = 0;
    try (InputStream content = new DotUnstuffingInputStream(new DotTerminatedInputStream(in))) {
      for (int count = content.read(target); count >= 0; count = content.read(target)) {
        octets += count;
      }
    }
    return octets;
  }

  /** Commons Net's reader, which knows characters only. */
  @Benchmark
  public long commonsNet() throws IOException {
    InputStream in = new ByteArrayInputStream(wire.array());
    long octets = 0;
    try (Reader content =
        new DotTerminatedMessageReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1))) {
      for (int n = content.read(characters); n >= 0; n = content.read(characters)) {
        octets += n;
      }
    }
    return octets;
  }
}
