package dev.lmtp.benchmarks;

import dev.lmtp.codec.DotDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Decoding the content behind {@code DATA}: ours beside a careful loop over bytes, which copies,
 * and beside a copy alone. Operations a second on 64 KiB of content.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DotDecoding {

  private static final int SIZE = 64 * 1024;
  private static final byte[] END = ".\r\n".getBytes(StandardCharsets.US_ASCII);

  /** What the content looks like. */
  @Param({"base64", "text", "dots"})
  public String corpus = "base64";

  private final DotDecoder decoder = new DotDecoder();
  private ByteBuffer wire = ByteBuffer.allocate(0);
  private byte[] target = {};

  /** Makes the content, the same for each seed. */
  @Setup
  public void make() {
    byte[] content = new byte[SIZE + END.length];
    Random random = new Random(42);
    int at = 0;
    while (at < SIZE) {
      int length = corpus.equals("text") ? random.nextInt(72) : 76;
      for (int i = 0; i < length && at < SIZE - 2; i++) {
        boolean dot = i == 0 && corpus.equals("dots");
        content[at++] = (byte) (dot ? '.' : 'A' + random.nextInt(26));
      }
      content[at++] = '\r';
      if (at < SIZE) {
        content[at++] = '\n';
      }
    }
    content[SIZE - 2] = '\r';
    content[SIZE - 1] = '\n';
    System.arraycopy(END, 0, content, SIZE, END.length);
    wire = ByteBuffer.wrap(content);
    target = new byte[content.length];
  }

  /** Ours: ranges of the input. */
  @Benchmark
  public long ours() {
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
}
