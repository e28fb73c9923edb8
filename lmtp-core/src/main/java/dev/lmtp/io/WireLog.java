package dev.lmtp.io;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The last lines of a session, for the day something goes wrong: so many commands and replies, each
 * cut at 200 characters, without control characters. Content never comes here, nor does what
 * belongs to an authentication. Safe for any thread.
 */
public final class WireLog {
  private static final int LONGEST = 200;

  private final int most;
  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private final StringBuilder reply = new StringBuilder();

  /** A log of so many lines at most. */
  public WireLog(int most) {
    this.most = most;
  }

  /** Adds a line. */
  public synchronized void add(String line) {
    if (lines.size() == most) {
      lines.remove();
    }
    lines.add(line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...");
  }

  /** Adds the lines of replies, however they are cut; challenges without their text. */
  public synchronized void addReplies(ByteBuffer octets) {
    for (int at = octets.position(); at < octets.limit(); at++) {
      char octet = (char) (octets.get(at) & 0xff);
      if (octet == '\n') {
        String line = reply.toString();
        add("S: " + (line.startsWith("334") ? "334 ..." : line));
        reply.setLength(0);
      } else if (octet != '\r' && reply.length() <= LONGEST) {
        reply.append(octet >= ' ' && octet <= '~' ? octet : '?');
      }
    }
  }

  /** The lines there are, the latest last. */
  public synchronized List<String> lines() {
    return new ArrayList<>(lines);
  }
}
