package dev.lmtp.codec;

import static dev.lmtp.Deviation.ADDRESS_LITERAL;
import static dev.lmtp.Deviation.FINAL_DOT_IN_DOMAIN;
import static dev.lmtp.Deviation.LOOSE_ADDRESS_LITERAL;
import static dev.lmtp.Deviation.LOOSE_DOTS;
import static dev.lmtp.Deviation.LOOSE_HYPHENS;
import static dev.lmtp.Deviation.NO_ANGLE_BRACKETS;
import static dev.lmtp.Deviation.NO_DOMAIN;
import static dev.lmtp.Deviation.QUOTED_LOCAL_PART;
import static dev.lmtp.Deviation.SOURCE_ROUTE;
import static dev.lmtp.Deviation.UNDERSCORE_IN_DOMAIN;
import static dev.lmtp.Deviation.UNUSUAL_ATEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Deviation;
import dev.lmtp.ForwardPath;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Mailbox;
import dev.lmtp.ReversePath;
import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.RandomValues;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathParserTest {

  private static final Limits WIDE =
      new Limits(65_536, 4_096, 4_096, 8_192, 100, 65_536, 1_000, 0, 20, 20, 512, 1);

  private static final Leniency WIDEST = new Leniency(EnumSet.allOf(Deviation.class));
  private static final Violation REVERSE = Violation.BAD_REVERSE_PATH;
  private static final Violation FORWARD = Violation.BAD_FORWARD_PATH;

  /** One run over one text. */
  private static final class Run {
    private final Set<Deviation> noted = EnumSet.noneOf(Deviation.class);
    private final PathParser parser;
    private final Violation kind;
    private final Violation violation;

    Run(byte[] text, int length, Leniency leniency, Limits limits, Violation kind) {
      this.kind = kind;
      parser = new PathParser(limits, leniency, noted);
      violation = parser.parse(text, 0, length, kind);
    }

    static Run of(String text, Leniency leniency, Violation kind) {
      byte[] bytes = text.getBytes(UTF_8);
      return new Run(bytes, bytes.length, leniency, WIDE, kind);
    }

    /** The path as its value is written. */
    String written() {
      assertNull(violation);
      boolean reverse = kind == REVERSE || parser.isNull();
      return reverse ? parser.reversePath().toString() : parser.forwardPath().toString();
    }
  }

  /**
   * A path that is taken by those deviations alone.
   *
   * @param text the path, with what may stand behind it
   * @param written as its value is written again
   */
  private record Row(String text, String written, Set<Deviation> used) {}

  private static Row row(String text, String written, Deviation... used) {
    return new Row(text, written, EnumSet.copyOf(List.of(used)));
  }

  private static Row row(String text, Deviation... used) {
    return row(text, text, used);
  }

  static List<Row> rows() {
    return List.of(
        row("a@b", "<a@b>", NO_ANGLE_BRACKETS),
        row("a@b SIZE=5", "<a@b>", NO_ANGLE_BRACKETS),
        row("a@b.", "<a@b.>", NO_ANGLE_BRACKETS, FINAL_DOT_IN_DOMAIN),
        row("@one:a@b", "<a@b>", NO_ANGLE_BRACKETS, SOURCE_ROUTE),
        row("<a>", NO_DOMAIN),
        row("<\"a\">", NO_DOMAIN, QUOTED_LOCAL_PART),
        row("<@one:postmaster>", "<postmaster>", NO_DOMAIN, SOURCE_ROUTE),
        row("<@one:a@b>", "<a@b>", SOURCE_ROUTE),
        row("<@one,@two.example:a@b>", "<a@b>", SOURCE_ROUTE),
        row("<@o_e:a@b>", "<a@b>", SOURCE_ROUTE, UNDERSCORE_IN_DOMAIN),
        row("<\"a\"@b>", QUOTED_LOCAL_PART),
        row("<\"\"@b>", QUOTED_LOCAL_PART),
        row("<a!b@c>", UNUSUAL_ATEXT),
        row("<#@c>", UNUSUAL_ATEXT),
        row("<a%b@c>", UNUSUAL_ATEXT),
        row("<a&b@c>", UNUSUAL_ATEXT),
        row("<a/b@c>", UNUSUAL_ATEXT),
        row("<a?b@c>", UNUSUAL_ATEXT),
        row("<a`b@c>", UNUSUAL_ATEXT),
        row("<a|b@c>", UNUSUAL_ATEXT),
        row("<.a@b>", LOOSE_DOTS),
        row("<a.@b>", LOOSE_DOTS),
        row("<a..b@c>", LOOSE_DOTS),
        row("<.@b>", LOOSE_DOTS),
        row("<a@b_c>", UNDERSCORE_IN_DOMAIN),
        row("<a@_b.c>", UNDERSCORE_IN_DOMAIN),
        row("<a@-b>", LOOSE_HYPHENS),
        row("<a@b-.c>", LOOSE_HYPHENS),
        row("<a@->", LOOSE_HYPHENS),
        row("<a@b.>", FINAL_DOT_IN_DOMAIN),
        row("<a@[192.0.2.1]>", ADDRESS_LITERAL),
        row("<a@[IPv6:2001:db8::1]>", ADDRESS_LITERAL),
        row("<a@[X-tag:any!thing]>", ADDRESS_LITERAL),
        row("<a@[::1]>", ADDRESS_LITERAL, LOOSE_ADDRESS_LITERAL),
        row("<a@[192.0.2.256]>", ADDRESS_LITERAL, LOOSE_ADDRESS_LITERAL),
        row("<@[192.0.2.1]:a@b>", "<a@b>", SOURCE_ROUTE, ADDRESS_LITERAL, LOOSE_ADDRESS_LITERAL));
  }

  @ParameterizedTest
  @MethodSource("rows")
  @DisplayName("S3, H17 each deviation is a switch, is noted when used, and is a syntax error else")
  void deviations(Row row) {
    for (Violation kind : List.of(REVERSE, FORWARD)) {
      Leniency least = new Leniency(row.used());
      for (Leniency leniency : List.of(Leniency.COMPATIBLE, least)) {
        Run run = Run.of(row.text(), leniency, kind);
        assertEquals(row.written(), run.written());
        assertEquals(row.used(), run.noted);
        assertEquals(row.text().replaceFirst(" SIZE.*", "").length(), run.parser.end());
        for (Deviation deviation : row.used()) {
          assertSame(kind, Run.of(row.text(), leniency.without(deviation), kind).violation);
        }
      }
      for (Leniency profile : List.of(Leniency.STRICT, Leniency.PARANOID)) {
        boolean taken = profile.tolerated().containsAll(row.used());
        assertEquals(taken ? null : kind, Run.of(row.text(), profile, kind).violation);
      }
    }
  }

  @Test
  @DisplayName("every deviation of a path has a row of its own")
  void everyDeviation() {
    Set<Deviation> used = EnumSet.noneOf(Deviation.class);
    rows().forEach(row -> used.addAll(row.used()));
    assertEquals(EnumSet.range(NO_ANGLE_BRACKETS, LOOSE_ADDRESS_LITERAL), used);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<a@b>",
        "<Some.One+x=y@mail-1.Example.ORG>",
        "<\u00e9@\u00e9.example>",
        "<postmaster@b>",
        "<$'*+-=^_{}~@b>"
      })
  @DisplayName("S3, E6 what mail needs is no deviation, in any profile")
  void noDeviation(String text) {
    for (Leniency profile : List.of(Leniency.COMPATIBLE, Leniency.STRICT, Leniency.PARANOID)) {
      for (Violation kind : List.of(REVERSE, FORWARD)) {
        Run run = Run.of(text, profile, kind);
        assertEquals(text, run.written());
        assertEquals(Set.of(), run.noted);
        assertEquals(!text.contains("\u00e9"), run.parser.isAscii());
      }
    }
  }

  @Test
  @DisplayName("S3 the null path and <postmaster>, in any profile")
  void nullAndPostmaster() {
    for (Leniency profile : List.of(Leniency.COMPATIBLE, Leniency.STRICT, Leniency.PARANOID)) {
      Run run = Run.of("<>", profile, REVERSE);
      assertEquals("<>", run.written());
      assertEquals(2, run.parser.end());
      for (String name : List.of("<postmaster>", "<Postmaster>", "<POSTMASTER>")) {
        Run forward = Run.of(name, profile, FORWARD);
        assertEquals(name, forward.written());
        assertEquals(Set.of(), forward.noted);
        Violation reverse = profile.equals(Leniency.COMPATIBLE) ? null : REVERSE;
        assertEquals(reverse, Run.of(name, profile, REVERSE).violation);
      }
      assertEquals(
          profile.equals(Leniency.COMPATIBLE) ? null : FORWARD,
          Run.of("<postmasters>", profile, FORWARD).violation);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "<",
        ">",
        "< >",
        "<a",
        "<a@b",
        "a@b>",
        "a",
        "postmaster",
        "SIZE=5",
        "@b",
        "a@",
        "<a@>",
        "<@b>",
        "<@b:>",
        "@b:",
        "<@b,:a@c>",
        "<@b,@:a@c>",
        "<@b,c:a@d>",
        "<@b;@c:a@d>",
        "<@b@c:a@d>",
        "<a@b >",
        "< a@b>",
        "<<a@b>>",
        "<a@@b>",
        "<a@b@c>",
        "<a@b..c>",
        "<a@.b>",
        "<a@.>",
        "<a@[]>",
        "<a@[b>",
        "<a@[b]c>",
        "<a@b,c>",
        "<a b@c>",
        "<a\\b@c>",
        "a@b,c",
        "a@b;",
        "<\"a@b>",
        "<\"a\"b@c>",
        "<\"a\\\"@b>",
        "<\"\\\u00e9\"@b>",
        "<a@[\u00e9]>",
        "<a@[x:\u00e9]>",
        "<a\u0085@b>",
        "<a@b\u009f>",
        "<\"\u2028\"@b>",
        "<a@b\u2029>",
        "<a\u007f@b>",
        "<a\t@b>",
        "<a@b\0>"
      })
  @DisplayName("S3, H17, H30 what no switch makes a path")
  void refused(String text) {
    for (Violation kind : List.of(REVERSE, FORWARD)) {
      assertSame(kind, Run.of(text, WIDEST, kind).violation, text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "<\u00e9@b>, <\u00e9@b>",
    "<a@\u00e9>, <a@\u00e9>",
    "<\"\u00e9\"@b>, <\"\u00e9\"@b>",
    "<\ud83d\udcec@b.\ud83d\udcec.c>, <\ud83d\udcec@b.\ud83d\udcec.c>",
    "\u00e9@b X=\u00e9, <\u00e9@b>",
    "<@\u00e9:a@b>, <a@b>"
  })
  @DisplayName("E6 a path in UTF-8 says so, wherever in it that stands")
  void utf8(String text, String written) {
    Run run = Run.of(text, Leniency.COMPATIBLE, FORWARD);
    assertEquals(written, run.written());
    assertEquals(false, run.parser.isAscii());
    Run ascii = Run.of("a@b X=\u00e9", Leniency.COMPATIBLE, FORWARD);
    assertEquals("<a@b>", ascii.written());
    assertEquals(true, ascii.parser.isAscii(), "behind the path is not the path");
  }

  @Test
  @DisplayName("S9, E6 limits count octets")
  void limitsCountOctets() {
    assertNull(within("<" + "\u00e9".repeat(128) + "@b>"));
    assertSame(Violation.PATH_TOO_LONG, within("<" + "\u00e9".repeat(128) + "a@b>"));
    assertNull(within("<a@" + "\u00e9".repeat(127) + "b>"));
    assertSame(Violation.PATH_TOO_LONG, within("<a@" + "\u00e9".repeat(128) + ">"));
    assertSame(Violation.PATH_TOO_LONG, within("a@" + "b".repeat(256)));
  }

  private static Violation within(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return new Run(bytes, bytes.length, Leniency.COMPATIBLE, Limits.DEFAULT, REVERSE).violation;
  }

  @Property
  @Label("S3, E6 whatever a value writes is read back equal, octet for octet")
  void readBack(@ForAll("mailboxes") Mailbox mailbox) {
    ReversePath reverse = ReversePath.of(mailbox);
    Run run = Run.of(reverse.toString(), Leniency.COMPATIBLE, REVERSE);
    assertEquals(reverse.toString(), run.written());
    assertEquals(reverse, run.parser.reversePath());
    assertEquals(mailbox.isAscii(), run.parser.isAscii());
    ForwardPath forward = ForwardPath.of(mailbox);
    Run other = Run.of(forward.toString(), Leniency.COMPATIBLE, FORWARD);
    assertEquals(forward.toString(), other.written());
    assertEquals(forward, other.parser.forwardPath());
  }

  @Property(tries = 5_000)
  @Label("S3, H17 what is taken is taken again when it is written out, in strict and any other set")
  void takenAgain(
      @ForAll("paths") String text,
      @ForAll("leniencies") Leniency leniency,
      @ForAll boolean forward) {
    Violation kind = forward ? FORWARD : REVERSE;
    Run run = Run.of(text, leniency, kind);
    if (run.violation != null) {
      assertSame(kind, run.violation);
      return;
    }
    String written = run.written();
    assertTrue(written.chars().noneMatch(Character::isISOControl), written);
    Run again = Run.of(written, leniency, kind);
    assertEquals(written, again.written());
    assertEquals(run.parser.reversePath(), again.parser.reversePath());
    assertEquals(again.parser.end(), written.getBytes(UTF_8).length);
    assertTrue(run.noted.containsAll(again.noted));
    assertTrue(leniency.tolerated().containsAll(run.noted));
  }

  @Property(tries = 5_000)
  @Label("H17 a path is taken exactly where all that it uses is tolerated")
  void takenForWhatItUses(
      @ForAll("paths") String text,
      @ForAll("leniencies") Leniency leniency,
      @ForAll boolean forward) {
    Violation kind = forward ? FORWARD : REVERSE;
    Run widest = Run.of(text, WIDEST, kind);
    Run run = Run.of(text, leniency, kind);
    boolean taken = widest.violation == null && leniency.tolerated().containsAll(widest.noted);
    assertEquals(taken, run.violation == null);
    Statistics.label("taken").collect(taken);
    Statistics.label("taken").coverage(found -> found.check(true).percentage(share -> share > 10));
    if (taken) {
      assertEquals(widest.noted, run.noted);
      assertEquals(widest.written(), run.written());
    }
  }

  @Property(tries = 3_000)
  @Label("H17 any octets whatever: a syntax error or a value, never an exception")
  void anyOctets(@ForAll byte[] octets, @ForAll("leniencies") Leniency leniency) {
    byte[] bracketed = Arrays.copyOf(octets, octets.length + 2);
    System.arraycopy(octets, 0, bracketed, 1, octets.length);
    bracketed[0] = '<';
    bracketed[bracketed.length - 1] = '>';
    for (byte[] text : List.of(octets, bracketed)) {
      Run run = new Run(text, text.length, leniency, WIDE, REVERSE);
      if (run.violation == null) {
        assertEquals(run.written(), Run.of(run.written(), leniency, REVERSE).written());
      }
    }
  }

  @Property
  @Label("S3 a path that is cut anywhere is none, whatever stands behind the cut")
  void everyCut(@ForAll("mailboxes") Mailbox mailbox) {
    byte[] text = ForwardPath.of(mailbox).toString().getBytes(UTF_8);
    for (int length = 0; length < text.length; length++) {
      Run run = new Run(text, length, WIDEST, WIDE, FORWARD);
      assertSame(FORWARD, run.violation);
    }
  }

  @Test
  @DisplayName("a path costs no object until somebody wants a value")
  void allocatesNothing() {
    Set<Deviation> noted = EnumSet.noneOf(Deviation.class);
    PathParser parser = new PathParser(Limits.DEFAULT, Leniency.COMPATIBLE, noted);
    byte[] odd = "<@[192.0.2.1],@o_e:.a!b.@-c.>".getBytes(UTF_8);
    byte[] bare = "\"\u00e9\"@[::1] X".getBytes(UTF_8);
    byte[] bad = "<a@b".getBytes(UTF_8);
    HeapUse.assertAllocatesNothing(
        () -> {
          noted.clear();
          parser.parse(bad, 0, bad.length, FORWARD);
          parser.parse(odd, 0, odd.length, FORWARD);
          parser.parse(bare, 0, bare.length, FORWARD);
          parser.isAscii();
        });
    assertEquals("<\"\u00e9\"@[::1]>", parser.forwardPath().toString());
  }

  @Provide
  Arbitrary<Mailbox> mailboxes() {
    return RandomValues.mailboxes();
  }

  @Provide
  Arbitrary<Leniency> leniencies() {
    Arbitrary<Leniency> any =
        Arbitraries.subsetOf(EnumSet.range(NO_ANGLE_BRACKETS, LOOSE_ADDRESS_LITERAL))
            .map(Leniency::new);
    return Arbitraries.oneOf(
        Arbitraries.of(Leniency.STRICT, Leniency.STRICT, Leniency.PARANOID, Leniency.COMPATIBLE),
        any);
  }

  /** Paths of the grammar, with a piece of one put in, left out or written over. */
  @Provide
  Arbitrary<String> paths() {
    Arbitrary<String> bare =
        Arbitraries.frequencyOf(
            Tuple.of(3, RandomValues.mailboxes().map(Mailbox::toString)),
            Tuple.of(
                3,
                Arbitraries.of(
                    "a@b",
                    "a.b@c-d.e",
                    "postmaster",
                    "\"a b\"@c",
                    "a@[192.0.2.1]",
                    "a@[IPv6:::1]")));
    Arbitrary<String> routed =
        Combinators.combine(
                Arbitraries.of("", "", "", "@one:", "@one,@two.example:", "@[::1]:", "@o_e:"), bare)
            .as(String::concat);
    Arbitrary<String> whole =
        Arbitraries.frequencyOf(
            Tuple.of(8, routed.map(text -> "<" + text + ">")),
            Tuple.of(1, routed),
            Tuple.of(1, Arbitraries.of("<>")));
    Arbitrary<String> pieces =
        Arbitraries.of(
            "", "", "", "<", ">", "@", ".", "-", "_", "\"", "\\", "[", "]", ":", ",", " ", "\t",
            "!", "/", "a", "\u00e9", "\u0085", "\0", "@b", "@c:");
    return Combinators.combine(
            whole,
            pieces,
            Arbitraries.doubles().between(0, 1),
            Arbitraries.integers().between(0, 1))
        .as(
            (text, piece, at, over) -> {
              int from =
                  text.offsetByCodePoints(0, (int) (at * text.codePointCount(0, text.length())));
              int to = Math.min(text.length(), from + (piece.isEmpty() ? 0 : over));
              // Half a pair is not what is tested.
              boolean splits = to > from && Character.isSurrogate(text.charAt(from));
              return text.substring(0, from) + piece + text.substring(splits ? from : to);
            });
  }
}
