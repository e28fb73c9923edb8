package dev.lmtp.codec;

import dev.lmtp.Deviation;
import dev.lmtp.EnhancedStatus;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Reply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

  private static final int CODE = "250 ".length();
  private static final int SHORT_LINE = 512;
  private static final int KEPT = 4_096;
  private static final int KEPT_LINES = 128;

  private final Limits limits;
  private final Leniency leniency;
  private final Set<Deviation> noted;
  private final LineFramer framer;
  private byte[] text = {};
  private int textLength;
  private int[] lineEnds = new int[8];
  private int lines;
  private int code;
  private int firstStatusClass;
  private boolean complete;
  private Violation violation;

  /** A parser that keeps those limits and takes what the default profile does. */
  public ReplyParser(Limits limits) {
    this(limits, Leniency.COMPATIBLE, EnumSet.noneOf(Deviation.class));
  }

  /**
   * A parser that keeps those limits.
   *
   * @param leniency what is tolerated; anything else is {@link Violation#BAD_REPLY}
   * @param noted takes up what was
   */
  public ReplyParser(Limits limits, Leniency leniency, Set<Deviation> noted) {
    this.limits = limits;
    this.leniency = leniency;
    this.noted = noted;
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
    int before = lines;
    keep(line, length);
    boolean tooLong =
        framer.violation() == Violation.LINE_TOO_LONG
            || framer.violation() == Violation.LINE_ENDLESS
            || before == limits.replyLines();
    if (tooLong) {
      violation = Violation.REPLY_TOO_LONG;
      return true;
    }
    int number = length < 3 ? -1 : (int) Ascii.decimal(line, 0, 3);
    boolean mixed = before > 0 && number != code;
    boolean isReply =
        framer.violation() == null
            && number >= 200
            && number <= 599
            && (length == 3 || line[3] == ' ' || line[3] == '-')
            && (!mixed || leniency.tolerates(Deviation.MIXED_REPLY_CODES, noted))
            && (length + 2 <= SHORT_LINE || leniency.tolerates(Deviation.LONG_REPLY_LINE, noted))
            && isStatusTaken(line, length, number, before);
    if (!isReply) {
      violation = Violation.BAD_REPLY;
      return true;
    }
    code = number;
    complete = length == 3 || line[3] == ' ';
    return complete;
  }

  // RFC 2034 §4: the same enhanced code on each line, and of the reply's class.
  private boolean isStatusTaken(byte[] line, int length, int number, int before) {
    int statusClass = statusClass(line, length);
    boolean late = before > 0 && (statusClass == 0) != (firstStatusClass == 0);
    firstStatusClass = before == 0 ? statusClass : firstStatusClass;
    boolean agrees = statusClass == 0 || statusClass == number / 100;
    return (agrees || leniency.tolerates(Deviation.STATUS_CLASS_MISMATCH, noted))
        && (!late || leniency.tolerates(Deviation.LATE_STATUS, noted));
  }

  /** The class of the enhanced code that a line's text begins with; 0 where there is none. */
  private static int statusClass(byte[] line, int length) {
    int at = CODE;
    for (int part = 0; part < 3; part++) {
      int from = at;
      while (at < length && at - from < 3 && Ascii.isDigit(line[at])) {
        at++;
      }
      boolean ends = part < 2 ? at < length && line[at] == '.' : at == length || line[at] == ' ';
      if (at == from || !ends) {
        return 0;
      }
      at++;
    }
    int digit = line[CODE] - '0';
    return line[CODE + 1] == '.' && (digit == 2 || digit == 4 || digit == 5) ? digit : 0;
  }

  private void keep(byte[] line, int length) {
    if (text.length - textLength < length) {
      text = Arrays.copyOf(text, Math.max(256, 2 * (textLength + length)));
    }
    System.arraycopy(line, 0, text, textLength, length);
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
      from = Math.min(from + CODE, lineEnds[i]);
      String line = new String(text, from, lineEnds[i] - from, StandardCharsets.UTF_8);
      from = lineEnds[i];
      // Cyrus puts the enhanced code on the last line only.
      Optional<EnhancedStatus> leading = EnhancedStatus.leadingIn(line);
      if (leading.isPresent() && leading.get().statusClass() == code / 100) {
        status = leading.get();
        int blank = line.indexOf(' ');
        line = blank < 0 ? "" : line.substring(blank + 1);
      }
      found.add(line);
    }
    return new Reply(code, Optional.ofNullable(status), found);
  }

  /**
   * The octets of the reply found last, or of what came up to the line that is a violation; of a
   * line that is too long only the beginning. Valid until the next call of next; a new array.
   */
  public byte[] octets() {
    ByteBuffer octets = ByteBuffer.allocate(textLength + 2 * lines);
    int from = 0;
    for (int i = 0; i < lines; i++) {
      octets.put(text, from, lineEnds[i] - from).put((byte) '\r').put((byte) '\n');
      from = lineEnds[i];
    }
    return octets.array();
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
