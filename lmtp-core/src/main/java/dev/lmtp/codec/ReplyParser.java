package dev.lmtp.codec;

import dev.lmtp.EnhancedStatus;
import dev.lmtp.Limits;
import dev.lmtp.Reply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads replies, RFC 5321 §4.2.1:
 *
 * <pre>
 * Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
 * </pre>
 *
 * Any three digits from 200 to 599 are a code, a bare {@code 250} is a reply. Where the lines of a
 * reply disagree, the last one's code counts. Bounded by {@link Limits#replyLine()} and {@link
 * Limits#replyLines()}; once a violation was found the stream is lost and the parser of no more
 * use.
 */
public final class ReplyParser {

  private static final int KEPT = 4_096;
  private static final int KEPT_LINES = 128;

  private final Limits limits;
  private final LineFramer framer;
  private byte[] text = {};
  private int textLength;
  private int[] lineEnds = new int[8];
  private int lines;
  private int code;
  private boolean complete;
  private Violation violation;

  /** A parser that keeps those limits. */
  public ReplyParser(Limits limits) {
    this.limits = limits;
    this.framer = new LineFramer(limits.replyLine());
  }

  /**
   * Consumes bytes up to the end of a reply.
   *
   * @return whether a reply or a {@link #violation()} was found; if not, the buffer is empty
   */
  public boolean next(ByteBuffer in) {
    if (complete) {
      start();
    }
    while (violation == null && framer.next(in)) {
      if (line(framer.bytes(), framer.length())) {
        return true;
      }
    }
    return violation != null;
  }

  private void start() {
    // What one huge reply took is not kept for as long as the session lives.
    if (text.length > KEPT) {
      text = new byte[0];
    }
    if (lineEnds.length > KEPT_LINES) {
      lineEnds = new int[8];
    }
    complete = false;
    lines = 0;
    textLength = 0;
  }

  // Whether this line ends a reply or the hope for one.
  private boolean line(byte[] line, int length) {
    boolean tooLong =
        framer.violation() == Violation.LINE_TOO_LONG
            || framer.violation() == Violation.LINE_ENDLESS
            || lines == limits.replyLines();
    if (tooLong) {
      violation = Violation.REPLY_TOO_LONG;
      return true;
    }
    int number = length < 3 ? -1 : (int) Ascii.decimal(line, 0, 3);
    boolean isReply =
        framer.violation() == null
            && number >= 200
            && number <= 599
            && (length == 3 || line[3] == ' ' || line[3] == '-');
    if (!isReply) {
      violation = Violation.BAD_REPLY;
      return true;
    }
    code = number;
    keep(line, Math.min(4, length), length);
    complete = length == 3 || line[3] == ' ';
    return complete;
  }

  private void keep(byte[] line, int from, int to) {
    int length = to - from;
    if (text.length - textLength < length) {
      text = Arrays.copyOf(text, Math.max(256, 2 * (textLength + length)));
    }
    System.arraycopy(line, from, text, textLength, length);
    textLength += length;
    if (lines == lineEnds.length) {
      lineEnds = Arrays.copyOf(lineEnds, 2 * lines);
    }
    lineEnds[lines++] = textLength;
  }

  /** The code of the reply found last. */
  public int code() {
    return code;
  }

  /** The reply found last; a new value. */
  public Reply reply() {
    List<String> found = new ArrayList<>(lines);
    EnhancedStatus status = null;
    int from = 0;
    for (int i = 0; i < lines; i++) {
      String line = new String(text, from, lineEnds[i] - from, StandardCharsets.UTF_8);
      from = lineEnds[i];
      // Cyrus puts the enhanced code on the last line only.
      Optional<EnhancedStatus> leading = EnhancedStatus.leadingIn(line);
      if (leading.isPresent() && leading.get().statusClass() == code / 100) {
        status = leading.get();
        line = line.substring(Math.min(line.length(), status.toString().length() + 1));
      }
      found.add(line);
    }
    return new Reply(code, Optional.ofNullable(status), found);
  }

  /** What is wrong with the stream; {@code null} when nothing is. */
  public Violation violation() {
    return violation;
  }

  /** Whether a reply has begun and not ended. */
  public boolean isMidReply() {
    return !complete && (lines > 0 || framer.isMidLine());
  }
}
