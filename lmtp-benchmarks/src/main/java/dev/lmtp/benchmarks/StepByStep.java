package dev.lmtp.benchmarks;

import dev.lmtp.codec.DotEncoder;
import dev.lmtp.io.Endpoint;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A client which waits for the reply to each of its commands. */
final class StepByStep implements Closeable {

  private final SocketChannel channel;
  private final ByteBuffer in = ByteBuffer.allocate(4_096);
  private final DotEncoder encoder = new DotEncoder();
  private ByteBuffer content = ByteBuffer.allocate(0);

  StepByStep(String where) throws IOException {
    channel = connect(where);
    expect('2');
    say("LHLO load.example.org\r\n");
    expect('2');
  }

  /** Connects, and says nothing. */
  static SocketChannel connect(String where) throws IOException {
    SocketAddress address = Endpoint.parse(where);
    SocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    channel.connect(address);
    return channel;
  }

  /** Delivers one message to one recipient. */
  void deliver(byte[] message) throws IOException {
    envelope();
    say("DATA\r\n");
    expect('3');
    if (content.capacity() == 0) {
      content = ByteBuffer.allocate(2 * message.length + 5);
      encoder.encode(ByteBuffer.wrap(message), content);
      encoder.finish(content);
      content.flip();
    }
    write(content.rewind());
    expect('2');
  }

  /** Asks for a sign of life. */
  void noop() throws IOException {
    say("NOOP\r\n");
    expect('2');
  }

  /** Delivers what lies in memory, as one chunk (RFC 3030). */
  void deliverChunk(ByteBuffer octets) throws IOException {
    envelope();
    say("BDAT " + octets.remaining() + " LAST\r\n");
    write(octets);
    expect('2');
  }

  /** Delivers a file as it is, which is right only where no line begins with a dot. */
  void deliverUnscanned(FileChannel file, ByteBuffer block) throws IOException {
    envelope();
    say("DATA\r\n");
    expect('3');
    for (file.position(0); file.read(block.clear()) >= 0; ) {
      write(block.flip());
    }
    say(".\r\n");
    expect('2');
  }

  private void envelope() throws IOException {
    say("MAIL FROM:<sender@example.org>\r\n");
    expect('2');
    say("RCPT TO:<user@example.org>\r\n");
    expect('2');
  }

  private void say(String line) throws IOException {
    write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
  }

  private void write(ByteBuffer octets) throws IOException {
    while (octets.hasRemaining()) {
      channel.write(octets);
    }
  }

  /** Reads one reply, of any number of lines. */
  private void expect(char kind) throws IOException {
    in.clear();
    int last = 0;
    while (true) {
      if (channel.read(in) < 0) {
        throw new EOFException("the server left");
      }
      int end = in.position();
      if (in.get(end - 1) != '\n') {
        continue;
      }
      for (int i = last; i < end - 1; i++) {
        if (in.get(i) == '\n') {
          last = i + 1;
        }
      }
      if (in.get(last + 3) != '-') {
        break;
      }
    }
    if (in.get(last) != kind) {
      throw new IOException("not " + kind + ": " + StandardCharsets.US_ASCII.decode(in.flip()));
    }
  }

  /** Leaves without a word. */
  void abandon() throws IOException {
    channel.close();
  }

  @Override
  public void close() throws IOException {
    say("QUIT\r\n");
    expect('2');
    channel.close();
  }
}
