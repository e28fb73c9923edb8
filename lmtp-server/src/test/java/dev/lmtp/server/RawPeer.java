package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A peer that says exactly what a test writes, and reads lines. */
final class RawPeer implements Closeable {

  private final SocketChannel channel;
  private final BufferedReader lines;

  RawPeer(LmtpServer server) throws IOException {
    this(server.addresses().get(0));
  }

  private RawPeer(SocketAddress address) throws IOException {
    channel = SocketChannel.open(address);
    lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.ISO_8859_1));
  }

  /** Connects to one of a server's addresses. */
  static RawPeer at(SocketAddress address) throws IOException {
    return new RawPeer(address);
  }

  /** Connects and says hello. */
  static RawPeer greeted(LmtpServer server) throws IOException {
    RawPeer peer = new RawPeer(server);
    peer.expect("220 ");
    peer.say("LHLO here");
    while (peer.line().startsWith("250-")) {
      // What is offered is another test's matter.
    }
    return peer;
  }

  /** Sends lines, each with CR LF, in one write. */
  void say(String... text) throws IOException {
    send(String.join("\r\n", text) + "\r\n");
  }

  void send(String octets) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Reads one line for each text and checks that it begins so. */
  void expect(String... beginnings) throws IOException {
    for (String beginning : beginnings) {
      String line = line();
      assertEquals(beginning, line.substring(0, Math.min(beginning.length(), line.length())), line);
    }
  }

  /** The next line; empty at the end of the input. */
  String line() throws IOException {
    String line = lines.readLine();
    return line == null ? "" : line;
  }

  /** Checks that the server has closed. */
  void expectEnd() throws IOException {
    assertEquals(null, lines.readLine());
  }

  void endOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
