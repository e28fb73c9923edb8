package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lmtp.Capabilities;
import dev.lmtp.ForwardPath;
import dev.lmtp.Limits;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Slicings;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandParserTest {

  private static final Capabilities ALL =
      Capabilities.ofReply(Reply.plain(250, "here", "SIZE", "8BITMIME", "CHUNKING"));

  /** RFC 5321 §4.5.3.1: what every server has to take. */
  private static final Limits LEAST =
      new Limits(512, 64, 255, 256, 100, 65_536, 1_000, 0, 20, 20, 512, 1);

  /** Frames one line and says what was understood: the values as they are written, or the reply. */
  private static final class Reader implements Slicings.Reader<String> {
    private final LineFramer framer = new LineFramer(2_048);
    private final CommandParser parser;
    private String understood;

    Reader(Capabilities offered, Limits limits) {
      parser = ServerOffers.parser(offered, limits);
    }

    @Override
    public boolean read(ByteBuffer in) {
      if (!framer.next(in)) {
        return false;
      }
      assertNull(framer.violation());
      Verb verb = parser.verb(framer.bytes(), framer.length());
      Violation wrong = ServerOffers.arguments(parser, verb);
      understood = wrong != null ? wrong.name() : verb + understood(verb);
      return true;
    }

    private String understood(Verb verb) {
      return switch (verb) {
        case MAIL -> {
          Parameters parameters = parser.parameters();
          String size = parameters.value(Parameter.SIZE).map(octets -> " " + octets).orElse("");
          String body = parameters.value(Parameter.BODY).map(type -> " " + type).orElse("");
          yield " " + parser.reversePath() + size + body;
        }
        case RCPT -> " " + parser.forwardPath();
        case BDAT -> " " + parser.chunkSize() + (parser.isLastChunk() ? " last" : "");
        default -> parser.argument().isEmpty() ? "" : " " + parser.argument();
      };
    }

    @Override
    public String result() {
      return understood;
    }
  }

  private static String everyWay(String line) {
    return Slicings.everyWay(line + "\r\n", () -> new Reader(ALL, Limits.DEFAULT));
  }

  private static String parse(String line, Limits limits) {
    Reader reader = new Reader(ALL, limits);
    reader.read(ByteBuffer.wrap(Slicings.bytes(line + "\r\n")));
    return reader.result();
  }

  @ParameterizedTest
  @EnumSource(
      value = Verb.class,
      names = {"REGISTERED", "HTTP"},
      mode = EnumSource.Mode.EXCLUDE)
  @DisplayName(
      "S4 every verb, in any case of letters, with blanks behind it; none by a part of its name")
  void verbs(Verb verb) {
    String name = verb.name();
    String lower = name.toLowerCase(Locale.ROOT);
    for (String word : List.of(name, lower, name.charAt(0) + lower.substring(1))) {
      for (String rest : List.of("", " ", "\t", "  \t ", " x", "\tx")) {
        assertSame(verb, verbOf(word + rest), word + rest);
      }
    }
    for (String other :
        List.of(name + "X", lower.substring(1), " " + name, name + ":", name + "\u00a0")) {
      assertSame(Verb.UNRECOGNIZED, verbOf(other), other);
    }
  }

  private static Verb verbOf(String line) {
    byte[] bytes = Slicings.bytes(line);
    // What stands in the array behind the line is none of it.
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 4);
    Arrays.fill(longer, bytes.length, longer.length, (byte) 'X');
    return ServerOffers.parser(ALL, Limits.DEFAULT).verb(longer, bytes.length);
  }

  @Test
  @DisplayName("protocol words are ASCII: an octet that differs by the bits of case is no letter")
  void wordsAreAscii() {
    assertSame(Verb.UNRECOGNIZED, verbOf("MA\u00cdL"));
    assertSame(Verb.UNRECOGNIZED, verbOf("\u00d2CPT"));
    assertSame(Verb.UNRECOGNIZED, verbOf("RC\u0010T"));
    assertSame(Verb.UNRECOGNIZED, verbOf(""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          LHLO there                     | LHLO there
          ehlo [IPv6:2001:db8::1]        | EHLO [IPv6:2001:db8::1]
          HELO under_score 1st           | HELO under_score 1st
          LHLO \\303\\251                | LHLO ??
          LHLO                           | LHLO
          HELO\\s                        | HELO
          NOOP                           | NOOP
          NOOP anything at all           | NOOP anything at all
          HELP MAIL                      | HELP MAIL
          VRFY someone                   | VRFY someone
          VRFY                           | BAD_ARGUMENT
          EXPN\\s                        | BAD_ARGUMENT
          DATA\\s\\t                     | DATA
          DATA now                       | BAD_ARGUMENT
          RSET x                         | BAD_ARGUMENT
          QUIT x                         | BAD_ARGUMENT
          QUIT                           | QUIT
          """)
  @DisplayName("S4, H18 arguments of the simple commands")
  void simpleCommands(String line, String understood) {
    assertEquals(understood, everyWay(line.translateEscapes()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          <a@b>                          | <a@b>
          <Some.One@Example.ORG>         | <Some.One@Example.ORG>
          <a>                            | <a>
          <postmaster>                   | <postmaster>
          <a@b.>                         | <a@b.>
          <.a..b.@c>                     | <.a..b.@c>
          <"a b"@c>                      | <"a b"@c>
          <"a\\\\"b\\\\\\\\>@"@c>        | <"a\\"b\\\\>@"@c>
          <""@c>                         | <""@c>
          <"a">                          | <"a">
          <a@[192.0.2.1]>                | <a@[192.0.2.1]>
          <a@[IPv6:2001:db8::1]>         | <a@[IPv6:2001:db8::1]>
          <a@[X-tag:any!thing]>          | <a@[X-tag:any!thing]>
          <a@under_score.x-y>            | <a@under_score.x-y>
          <@one:a@b>                     | <a@b>
          <@one,@two.example,@[::1]:a@b> | <a@b>
          <@one:postmaster>              | <postmaster>
          a@b                            | <a@b>
          <a@b                           |
          a@b>                           |
          <a@>                           |
          <@b>                           |
          <@>                            |
          <a@b@c>                        |
          <a b@c>                        |
          <a@b c>                        |
          <a@b..c>                       |
          <a@.b>                         |
          <a@.>                          |
          <a@[]>                         |
          <a@[x>                         |
          <a@[x]y>                       |
          <a@[x y]>                      |
          <a@[x[y]>                      |
          <a@[x\\\\y]>                   |
          <"a@b>                         |
          <"a\\\\"@b>                    |
          <"a\\\\                        |
          <"a"b@c>                       |
          <a"b"@c>                       |
          <a,b@c>                        |
          <a(b)@c>                       |
          <a\\1@c>                       |
          <"a\\1"@c>                     |
          <"a\\\\\\1"@c>                 |
          <a\\177@c>                     |
          <a@b\\177>                     |
          <@one>                         |
          <@one:>                        |
          <@one,two:a@b>                 |
          <@one,@:a@b>                   |
          <@one,:a@b>                    |
          <@one;@two:a@b>                |
          <@one@two:a@b>                 |
          < a@b>                         |
          <a@b >                         |
          <<a@b>>                        |
          """)
  @DisplayName(
      "S3, S4, H17 paths: bytes round-trip, source routes are dropped, all else is refused")
  void paths(String written, String path) {
    String text = written.translateEscapes();
    String mail = path == null ? "BAD_REVERSE_PATH" : "MAIL " + path;
    String rcpt = path == null ? "BAD_FORWARD_PATH" : "RCPT " + path;
    assertEquals(mail, everyWay("MAIL FROM:" + text));
    assertEquals(rcpt, everyWay("RCPT TO:" + text));
  }

  @Test
  @DisplayName("S3 every character of atext")
  void atext() {
    assertEquals("RCPT <!#$%&'*+-/=?^_`{|}~@c>", everyWay("RCPT TO:<!#$%&'*+-/=?^_`{|}~@c>"));
  }

  @Test
  @DisplayName("S3 a reverse-path may be null, a forward-path may not")
  void nullPath() {
    assertEquals("MAIL <>", everyWay("MAIL FROM:<>"));
    assertEquals("MAIL <> 5", everyWay("MAIL FROM:<> SIZE=5"));
    assertEquals("BAD_FORWARD_PATH", everyWay("RCPT TO:<>"));
    assertReply("501 5.1.7", Violation.BAD_REVERSE_PATH);
    assertReply("501 5.1.3", Violation.BAD_FORWARD_PATH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<\u00e9@b>",
        "<a@b\u00e9>",
        "<\"\u00e9\"@b>",
        "<\"\\\u00e9\"@b>",
        "<a@[\u00e9]>",
        "<@\u00e9:a@b>"
      })
  @DisplayName("E6, H17 octets above 127 that are no UTF-8 are a syntax error")
  void highOctets(String path) {
    assertEquals("BAD_REVERSE_PATH", everyWay("MAIL FROM:" + path));
    assertEquals("BAD_FORWARD_PATH", everyWay("RCPT TO:" + path));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          mail from:<a@b>                | MAIL <a@b>
          MAIL FROM: <a@b>               | MAIL <a@b>
          MAIL  FROM :\\t<a@b>\\s\\t     | MAIL <a@b>
          MAIL                           | BAD_ARGUMENT
          MAIL FROM                      | BAD_ARGUMENT
          MAIL FROM:                     | BAD_REVERSE_PATH
          MAIL TO:<a@b>                  | BAD_ARGUMENT
          MAIL FROM<a@b>                 | BAD_ARGUMENT
          MAIL FROMX:<a@b>               | BAD_ARGUMENT
          MAIL <a@b>                     | BAD_ARGUMENT
          RCPT FROM:<a@b>                | BAD_ARGUMENT
          RCPT TO:                       | BAD_FORWARD_PATH
          RCPT                           | BAD_ARGUMENT
          MAIL FROM:<a@b>SIZE=5          | BAD_REVERSE_PATH
          RCPT TO:<a@b>x                 | BAD_FORWARD_PATH
          MAIL FROM:<a@b> SIZE=5         | MAIL <a@b> 5
          MAIL FROM:<a@b> \\t size=0\\s  | MAIL <a@b> 0
          MAIL FROM:<a@b> SIZE=9223372036854775807 | MAIL <a@b> 9223372036854775807
          MAIL FROM:<a@b> SIZE=00000000000000000007 | MAIL <a@b> 7
          MAIL FROM:<a@b> BODY=8BITMIME SIZE=7 | MAIL <a@b> 7 EIGHTBITMIME
          MAIL FROM:<a@b> body=7bit      | MAIL <a@b> SEVENBIT
          """)
  @DisplayName("S4, E3, E4, H17 MAIL and RCPT")
  void mailAndRcpt(String line, String understood) {
    assertEquals(understood, everyWay(line.translateEscapes()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SIZE=99999999999999999999",
        "SIZE=9223372036854775808",
        "SIZE=000000000000000000001",
        "SIZE=+5",
        "SIZE=-5",
        "SIZE=",
        "SIZE",
        "SIZE=5x",
        "SIZE==5",
        "SIZE=0x5",
        "SIZE=5 SIZE=5",
        "SIZE=5 BODY=7BIT SIZE=6",
        "BODY=",
        "BODY",
        "BODY=9BIT",
        "BODY=8BITMIMEX",
        "BODY=7BIT BODY=7BIT",
        "BODY=7BIT BODY=8BITMIME"
      })
  @DisplayName("E3, E4, H13 values that are none, and values given twice: 501 5.5.4")
  void badParameters(String parameters) {
    assertEquals("BAD_PARAMETER", everyWay("MAIL FROM:<a@b> " + parameters));
    assertReply("501 5.5.4", Violation.BAD_PARAMETER);
  }

  @Test
  @DisplayName("E5 a body type that is not offered: 501 5.5.4")
  void valueNotOffered() {
    assertEquals("VALUE_NOT_OFFERED", everyWay("MAIL FROM:<a@b> BODY=BINARYMIME"));
    assertReply("501 5.5.4", Violation.VALUE_NOT_OFFERED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MAIL FROM:<a@b> SMTPUTF8",
        "MAIL FROM:<a@b> SIZE=5 RET=HDRS",
        "MAIL FROM:<a@b> SIZES=5",
        "MAIL FROM:<a@b> SIZ=5",
        "MAIL FROM:<a@b> =",
        "MAIL FROM:<a@b> =5",
        "MAIL FROM:<a@b> SIZE=5 \u00e9",
        "RCPT TO:<a@b> SIZE=5",
        "RCPT TO:<a@b> BODY=7BIT",
        "RCPT TO:<a@b> NOTIFY=NEVER"
      })
  @DisplayName("S4 parameters that were not offered: 555 5.5.4")
  void unknownParameters(String line) {
    assertEquals("UNKNOWN_PARAMETER", everyWay(line));
    assertReply("555 5.5.4", Violation.UNKNOWN_PARAMETER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"SIZE=5", "BODY=7BIT", "SIZE=x"})
  @DisplayName("S4, E3, E4 a parameter is known only where its extension is offered")
  void parametersNotOffered(String parameter) {
    Reader reader = new Reader(Capabilities.NONE, Limits.DEFAULT);
    reader.read(ByteBuffer.wrap(Slicings.bytes("MAIL FROM:<a@b> " + parameter + "\r\n")));
    assertEquals("UNKNOWN_PARAMETER", reader.result());
  }

  @ParameterizedTest
  @CsvSource({
    "BDAT 0, BDAT 0",
    "bdat 5\\tlast\\s, BDAT 5 last",
    "BDAT  007  LAST, BDAT 7 last",
    "BDAT 9223372036854775807, BDAT 9223372036854775807",
    "BDAT 9223372036854775808,",
    "BDAT 99999999999999999999 LAST,",
    "BDAT +5,",
    "BDAT -5,",
    "BDAT,",
    "BDAT LAST,",
    "BDAT 5LAST,",
    "BDAT 5 LASTX,",
    "BDAT 5 LAST x,",
    "BDAT 5 6,",
    "BDAT 0x5,",
    "BDAT 5.0,"
  })
  @DisplayName("E5, H13, H20 a chunk size that cannot be read: 501 5.5.4, and the stream is lost")
  void chunks(String line, String understood) {
    assertEquals(
        understood == null ? "BAD_CHUNK_SIZE" : understood, everyWay(line.translateEscapes()));
    assertReply("501 5.5.4", Violation.BAD_CHUNK_SIZE);
    assertEquals(true, Violation.BAD_CHUNK_SIZE.isFatal());
  }

  @Test
  @DisplayName("S9 local part 64, domain 255, path 256 are taken by every server")
  void limits() {
    String local = "l".repeat(64);
    String domain = "d.".repeat(127) + "d";
    assertEquals(255, domain.length());
    for (Limits limits : new Limits[] {LEAST, Limits.DEFAULT}) {
      assertTaken("<" + local + "@d>", limits);
      assertTaken("<a@" + "d".repeat(256 - 4) + ">", limits);
      assertTaken("<" + local + "@" + domain.substring(0, 256 - 64 - 3) + ">", limits);
      assertTaken("<@" + "r".repeat(256 - 7) + ":a@b>", limits);
    }
    assertTaken("<" + local + "@" + domain + ">", Limits.DEFAULT);

    assertTooLong("<" + local + "l@d>", LEAST);
    assertTooLong("<a@" + "d".repeat(256 - 3) + ">", LEAST);
    assertTooLong("<@" + "r".repeat(256 - 6) + ":a@b>", LEAST);
    assertTooLong("<" + "l".repeat(257) + "@d>", Limits.DEFAULT);
    assertTooLong("<a@" + domain + "d>", Limits.DEFAULT);
    assertTooLong("<@" + "r".repeat(512 - 6) + ":a@b>", Limits.DEFAULT);
    assertReply("501 5.5.4", Violation.PATH_TOO_LONG);
  }

  private static void assertTaken(String path, Limits limits) {
    String mailbox = path.replaceFirst("<@.*:", "<");
    assertEquals("RCPT " + mailbox, parse("RCPT TO:" + path, limits));
    assertEquals("MAIL " + mailbox, parse("MAIL FROM:" + path, limits));
  }

  private static void assertTooLong(String path, Limits limits) {
    assertEquals("PATH_TOO_LONG", parse("RCPT TO:" + path, limits));
    assertEquals("PATH_TOO_LONG", parse("MAIL FROM:" + path, limits));
  }

  private static void assertReply(String expected, Violation violation) {
    Reply reply = violation.reply().orElseThrow();
    assertEquals(expected, reply.code() + " " + reply.enhanced().orElseThrow());
  }

  @Property(tries = 3_000)
  @Label("garbage never throws: it breaks a rule, or it is a value that reads back as itself")
  void garbage(@ForAll("garbage") String line) {
    byte[] bytes = Slicings.bytes(line);
    CommandParser parser = ServerOffers.parser(ALL, Limits.DEFAULT);
    Verb verb = parser.verb(bytes, bytes.length);
    if (ServerOffers.arguments(parser, verb) != null) {
      return;
    }
    CommandParser again = ServerOffers.parser(ALL, Limits.DEFAULT);
    OutputBuffer out = new OutputBuffer();
    switch (verb) {
      case MAIL -> {
        ReversePath path = parser.reversePath();
        CommandWriter.mail(out, path, parser.parameters(), ALL);
        parseWritten(again, out);
        assertEquals(path, again.reversePath());
        assertEquals(path, ReversePath.parse(path.toString()));
        assertEquals(parser.parameters(), again.parameters());
      }
      case RCPT -> {
        ForwardPath path = parser.forwardPath();
        CommandWriter.rcpt(out, path, parser.parameters(), ALL);
        parseWritten(again, out);
        assertEquals(path, again.forwardPath());
        assertEquals(path, ForwardPath.parse(path.toString()));
      }
      default ->
          assertEquals(
              parser.argument(), parser.argument().replaceAll("[^ -~]", ""), "prints as it is");
    }
  }

  private static void parseWritten(CommandParser parser, OutputBuffer out) {
    byte[] written = Slicings.bytes(Slicings.take(out.lend()));
    Verb verb = parser.verb(written, written.length - 2);
    assertNull(ServerOffers.arguments(parser, verb));
  }

  @Provide
  Arbitrary<String> garbage() {
    Arbitrary<String> any = Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(12);
    Arbitrary<String> syntax =
        Arbitraries.of(
            "<",
            ">",
            "<",
            ">",
            "@",
            ":",
            ",",
            ".",
            "\"",
            "\\",
            "[",
            "]",
            " ",
            "\t",
            "=",
            "a",
            "b@c",
            "SIZE=1",
            "BODY=7BIT",
            "SIZE",
            "<>",
            "<a@b>",
            "7",
            "-",
            "\u00e9",
            "\0");
    Arbitrary<String> verbs =
        Arbitraries.of("", "MAIL FROM:", "RCPT TO:", "MAIL FROM:<", "RCPT TO:<", "BDAT ", "LHLO ");
    Arbitrary<String> tail =
        Arbitraries.frequencyOf(Tuple.of(1, any), Tuple.of(6, syntax))
            .list()
            .ofMaxSize(9)
            .map(parts -> String.join("", parts));
    return Combinators.combine(verbs, tail).as(String::concat);
  }

  @Test
  @DisplayName("a command costs no object until somebody wants a value")
  void allocatesNothing() {
    byte[] mail = Slicings.bytes("MAIL FROM:<some.one@example.org> SIZE=12345 BODY=8BITMIME");
    byte[] rcpt = Slicings.bytes("RCPT TO:<\"some one\"@[IPv6:2001:db8::1]>");
    byte[] bdat = Slicings.bytes("BDAT 12345 LAST");
    CommandParser parser = ServerOffers.parser(ALL, Limits.DEFAULT);
    HeapUse.assertAllocatesNothing(
        () -> {
          parser.verb(mail, mail.length);
          parser.arguments();
          parser.verb(rcpt, rcpt.length);
          parser.arguments();
          parser.verb(bdat, bdat.length);
          parser.arguments();
        });
  }
}
