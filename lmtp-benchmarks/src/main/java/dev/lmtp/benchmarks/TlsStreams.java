package dev.lmtp.benchmarks;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * LMTP over the JDK's TLS sockets as one would write it in an afternoon: buffered streams, the
 * envelope in one write. It checks next to nothing.
 */
final class TlsStreams implements Closeable {

  private final SSLSocket socket;
  private final InputStream in;
  private final OutputStream out;

  /** Connects and says hello. */
  TlsStreams(SSLContext context, int port) throws IOException {
    Socket tcp = new Socket(InetAddress.getLoopbackAddress(), port);
    tcp.setTcpNoDelay(true);
    // The name is also what the JDK knows a session to resume by.
    socket = (SSLSocket) context.getSocketFactory().createSocket(tcp, Certificate.NAME, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    in = new BufferedInputStream(socket.getInputStream());
    out = new BufferedOutputStream(socket.getOutputStream());
    expect('2');
    say("LHLO client.example.org\r\n");
    out.flush();
    expect('2');
  }

  /** Delivers one message to one recipient. */
  void deliver(byte[] message) throws IOException {
    say("MAIL FROM:<sender@example.org>\r\nRCPT TO:<user@example.org>\r\nDATA\r\n");
    out.flush();
    expect('2');
    expect('2');
    expect('3');
    boolean start = true;
    for (byte octet : message) {
      if (start && octet == '.') {
        out.write('.');
      }
      out.write(octet);
      start = octet == '\n';
    }
    say(".\r\n");
    out.flush();
    expect('2');
  }

  private void say(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void expect(char kind) throws IOException {
    String line = line(in);
    while (line.startsWith("-", 3)) {
      line = line(in);
    }
    if (line.charAt(0) != kind) {
      throw new IOException("not " + kind + ": " + line);
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet < 0) {
        throw new IOException("the peer left");
      }
      line.append((char) octet);
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    say("QUIT\r\n");
    out.flush();
    expect('2');
    socket.close();
  }

  /** The other side, for one connection; on a thread of its own. */
  static final class Server implements Closeable {
    private final SSLServerSocket listening;

    Server(SSLContext context) throws IOException {
      listening =
          (SSLServerSocket)
              context
                  .getServerSocketFactory()
                  .createServerSocket(0, 1, InetAddress.getLoopbackAddress());
      Thread thread = new Thread(this::serve, "tls-streams");
      thread.setDaemon(true);
      thread.start();
    }

    int port() {
      return listening.getLocalPort();
    }

    private void serve() {
      try (Socket peer = listening.accept();
          InputStream in = new BufferedInputStream(peer.getInputStream());
          OutputStream out = new BufferedOutputStream(peer.getOutputStream())) {
        peer.setTcpNoDelay(true);
        reply(out, in, "220 mail.example.org");
        for (String line = line(in); !line.startsWith("QUIT"); line = line(in)) {
          if (line.startsWith("DATA")) {
            reply(out, in, "354 Go");
            while (!line(in).equals(".\r")) {}
          }
          reply(out, in, "250 Ok");
        }
        reply(out, in, "221 Bye");
      } catch (IOException e) {
        System.err.println("tls-streams: " + e);
      }
    }

    /** Replies to a group of commands leave at once. */
    private static void reply(OutputStream out, InputStream in, String reply) throws IOException {
      out.write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
      if (in.available() == 0) {
        out.flush();
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }
}
