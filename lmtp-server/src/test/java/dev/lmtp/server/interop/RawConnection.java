package dev.lmtp.server.interop;

import dev.lmtp.io.Endpoint;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A connection of a peer that sends whatever octets it is told to, and keeps no memory of its own;
 * an octet is a char.
 */
final class RawConnection implements Closeable {

  final SocketChannel channel;

  private RawConnection(SocketChannel channel) {
    this.channel = channel;
  }

  /** Connects to {@code unix:PATH} or {@code inet:HOST:PORT}. */
  static RawConnection to(String address) throws IOException {
    return new RawConnection(SocketChannel.open(Endpoint.parse(address)));
  }

  /** Connects, hears the greeting and says hello. */
  static RawConnection greeted(String address) throws IOException {
    RawConnection connection = to(address);
    connection.hear("220 ");
    connection.say("LHLO peer.example\r\n");
    connection.hear("250 ");
    return connection;
  }

  static ByteBuffer octets(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends all of it, however long that takes. */
  void say(String text) throws IOException {
    ByteBuffer bytes = octets(text);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Hears lines up to one that begins so; the caller has pipelined nothing behind it. */
  String hear(String beginning) throws IOException {
    StringBuilder heard = new StringBuilder();
    int line = 0;
    while (!heard.substring(line).startsWith(beginning) || heard.indexOf("\r\n", line) < 0) {
      int end = heard.indexOf("\r\n", line);
      if (end >= 0) {
        line = end + 2;
      } else if (!hearSome(heard)) {
        throw new IOException("the server closed after: " + heard);
      }
    }
    return heard.toString();
  }

  /** Hears all there is until the server closes. */
  String hearToEnd() throws IOException {
    StringBuilder heard = new StringBuilder();
    while (hearSome(heard)) {
      // Goes on.
    }
    return heard.toString();
  }

  private boolean hearSome(StringBuilder heard) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4_096);
    int count = channel.read(bytes);
    heard.append(StandardCharsets.ISO_8859_1.decode(bytes.flip()));
    return count >= 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
