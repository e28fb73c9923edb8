package dev.lmtp.benchmarks;

import dev.lmtp.Limits;
import dev.lmtp.codec.ReplyParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.smtp.SmtpResponseDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;

/** The reply to a hello, of eight lines. */
public class ReplyParsing extends Measured {

  private static final byte[] REPLY =
      """
      250-mail.example.org
      250-PIPELINING
      250-SIZE 52428800
      250-ENHANCEDSTATUSCODES
      250-8BITMIME
      250-CHUNKING
      250-SMTPUTF8
      250 DSN
      """
          .replace("\n", "\r\n")
          .getBytes(StandardCharsets.US_ASCII);

  private final ByteBuffer in = ByteBuffer.wrap(REPLY);
  private final ReplyParser parser = new ReplyParser(Limits.DEFAULT);
  private final EmbeddedChannel netty = new EmbeddedChannel(new SmtpResponseDecoder(1_000));
  private final ByteBuf octets = Unpooled.wrappedBuffer(REPLY);

  /** For JMH. */
  public ReplyParsing() {}

  /** Ours: the code, and the text where it lies. */
  @Benchmark
  public int ours() {
    parser.next(in.clear());
    return parser.code();
  }

  /** Ours, with the value an application sees. */
  @Benchmark
  public Object oursWithValue() {
    parser.next(in.clear());
    return parser.reply();
  }

  /** Netty's codec, in a channel of its own without a socket. */
  @Benchmark
  public Object netty() {
    netty.writeInbound(octets.readerIndex(0).retain());
    return netty.readInbound();
  }

  /** The baseline: strings, line by line. */
  @Benchmark
  public Object split() {
    List<String> lines = new ArrayList<>();
    int code = 0;
    for (String line : new String(REPLY, StandardCharsets.US_ASCII).split("\r\n")) {
      code = Integer.parseInt(line.substring(0, 3));
      lines.add(line.substring(4));
    }
    return List.of(code, lines);
  }
}
