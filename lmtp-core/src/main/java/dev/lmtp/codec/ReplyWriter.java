package dev.lmtp.codec;

import dev.lmtp.EnhancedStatus;
import dev.lmtp.Reply;
import java.util.List;

/**
 * Writes replies, RFC 5321 §4.2.1: the code on each line, and the enhanced code too (RFC 2034 §4).
 * A text that does not fit into a line goes on in the next.
 */
public final class ReplyWriter {

  /** The longest reply line with its CR LF, RFC 5321 §4.5.3.1.5. */
  private static final int LONGEST_LINE = 512;

  private ReplyWriter() {}

  /** Appends the reply. */
  public static void write(OutputBuffer out, Reply reply) {
    EnhancedStatus status = reply.enhanced().orElse(null);
    List<String> lines = reply.lines();
    int room = LONGEST_LINE - "250-".length() - "5.999.999 ".length() - "\r\n".length();
    for (int i = 0; i < lines.size(); i++) {
      String text = lines.get(i);
      int from = 0;
      while (text.length() - from > room) {
        int blank = text.lastIndexOf(' ', from + room);
        int to = blank > from ? blank : from + room;
        line(out, reply.code(), '-', status, text, from, to);
        from = blank > from ? to + 1 : to;
      }
      char separator = i == lines.size() - 1 ? ' ' : '-';
      line(out, reply.code(), separator, status, text, from, text.length());
    }
  }

  private static void line(
      OutputBuffer out,
      int code,
      char separator,
      EnhancedStatus status,
      String text,
      int from,
      int to) {
    out.decimal(code).octet(separator);
    if (status != null) {
      out.decimal(status.statusClass()).octet('.').decimal(status.subject());
      out.octet('.').decimal(status.detail());
      if (from < to) {
        out.octet(' ');
      }
    }
    out.ascii(text, from, to).crlf();
  }
}
