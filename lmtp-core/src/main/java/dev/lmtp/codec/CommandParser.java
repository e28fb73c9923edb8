package dev.lmtp.codec;

import dev.lmtp.BodyType;
import dev.lmtp.Capabilities;
import dev.lmtp.Extension;
import dev.lmtp.ForwardPath;
import dev.lmtp.Limits;
import dev.lmtp.MailParameters;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads one command line, RFC 5321 §4.1.1 and RFC 3030 §2. Offsets and numbers only; a value is
 * made when it is asked for, so that a command costs no object until somebody wants one.
 *
 * <p>Taken more widely than the RFC writes it: any case of letters, blanks at the end of the line,
 * blanks before and behind the colon of {@code FROM:} and {@code TO:}, any hello name.
 */
public final class CommandParser {

  private static final long ABSENT = -1;

  // values() makes a new array each time.
  private static final Verb[] VERBS = Verb.values();
  private static final BodyType[] BODY_TYPES = BodyType.values();

  private final Capabilities offered;
  private final PathParser path;
  private byte[] line = {};
  private int argument;
  private int end;
  private Verb verb = Verb.UNRECOGNIZED;
  private long declaredSize = ABSENT;
  private BodyType body;
  private long chunkSize;
  private boolean lastChunk;

  /**
   * A parser for a server.
   *
   * @param offered the extensions whose parameters are known
   * @param limits for paths
   */
  public CommandParser(Capabilities offered, Limits limits) {
    this.offered = offered;
    this.path = new PathParser(limits);
  }

  /**
   * Reads the verb, and nothing of the arguments.
   *
   * @param text the line, kept until the next call
   * @param length how many bytes it has, without CR LF
   */
  public Verb verb(byte[] text, int length) {
    line = text;
    end = length;
    while (end > 0 && Ascii.isBlank(text[end - 1])) {
      end--;
    }
    int wordEnd = 0;
    while (wordEnd < end && !Ascii.isBlank(text[wordEnd])) {
      wordEnd++;
    }
    argument = Ascii.skipBlanks(text, wordEnd, end);
    verb = verbOf(text, wordEnd);
    return verb;
  }

  private static Verb verbOf(byte[] text, int to) {
    // The names are all that is compared: no map, no String.
    for (Verb known : VERBS) {
      if (known != Verb.UNRECOGNIZED && Ascii.isWord(text, 0, to, known.name())) {
        return known;
      }
    }
    return Verb.UNRECOGNIZED;
  }

  /**
   * Reads the arguments of the verb found last.
   *
   * @return what is wrong with them, or {@code null}
   */
  public Violation arguments() {
    return switch (verb) {
      case LHLO, EHLO, HELO -> argument < end ? null : Violation.BAD_ARGUMENT;
      case MAIL -> mail();
      case RCPT -> rcpt();
      case BDAT -> bdat();
      case DATA, RSET, QUIT -> argument == end ? null : Violation.BAD_ARGUMENT;
      case VRFY, EXPN -> argument < end ? null : Violation.BAD_ARGUMENT;
      default -> null;
    };
  }

  // mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]
  private Violation mail() {
    declaredSize = ABSENT;
    body = null;
    int from = behindColon("FROM");
    if (from < 0) {
      return Violation.BAD_ARGUMENT;
    }
    Violation wrong = path.parse(line, from, end, Violation.BAD_REVERSE_PATH);
    return wrong != null ? wrong : parameters();
  }

  // rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters]
  private Violation rcpt() {
    int from = behindColon("TO");
    if (from < 0) {
      return Violation.BAD_ARGUMENT;
    }
    Violation wrong = path.parse(line, from, end, Violation.BAD_FORWARD_PATH);
    if (wrong == null && path.isNull()) {
      return Violation.BAD_FORWARD_PATH;
    }
    return wrong != null ? wrong : parameters();
  }

  private int behindColon(String word) {
    if (!Ascii.startsWith(line, argument, end, word)) {
      return -1;
    }
    int at = Ascii.skipBlanks(line, argument + word.length(), end);
    return at < end && line[at] == ':' ? Ascii.skipBlanks(line, at + 1, end) : -1;
  }

  // esmtp-param = esmtp-keyword ["=" esmtp-value], each behind a blank
  private Violation parameters() {
    int at = path.end();
    while (at < end) {
      int from = Ascii.skipBlanks(line, at, end);
      if (from == at) {
        return verb == Verb.MAIL ? Violation.BAD_REVERSE_PATH : Violation.BAD_FORWARD_PATH;
      }
      int keywordEnd = from;
      at = from;
      while (at < end && !Ascii.isBlank(line[at])) {
        if (line[at] == '=' && keywordEnd == from) {
          keywordEnd = at;
        }
        at++;
      }
      Violation wrong = parameter(from, keywordEnd > from ? keywordEnd : at, at);
      if (wrong != null) {
        return wrong;
      }
    }
    return null;
  }

  private Violation parameter(int from, int keywordEnd, int to) {
    int value = Math.min(keywordEnd + 1, to);
    if (verb == Verb.MAIL
        && offered.offers(Extension.SIZE)
        && Ascii.isWord(line, from, keywordEnd, "SIZE")) {
      boolean repeated = declaredSize != ABSENT;
      declaredSize = Ascii.decimal(line, value, to);
      return repeated || declaredSize < 0 || to - value > 20 ? Violation.BAD_PARAMETER : null;
    }
    if (verb == Verb.MAIL
        && offered.offers(Extension.EIGHTBITMIME)
        && Ascii.isWord(line, from, keywordEnd, "BODY")) {
      boolean repeated = body != null;
      body = bodyOf(value, to);
      return repeated || body == null ? Violation.BAD_PARAMETER : null;
    }
    return Violation.UNKNOWN_PARAMETER;
  }

  private BodyType bodyOf(int from, int to) {
    for (BodyType type : BODY_TYPES) {
      if (Ascii.isWord(line, from, to, type.keyword())) {
        return type;
      }
    }
    return null;
  }

  // bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ]
  private Violation bdat() {
    int at = argument;
    while (at < end && !Ascii.isBlank(line[at])) {
      at++;
    }
    chunkSize = Ascii.decimal(line, argument, at);
    int marker = Ascii.skipBlanks(line, at, end);
    lastChunk = Ascii.isWord(line, marker, end, "LAST");
    return chunkSize < 0 || (marker < end && !lastChunk) ? Violation.BAD_CHUNK_SIZE : null;
  }

  /** The text behind the verb, printable characters only; a new String. */
  public String argument() {
    byte[] text = new byte[end - argument];
    for (int i = 0; i < text.length; i++) {
      byte b = line[argument + i];
      text[i] = b >= ' ' && b <= '~' ? b : (byte) '?';
    }
    return new String(text, StandardCharsets.US_ASCII);
  }

  /** The reverse-path of {@code MAIL}; a new value. */
  public ReversePath reversePath() {
    return path.reversePath();
  }

  /** The forward-path of {@code RCPT}; a new value. */
  public ForwardPath forwardPath() {
    return path.forwardPath();
  }

  /** The declared size of {@code MAIL} in octets; -1 when there was none. */
  public long declaredSize() {
    return declaredSize;
  }

  /** The parameters of {@code MAIL}. */
  public MailParameters mailParameters() {
    if (declaredSize == ABSENT && body == null) {
      return MailParameters.NONE;
    }
    return new MailParameters(
        declaredSize == ABSENT ? OptionalLong.empty() : OptionalLong.of(declaredSize),
        Optional.ofNullable(body));
  }

  /** The size of a {@code BDAT} chunk in octets. */
  public long chunkSize() {
    return chunkSize;
  }

  /** Whether a {@code BDAT} chunk is the last one. */
  public boolean isLastChunk() {
    return lastChunk;
  }
}
