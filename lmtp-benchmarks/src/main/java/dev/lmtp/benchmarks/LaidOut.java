package dev.lmtp.benchmarks;

import dev.lmtp.codec.DotEncoder;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A session of a client that costs next to nothing, so that the server is what is measured: all of
 * its octets are laid out beforehand, and the end of a content leaves in one write with the next
 * envelope (RFC 2920). One thread has all sessions at its selector.
 */
final class LaidOut {

  private final SocketChannel channel;
  private final ByteBuffer in = ByteBuffer.allocateDirect(1_024);
  private final ByteBuffer message;
  private final int withoutEnvelope;
  private final int recipients;
  private int left;
  private int expected;
  private boolean atLineStart = true;

  private LaidOut(String where, ByteBuffer message, int recipients, int messages)
      throws IOException {
    this.message = message.duplicate();
    this.withoutEnvelope = message.limit() - envelope(recipients).length;
    this.recipients = recipients;
    this.left = messages;
    this.channel = StepByStep.connect(where);
    // The hello's reply has many lines, and they come at once.
    channel.read(in);
    channel.write(ByteBuffer.wrap(ascii("LHLO load.example.org\r\n")));
    channel.read(in.clear());
  }

  /** Delivers so many messages, and returns when each recipient of each is acknowledged. */
  static void send(String where, int sessions, byte[] content, int recipients, int messages)
      throws IOException {
    ByteBuffer laidOut = layOut(content, recipients);
    List<LaidOut> all = new ArrayList<>();
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < sessions; i++) {
        int share = messages / sessions + (i < messages % sessions ? 1 : 0);
        if (share > 0) {
          all.add(new LaidOut(where, laidOut, recipients, share));
        }
      }
      for (LaidOut session : all) {
        session.begin(selector);
      }
      for (int running = all.size(); running > 0; ) {
        selector.select();
        for (SelectionKey key : selector.selectedKeys()) {
          running -= ((LaidOut) key.attachment()).step(key) ? 0 : 1;
        }
        selector.selectedKeys().clear();
      }
    } finally {
      for (LaidOut session : all) {
        session.channel.close();
      }
    }
  }

  private static ByteBuffer layOut(byte[] content, int recipients) {
    byte[] envelope = envelope(recipients);
    ByteBuffer out = ByteBuffer.allocate(2 * content.length + 5 + envelope.length);
    DotEncoder encoder = new DotEncoder();
    encoder.encode(ByteBuffer.wrap(content), out);
    encoder.finish(out);
    out.put(envelope).flip();
    return ByteBuffer.allocateDirect(out.limit()).put(out).flip();
  }

  private static byte[] envelope(int recipients) {
    StringBuilder commands = new StringBuilder("MAIL FROM:<sender@example.org>\r\n");
    for (int i = 0; i < recipients; i++) {
      commands.append("RCPT TO:<user").append(i).append("@example.org>\r\n");
    }
    return ascii(commands.append("DATA\r\n").toString());
  }

  /** How many replies an envelope has. */
  private int first() {
    return 1 + recipients + 1;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void begin(Selector selector) throws IOException {
    channel.configureBlocking(false);
    message.position(withoutEnvelope);
    expected = first();
    write(channel.register(selector, SelectionKey.OP_READ, this));
  }

  /** Returns whether there is more to come. */
  private boolean step(SelectionKey key) throws IOException {
    if (message.hasRemaining()) {
      write(key);
    }
    if (key.isReadable()) {
      if (channel.read(in.clear()) < 0) {
        throw new EOFException("the server left");
      }
      count();
    }
    if (expected > 0 || message.hasRemaining()) {
      return true;
    }
    if (left == 0) {
      key.cancel();
      return false;
    }
    left--;
    message.clear();
    // Nothing comes behind the last content.
    message.limit(left == 0 ? withoutEnvelope : message.capacity());
    expected = left == 0 ? recipients : recipients + first();
    write(key);
    return true;
  }

  private void write(SelectionKey key) throws IOException {
    channel.write(message);
    int interest = SelectionKey.OP_READ | (message.hasRemaining() ? SelectionKey.OP_WRITE : 0);
    if (key.interestOps() != interest) {
      key.interestOps(interest);
    }
  }

  /** Counts replies, which have one line each here. */
  private void count() throws IOException {
    for (in.flip(); in.hasRemaining(); ) {
      byte octet = in.get();
      if (atLineStart && octet != '2' && octet != '3') {
        throw new IOException("refused: " + StandardCharsets.US_ASCII.decode(in.position(0)));
      }
      atLineStart = octet == '\n';
      expected -= atLineStart ? 1 : 0;
    }
  }
}
