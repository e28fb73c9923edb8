package dev.lmtp.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Shows the commands and replies line by line, {@code C: …} and {@code S: …}, as they pass. Control
 * characters become question marks (H34), a line longer than the longest we take as a reply is cut
 * into several, and content is shown as its size.
 */
final class Dialogue {

  private static final int LONGEST = 4_096;

  private final Consumer<String> listener;
  private final StringBuilder reply = new StringBuilder("S: ");

  /** Shows it to a listener; to none where that is {@code null}. */
  Dialogue(Consumer<String> listener) {
    this.listener = listener;
  }

  /** Whole lines, which are left in the buffer. */
  void sent(ByteBuffer commands) {
    if (listener != null) {
      StandardCharsets.US_ASCII
          .decode(commands.duplicate())
          .toString()
          .lines()
          .forEach(line -> listener.accept("C: " + line));
    }
  }

  /** As {@link #sent}, for a line of an authentication: it may hold a password (H46). */
  void sentSecret(ByteBuffer line) {
    if (listener != null) {
      String[] words = StandardCharsets.US_ASCII.decode(line.duplicate()).toString().split(" ");
      listener.accept(words[0].equals("AUTH") ? "C: AUTH " + words[1].strip() + " ..." : "C: ...");
    }
  }

  /** Any part of a line, which is left in the buffer. */
  void received(ByteBuffer replies) {
    if (listener == null) {
      return;
    }
    for (int at = replies.position(); at < replies.limit(); at++) {
      byte octet = replies.get(at);
      if (octet == '\n' || reply.length() == LONGEST) {
        int end = reply.length() - (reply.charAt(reply.length() - 1) == '\r' ? 1 : 0);
        listener.accept(reply.substring(0, end).replace('\r', '?'));
        reply.setLength("S: ".length());
      }
      if (octet != '\n') {
        boolean shown = (octet >= ' ' && octet <= '~') || octet == '\r';
        reply.append(shown ? (char) octet : '?');
      }
    }
  }

  void content(long octets) {
    if (listener != null) {
      listener.accept("C: [" + octets + " octets of content]");
    }
  }

  void line(String line) {
    if (listener != null) {
      listener.accept(line);
    }
  }
}
