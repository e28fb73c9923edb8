package dev.lmtp.codec;

import dev.lmtp.AddressSyntax;
import dev.lmtp.Capabilities;
import dev.lmtp.Deviation;
import dev.lmtp.Extension;
import dev.lmtp.ForwardPath;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Reads one command line, RFC 5321 §4.1.1 and RFC 3030 §2. Offsets and numbers only; a value is
 * made when it is asked for, so that a command costs no object until somebody wants one. What is
 * taken beyond the grammar is up to a {@link Leniency}; any case of letters always is.
 */
public final class CommandParser {

  // values() makes a new array each time.
  private static final Verb[] VERBS = Verb.values();
  private static final Leniency HELLO_NAME = Leniency.STRICT.with(Deviation.FINAL_DOT_IN_DOMAIN);
  private static final String[] HTTP_METHODS = {
    "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE"
  };

  private Capabilities offered;
  private List<Parameter<?>> known;
  private Set<String> registered;
  private final Leniency leniency;
  private final Set<Deviation> deviations = EnumSet.noneOf(Deviation.class);
  private final PathParser path;
  private byte[] line = {};
  private int verbEnd;
  private int argument;
  private int end;
  private boolean trailing;
  private Verb verb = Verb.UNRECOGNIZED;
  private Parameter<?>[] found = {};
  private int[] valueStarts = {};
  private int[] valueEnds = {};
  private int count;
  private Parameters parameters = Parameters.NONE;
  private String question = "";
  private long chunkSize;
  private boolean lastChunk;

  /**
   * A parser for a server.
   *
   * @param offered what the server offers
   * @param known the parameters it takes
   * @param registered the application's own commands, in upper case
   * @param limits for paths
   * @param leniency what is tolerated
   */
  public CommandParser(
      Capabilities offered,
      List<Parameter<?>> known,
      Set<String> registered,
      Limits limits,
      Leniency leniency) {
    this.leniency = leniency;
    this.path = new PathParser(limits, leniency, deviations);
    offer(offered, known, registered);
  }

  /** Changes what is offered and taken, for the next line on. */
  public void offer(Capabilities other, List<Parameter<?>> parameters, Set<String> commands) {
    offered = other;
    known = List.copyOf(parameters);
    registered = Set.copyOf(commands);
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
    trailing = end < length;
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
    boolean blanks = !trailing || leniency.tolerates(Deviation.TRAILING_BLANKS, deviations);
    if (!blanks || !isOneBlank(verbEnd, argument)) {
      // Where the size of a chunk is not believed its end is not known.
      return verb == Verb.BDAT ? Violation.BAD_CHUNK_SIZE : Violation.BAD_ARGUMENT;
    }
    return switch (verb) {
      case LHLO, EHLO, HELO -> hello();
      case MAIL -> path("FROM", Violation.BAD_REVERSE_PATH);
      case RCPT -> path("TO", Violation.BAD_FORWARD_PATH);
      case BDAT -> bdat();
      case DATA, RSET, QUIT, STARTTLS -> argument == end ? null : Violation.BAD_ARGUMENT;
      case VRFY, EXPN -> readQuestion();
      default -> null;
    };
  }

  /** Whether there is no blank between two words, or one, or more where that is tolerated. */
  private boolean isOneBlank(int from, int to) {
    return from == to
        || (to - from == 1 && line[from] == ' ')
        || leniency.tolerates(Deviation.REPEATED_BLANKS, deviations);
  }

  // ehlo = "EHLO" SP ( Domain / address-literal )
  private Violation hello() {
    Deviation odd = argument == end ? Deviation.EMPTY_HELLO_NAME : Deviation.ODD_HELLO_NAME;
    boolean usual = argument < end && AddressSyntax.isHostname(line, argument, end, HELLO_NAME);
    return usual || leniency.tolerates(odd, deviations) ? null : Violation.BAD_ARGUMENT;
  }

  // vrfy = "VRFY" SP String [ SP "SMTPUTF8" ] ; RFC 6531 §3.7.4.2
  private Violation readQuestion() {
    int keyword = end - "SMTPUTF8".length();
    boolean utf8 =
        offered.offers(Extension.SMTPUTF8)
            && keyword > argument
            && line[keyword - 1] == ' '
            && Ascii.isWord(line, keyword, end, "SMTPUTF8");
    int to = utf8 ? keyword : end;
    question = new String(line, argument, to - argument, StandardCharsets.UTF_8).strip();
    // U+FFFD is what malformed UTF-8 becomes.
    boolean printable = question.chars().noneMatch(c -> Character.isISOControl(c) || c == 0xFFFD);
    if (question.isEmpty() || !printable) {
      return Violation.BAD_ARGUMENT;
    }
    boolean ascii = question.chars().allMatch(c -> c < 0x80);
    return utf8 || ascii ? null : Violation.NON_ASCII_ADDRESS;
  }

  // mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]
  // rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters]
  private Violation path(String word, Violation malformed) {
    int from = behindColon(word);
    if (from < 0) {
      return Violation.BAD_ARGUMENT;
    }
    Violation wrong = path.parse(line, from, end, malformed);
    if (wrong == null && verb == Verb.RCPT && path.isNull()) {
      return malformed;
    }
    return wrong != null ? wrong : findParameters(malformed);
  }

  private int behindColon(String word) {
    if (!Ascii.startsWith(line, argument, end, word)) {
      return -1;
    }
    int behind = argument + word.length();
    int colon = Ascii.skipBlanks(line, behind, end);
    if (colon == end || line[colon] != ':') {
      return -1;
    }
    int from = Ascii.skipBlanks(line, colon + 1, end);
    boolean close = colon == behind && from == colon + 1;
    return close || leniency.tolerates(Deviation.BLANK_BEFORE_PATH, deviations) ? from : -1;
  }

  // esmtp-param = esmtp-keyword ["=" esmtp-value], each behind a blank
  private Violation findParameters(Violation malformed) {
    count = 0;
    int at = path.end();
    while (at < end) {
      int from = Ascii.skipBlanks(line, at, end);
      if (from == at || !isOneBlank(at, from)) {
        return malformed;
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
        found = Arrays.copyOf(found, Math.max(4, 2 * count));
        valueStarts = Arrays.copyOf(valueStarts, Math.max(4, 2 * count));
        valueEnds = Arrays.copyOf(valueEnds, Math.max(4, 2 * count));
      }
      found[count] = parameter;
      valueStarts[count] = keywordEnd > from ? keywordEnd + 1 : -1;
      valueEnds[count++] = at;
    }
    return null;
  }

  private Parameter<?> parameterOf(int from, int to) {
    // By index: an iterator would be an object for each.
    for (int i = 0; i < known.size(); i++) {
      Parameter<?> parameter = known.get(i);
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
    if (from == to || parameter.isExcludedBy(parameters)) {
      return Violation.BAD_PARAMETER;
    }
    String text = from < 0 ? "" : new String(line, from, to - from, StandardCharsets.UTF_8);
    try {
      T value = parameter.parse(text);
      parameters = parameters.with(parameter, value);
      if (parameter.isWithin(value, offered)) {
        return null;
      }
      boolean syntax = parameter.codeBeyond() == 501;
      return syntax ? Violation.VALUE_NOT_OFFERED : Violation.VALUE_NOT_POSSIBLE;
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
    boolean bad = chunkSize < 0 || (marker < end && !lastChunk) || !isOneBlank(at, marker);
    return bad ? Violation.BAD_CHUNK_SIZE : null;
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

  /** What {@code VRFY} or {@code EXPN} asks about, in UTF-8 where it says so. */
  public String question() {
    return question;
  }

  /** The deviations that were tolerated so far, in all lines; cannot be changed. */
  public Set<Deviation> deviations() {
    return Collections.unmodifiableSet(deviations);
  }

  /**
   * Whether an address in UTF-8 is taken although the transaction is not of that kind; if so, it is
   * noted.
   */
  public boolean toleratesUtf8() {
    return leniency.tolerates(Deviation.UTF8_WITHOUT_SMTPUTF8, deviations);
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
