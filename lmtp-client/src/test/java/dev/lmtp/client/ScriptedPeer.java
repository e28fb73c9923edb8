package dev.lmtp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.io.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A server that follows a script, one for each connection, one connection after the other. Closing
 * it waits for the scripts to end and throws what went wrong in them.
 */
final class ScriptedPeer implements AutoCloseable {

  enum Family {
    UNIX,
    TCP
  }

  interface Script {
    void run(Connection peer) throws Exception;
  }

  private final ServerSocketChannel listening;
  private final Path folder;
  private final Thread thread;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private ScriptedPeer(ServerSocketChannel listening, Path folder, List<Script> scripts) {
    this.listening = listening;
    this.folder = folder;
    this.thread = new Thread(() -> run(scripts), "scripted-peer");
    thread.setDaemon(true);
    thread.start();
  }

  static ScriptedPeer start(Family family, Script... scripts) throws IOException {
    boolean unix = family == Family.UNIX;
    Path folder = unix ? Files.createTempDirectory("lmtp") : null;
    SocketAddress address =
        unix
            ? UnixDomainSocketAddress.of(folder.resolve("s"))
            : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ServerSocketChannel listening =
        unix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
    return new ScriptedPeer(listening.bind(address), folder, List.of(scripts));
  }

  private void run(List<Script> scripts) {
    try {
      for (Script script : scripts) {
        try (SocketChannel channel = listening.accept()) {
          script.run(new Connection(channel));
        }
      }
    } catch (Exception | AssertionError e) {
      failure.set(e);
    }
  }

  /** The address in Postfix's spelling. */
  String address() throws IOException {
    return Endpoint.format(listening.getLocalAddress());
  }

  @Override
  public void close() throws IOException {
    join();
    listening.close();
    join();
    if (folder != null) {
      Files.deleteIfExists(folder.resolve("s"));
      Files.delete(folder);
    }
    if (failure.get() != null) {
      throw new AssertionError("in the server's script", failure.get());
    }
  }

  private void join() throws IOException {
    try {
      thread.join(30_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** The server's end of one connection. */
  static final class Connection {
    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(256 * 1024).flip();

    private Connection(SocketChannel channel) {
      this.channel = channel;
    }

    /** Says lines, in one write. */
    void say(String... lines) throws IOException {
      raw(String.join("\r\n", lines) + "\r\n");
    }

    /** Says exactly that. */
    void raw(String text) throws IOException {
      ByteBuffer bytes = StandardCharsets.ISO_8859_1.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    /** Greets, and offers those extensions in answer to the hello. */
    void greet(String... keywords) throws IOException {
      say("220 there LMTP ready");
      expect("LHLO here");
      offer(keywords);
    }

    void offer(String... keywords) throws IOException {
      StringBuilder reply = new StringBuilder();
      for (String keyword : keywords) {
        reply.append("250-").append(keyword).append("\r\n");
      }
      raw("250-there\r\n" + reply + "250 ENHANCEDSTATUSCODES\r\n");
    }

    /** A good MAIL and so many good RCPTs, up to and without the DATA or BDAT. */
    void envelope(int recipients) throws IOException {
      expectStart("MAIL FROM:");
      say("250 2.1.0 Ok");
      for (int i = 0; i < recipients; i++) {
        expectStart("RCPT TO:");
        say("250 2.1.5 Ok");
      }
    }

    /** The content as it is sent, behind DATA or in one last chunk. */
    byte[] content() throws IOException {
      String command = line();
      if (command.equals("DATA")) {
        say("354 Go on");
        return dotted();
      }
      return octets(chunk(command));
    }

    /** A whole transaction; gives the content, dots taken out. */
    byte[] message(String... replies) throws IOException {
      envelope(replies.length);
      byte[] content = content();
      say(replies);
      return content;
    }

    static int chunk(String command) {
      String[] words = command.split(" ");
      assertEquals(List.of("BDAT", words[1], "LAST"), List.of(words));
      return Integer.parseInt(words[1]);
    }

    /** Answers the farewell. */
    void quit() throws IOException {
      expect("QUIT");
      say("221 2.0.0 Bye");
      end();
    }

    void expect(String command) throws IOException {
      assertEquals(command, line());
    }

    void expectStart(String start) throws IOException {
      String line = line();
      assertEquals(start, line.substring(0, Math.min(start.length(), line.length())));
    }

    /** The next line, without its CR LF. */
    String line() throws IOException {
      StringBuilder line = new StringBuilder();
      while (!line.toString().endsWith("\r\n")) {
        line.append((char) (octet() & 0xFF));
      }
      return line.substring(0, line.length() - 2);
    }

    /** Content up to its final dot; dots taken out. Only CR LF may end a line. */
    byte[] dotted() throws IOException {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      byte before = '\n';
      boolean lineStart = true;
      while (true) {
        byte octet = octet();
        if (lineStart && octet == '.') {
          octet = octet();
          if (octet == '\r') {
            assertEquals('\n', octet());
            return content.toByteArray();
          }
          assertEquals('.', octet, "a dot at the start of a line is doubled");
        }
        assertEquals(octet == '\n', before == '\r', "a bare CR or LF");
        content.write(octet);
        lineStart = octet == '\n';
        before = lineStart ? 0 : octet;
      }
    }

    byte[] octets(int count) throws IOException {
      byte[] octets = new byte[count];
      for (int i = 0; i < count; i++) {
        octets[i] = octet();
      }
      return octets;
    }

    private byte octet() throws IOException {
      if (!in.hasRemaining() && !fill()) {
        throw new EOFException("the client ended the connection");
      }
      return in.get();
    }

    private boolean fill() throws IOException {
      int count = channel.read(in.clear());
      in.flip();
      return count >= 0;
    }

    /** What one read gives, at least what the client sent in its first write. */
    String burst() throws IOException {
      assertEquals(0, in.remaining());
      assertEquals(true, fill());
      byte[] bytes = new byte[in.remaining()];
      in.get(bytes);
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Waits for the client to close, and allows nothing more from it. */
    void end() throws IOException {
      assertEquals(0, rest(), "octets before the end of the input");
    }

    /** Waits for the client to close, whatever comes before; gives the number of octets. */
    long rest() throws IOException {
      long count = in.remaining();
      try {
        while (fill()) {
          count += in.remaining();
        }
      } catch (IOException e) {
        // A connection that is cut may end in a reset.
      }
      return count;
    }

    /** Reads nothing and waits until the client has closed: then writing fails. */
    void awaitReset() throws InterruptedException {
      try {
        while (true) {
          // A blank in front of a reply that never comes does no harm.
          channel.write(ByteBuffer.wrap(new byte[] {' '}));
          Thread.sleep(20);
        }
      } catch (IOException e) {
        // So it is closed.
      }
    }

    /** Says no more and reads on. */
    void shutdownOutput() throws IOException {
      channel.shutdownOutput();
    }

    void close() throws IOException {
      channel.close();
    }

    /** Closes by a reset. */
    void reset() throws IOException {
      if (channel.getRemoteAddress() instanceof InetSocketAddress) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
      channel.close();
    }
  }
}
