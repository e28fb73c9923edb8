package dev.lmtp.testing.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Assertions;

/** As much IMAP as it takes to set up another's server: a command, and the answer to it. */
final class ImapDialogue implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final String TAG = "a ";

  private final Socket socket;
  private final BufferedReader in;

  private ImapDialogue(Socket socket) throws IOException {
    this.socket = socket;
    this.in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
  }

  static ImapDialogue open(InetSocketAddress server) throws IOException {
    Socket socket = new Socket(server.getAddress(), server.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return new ImapDialogue(socket);
  }

  /** Sends a command; its completion, which fails the test unless it is OK. */
  String command(String command) throws IOException {
    socket.getOutputStream().write((TAG + command + "\r\n").getBytes(StandardCharsets.US_ASCII));
    String line = in.readLine();
    while (line != null && !line.startsWith(TAG)) {
      line = in.readLine();
    }
    Assertions.assertTrue(line != null && line.startsWith(TAG + "OK"), command + ": " + line);
    return line;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
