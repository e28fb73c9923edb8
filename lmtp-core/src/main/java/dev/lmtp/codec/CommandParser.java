package dev.lmtp.codec;

import dev.lmtp.Capabilities;
import dev.lmtp.ForwardPath;
import dev.lmtp.Limits;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Reads one command line, RFC 5321 §4.1.1 and RFC 3030 §2. Offsets and numbers only; a value is
 * made when it is asked for, so that a command costs no object until somebody wants one.
 *
 * <p>Taken more widely than the RFC writes it: any case of letters, blanks at the end of the line,
 * blanks before and behind the colon of {@code FROM:} and {@code TO:}, any hello name.
 */
public final class CommandParser {

  // values() makes a new array each time.
  private static final Verb[] VERBS = Verb.values();
  private static final String[] HTTP_METHODS = {
    "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE"
  };

  private final Capabilities offered;
  // Arrays: to go through them makes no object.
  private final Parameter<?>[] known;
  private final String[] registered;
  private final PathParser path;
  private byte[] line = {};
  private int verbEnd;
  private int argument;
  private int end;
  private Verb verb = Verb.UNRECOGNIZED;
  private Parameter<?>[] found = new Parameter<?>[4];
  private int[] valueStarts = new int[4];
  private int[] valueEnds = new int[4];
  private int count;
  private Parameters parameters = Parameters.NONE;
  private long chunkSize;
  private boolean lastChunk;

  /**
   * A parser for a server.
   *
   * @param offered what the server offers
   * @param known the parameters it takes
   * @param registered the application's own commands, in upper case
   * @param limits for paths
   */
  public CommandParser(
      Capabilities offered, List<Parameter<?>> known, Set<String> registered, Limits limits) {
    this.offered = offered;
    this.known = known.toArray(new Parameter<?>[0]);
    this.registered = registered.toArray(new String[0]);
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
    verbEnd = 0;
    while (verbEnd < end && !Ascii.isBlank(text[verbEnd])) {
      verbEnd++;
    }
    argument = Ascii.skipBlanks(text, verbEnd, end);
    verb = verbOf(text, verbEnd);
    return verb;
  }

  private Verb verbOf(byte[] text, int to) {
    // The names are all that is compared: no map, no String.
    for (Verb verb : VERBS) {
      if (verb.isCommand() && Ascii.isWord(text, 0, to, verb.name())) {
        return verb;
      }
    }
    for (String name : registered) {
      if (Ascii.isWord(text, 0, to, name)) {
        return Verb.REGISTERED;
      }
    }
    for (String method : HTTP_METHODS) {
      if (Ascii.isWord(text, 0, to, method)) {
        return Verb.HTTP;
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
    int from = behindColon("FROM");
    if (from < 0) {
      return Violation.BAD_ARGUMENT;
    }
    Violation wrong = path.parse(line, from, end, Violation.BAD_REVERSE_PATH);
    return wrong != null ? wrong : findParameters();
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
    return wrong != null ? wrong : findParameters();
  }

  private int behindColon(String word) {
    if (!Ascii.startsWith(line, argument, end, word)) {
      return -1;
    }
    int at = Ascii.skipBlanks(line, argument + word.length(), end);
    return at < end && line[at] == ':' ? Ascii.skipBlanks(line, at + 1, end) : -1;
  }

  // esmtp-param = esmtp-keyword ["=" esmtp-value], each behind a blank
  private Violation findParameters() {
    count = 0;
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
      Parameter<?> parameter = parameterOf(from, keywordEnd > from ? keywordEnd : at);
      if (parameter == null) {
        return Violation.UNKNOWN_PARAMETER;
      }
      if (count == found.length) {
        found = Arrays.copyOf(found, 2 * count);
        valueStarts = Arrays.copyOf(valueStarts, 2 * count);
        valueEnds = Arrays.copyOf(valueEnds, 2 * count);
      }
      found[count] = parameter;
      valueStarts[count] = keywordEnd > from ? keywordEnd + 1 : -1;
      valueEnds[count++] = at;
    }
    return null;
  }

  private Parameter<?> parameterOf(int from, int to) {
    for (Parameter<?> parameter : known) {
      if (parameter.verb() == verb && Ascii.isWord(line, from, to, parameter.keyword())) {
        return parameter;
      }
    }
    return null;
  }

  /**
   * Makes the values of the parameters of {@code MAIL} or {@code RCPT}.
   *
   * @return what is wrong with one of them, or {@code null}; then {@link #parameters()} has them
   */
  public Violation values() {
    parameters = Parameters.NONE;
    for (int i = 0; i < count; i++) {
      Violation wrong = value(found[i], valueStarts[i], valueEnds[i]);
      if (wrong != null) {
        return wrong;
      }
    }
    return null;
  }

  private <T> Violation value(Parameter<T> parameter, int from, int to) {
    // An empty value is none of the grammar; one parameter may be given once.
    if (from == to || parameters.has(parameter)) {
      return Violation.BAD_PARAMETER;
    }
    String text = from < 0 ? "" : new String(line, from, to - from, StandardCharsets.UTF_8);
    try {
      T value = parameter.parse(text);
      parameters = parameters.with(parameter, value);
      return parameter.isWithin(value, offered) ? null : Violation.VALUE_NOT_OFFERED;
    } catch (IllegalArgumentException e) {
      // What is wrong with the value is the peer's to find out; the rule is told.
      return Violation.BAD_PARAMETER;
    }
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

  /** The verb as it was written, in upper case; a new String. */
  public String name() {
    return text(0, verbEnd).toUpperCase(Locale.ROOT);
  }

  /** The text behind the verb; what is not printable ASCII becomes a question mark. */
  public String argument() {
    return text(argument, end);
  }

  private String text(int from, int to) {
    byte[] text = new byte[to - from];
    for (int i = 0; i < text.length; i++) {
      byte b = line[from + i];
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

  /** Whether the path of {@code MAIL} or {@code RCPT} is ASCII; if not, it is UTF-8. */
  public boolean isAsciiPath() {
    return path.isAscii();
  }

  /** The parameters of {@code MAIL} or {@code RCPT}, when their {@link #values()} are good. */
  public Parameters parameters() {
    return parameters;
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
