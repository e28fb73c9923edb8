package dev.lmtp.benchmarks;

import dev.lmtp.codec.DotEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.commons.net.io.DotTerminatedMessageWriter;
import org.eclipse.angus.mail.smtp.SMTPOutputStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** 64 KiB of content made fit for {@code DATA}, in blocks, with its end. */
public class DotEncoding extends Measured {

  private static final int SIZE = 64 * 1024;

  /** Takes octets into one array, as a socket's buffer would. */
  private static final class Sink extends OutputStream {
    private final byte[] target;
    private int written;

    Sink(int size) {
      target = new byte[size];
    }

    @Override
    public void write(int octet) {
      target[written++] = (byte) octet;
    }

    @Override
    public void write(byte[] octets, int from, int length) {
      System.arraycopy(octets, from, target, written, length);
      written += length;
    }
  }

  /** What the content looks like. */
  @Param public Corpus corpus = Corpus.BASE64;

  private final DotEncoder encoder = new DotEncoder();
  private byte[] content = {};
  private ByteBuffer source = ByteBuffer.allocate(0);
  private ByteBuffer target = ByteBuffer.allocate(0);
  private Sink sink = new Sink(0);
  private String text = "";

  /** For JMH. */
  public DotEncoding() {}

  /** Makes the content. */
  @Setup
  public void make() {
    content = corpus.content(SIZE);
    source = ByteBuffer.wrap(content);
    target = ByteBuffer.allocate(3 * SIZE);
    sink = new Sink(3 * SIZE);
    text = new String(content, StandardCharsets.ISO_8859_1);
  }

  /** Ours. */
  @Benchmark
  public int ours() {
    encoder.reset();
    encoder.encode(source.clear(), target.clear());
    encoder.finish(target);
    return target.position();
  }

  /** The baseline: byte by byte. */
  @Benchmark
  public int byteLoop() {
    byte[] to = target.array();
    int written = 0;
    byte last = '\n';
    for (byte b : content) {
      if (b == '\n' && last != '\r') {
        to[written++] = '\r';
      } else if (last == '\r' && b != '\n') {
        to[written++] = '\n';
      }
      if (b == '.' && (last == '\n' || last == '\r')) {
        to[written++] = '.';
      }
      to[written++] = b;
      last = b;
    }
    if (last != '\n') {
      to[written++] = '\r';
      to[written++] = '\n';
    }
    to[written++] = '.';
    to[written++] = '\r';
    to[written++] = '\n';
    return written;
  }

  /** The ceiling: a copy that looks at nothing. */
  @Benchmark
  public int copy() {
    System.arraycopy(content, 0, target.array(), 0, content.length);
    return content.length;
  }

  /** Angus Mail's stream, as its transport uses it. */
  @Benchmark
  public int angus() throws IOException {
    sink.written = 0;
    SMTPOutputStream out = new SMTPOutputStream(sink);
    out.write(content);
    out.ensureAtBOL();
    return sink.written;
  }

  /** Commons Net's writer, which knows characters only. */
  @Benchmark
  public int commonsNet() throws IOException {
    sink.written = 0;
    try (Writer out =
        new DotTerminatedMessageWriter(new OutputStreamWriter(sink, StandardCharsets.ISO_8859_1))) {
      out.write(text);
    }
    return sink.written;
  }
}
