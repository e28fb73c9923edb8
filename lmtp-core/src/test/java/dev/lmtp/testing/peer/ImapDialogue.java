package dev.lmtp.testing.peer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;

/** As much IMAP as tests need: a command, and the answer to it. */
public final class ImapDialogue implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final String TAG = "a ";
  private static final Pattern LITERAL = Pattern.compile("\\{(\\d+)\\}\r\n\\z");

  private final Socket socket;
  private final InputStream in;

  private ImapDialogue(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  public static ImapDialogue open(InetSocketAddress server) throws IOException {
    Socket socket = new Socket(server.getAddress(), server.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return new ImapDialogue(socket);
  }

  /**
   * Sends a command; what comes until it is complete, an octet as a char. Fails the test unless the
   * completion is OK.
   */
  public String command(String command) throws IOException {
    socket.getOutputStream().write((TAG + command + "\r\n").getBytes(StandardCharsets.US_ASCII));
    StringBuilder answer = new StringBuilder();
    String line = response();
    while (!line.startsWith(TAG)) {
      answer.append(line);
      line = response();
    }
    Assertions.assertTrue(line.startsWith(TAG + "OK"), command + ": " + line);
    return answer + line;
  }

  /** A line, and while it ends in the length of a literal that and the line behind it. */
  private String response() throws IOException {
    StringBuilder text = new StringBuilder(line());
    Matcher literal = LITERAL.matcher(text);
    while (literal.find()) {
      byte[] octets = in.readNBytes(Integer.parseInt(literal.group(1)));
      text.append(new String(octets, StandardCharsets.ISO_8859_1)).append(line());
      literal.reset(text);
    }
    return text.toString();
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int octet;
    do {
      octet = in.read();
      Assertions.assertTrue(octet >= 0, () -> "the connection ended behind " + line);
      line.append((char) octet);
    } while (octet != '\n');
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
