package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.FuzzTries;
import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Slicings;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.PerProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineFramerTest {

  private static final int LIMIT = 32;

  private record Line(String text, Violation violation) {}

  private static final class Reader implements Slicings.Reader<List<Line>> {
    private final LineFramer framer = new LineFramer(LIMIT);
    private final List<Line> lines = new ArrayList<>();
    private final int most;

    Reader(int most) {
      this.most = most;
    }

    @Override
    public boolean read(ByteBuffer in) {
      while (lines.size() < most && framer.next(in)) {
        String text = Slicings.octets(framer.bytes()).substring(0, framer.length());
        lines.add(new Line(text, framer.violation()));
        assertTrue(framer.bytes().length <= LIMIT, "beyond the limit");
      }
      return lines.size() == most;
    }

    @Override
    public List<Line> result() {
      return List.copyOf(lines);
    }
  }

  private static Line first(String input) {
    return Slicings.everyWay(input, () -> new Reader(1)).get(0);
  }

  private static List<Line> all(String input) {
    return Slicings.everyWay(input, () -> new Reader(Integer.MAX_VALUE));
  }

  @ParameterizedTest
  @CsvSource({
    "'NOOP', ",
    "'', ",
    "'NOOP\\rRSET', BARE_CR",
    "'NOOP\\nRSET', BARE_LF",
    "'NO\\0OP', NUL",
    "'\\nNOOP', BARE_LF",
    "'NOOP\\r', BARE_CR",
    "'NOOP\\n', BARE_LF",
    "'a\\rb\\nc\\0', BARE_CR",
    "'a\\0b\\rc\\n', NUL"
  })
  @DisplayName(
      "H10, S8 only CRLF ends a line: what else looks like an end stays inside and is noted")
  void lineEnds(String line, Violation violation) {
    String text = line.translateEscapes();
    assertEquals(new Line(text, violation), first(text + "\r\n"));
    assertEquals(new Line(text, violation), first(text + "\r\nRSET\r\n"));
    assertEquals(
        List.of(new Line(text, violation), new Line("RSET", null)), all(text + "\r\nRSET\r\nQ"));
  }

  @Test
  @DisplayName("S9 a line as long as the limit is taken; of a longer one the rest is passed over")
  void tooLong() {
    String fits = "x".repeat(LIMIT - 2);
    assertEquals(new Line(fits, null), first(fits + "\r\n"));
    assertEquals(
        List.of(new Line(fits, Violation.LINE_TOO_LONG), new Line("RSET", null)),
        all(fits + "y\r\nRSET\r\n"));
    // Worse than what else is wrong with it.
    assertEquals(Violation.LINE_TOO_LONG, first("\n" + fits + "\r\n").violation());
  }

  @Test
  @DisplayName("H11 the end of a line is not waited for for ever")
  void endless() {
    int patience = 16 * LIMIT;
    assertEquals(List.of(), all("x".repeat(patience)));
    assertEquals(Violation.LINE_TOO_LONG, first("x".repeat(patience - 2) + "\r\n").violation());
    assertEquals(Violation.LINE_ENDLESS, first("x".repeat(patience + 1)).violation());
    assertEquals(Violation.LINE_ENDLESS, first("\r".repeat(patience + 1)).violation());
  }

  @Test
  void knowsWhetherALineHasBegun() {
    LineFramer framer = new LineFramer(LIMIT);
    assertFalse(framer.isMidLine());
    assertFalse(framer.next(ByteBuffer.wrap(Slicings.bytes("NO"))));
    assertTrue(framer.isMidLine());
    assertTrue(framer.next(ByteBuffer.wrap(Slicings.bytes("OP\r\n"))));
    assertFalse(framer.isMidLine());
    assertFalse(framer.next(ByteBuffer.wrap(Slicings.bytes("\r"))));
    assertTrue(framer.isMidLine());
  }

  @Property(tries = 300)
  @PerProperty(FuzzTries.class)
  @Label("H10 any stream gives the lines between its CRLFs, however it is cut")
  void anyStream(@ForAll("streams") String stream) {
    List<Line> expected = new ArrayList<>();
    String[] texts = stream.split("\r\n", -1);
    for (int i = 0; i < texts.length - 1; i++) {
      String text = texts[i];
      if (text.length() + 2 > LIMIT) {
        expected.add(new Line(text.substring(0, LIMIT - 2), Violation.LINE_TOO_LONG));
      } else {
        expected.add(
            new Line(
                text,
                text.chars()
                    .mapToObj(LineFramerTest::wrong)
                    .filter(found -> found != null)
                    .findFirst()
                    .orElse(null)));
      }
    }
    assertEquals(expected, all(stream));
  }

  private static Violation wrong(int octet) {
    return switch (octet) {
      case '\r' -> Violation.BARE_CR;
      case '\n' -> Violation.BARE_LF;
      case 0 -> Violation.NUL;
      default -> null;
    };
  }

  @Provide
  Arbitrary<String> streams() {
    Arbitrary<String> any = Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(12);
    Arbitrary<String> rich = Arbitraries.strings().withChars("\r\n\0x").ofMaxLength(40);
    return Arbitraries.oneOf(any, rich, Arbitraries.just("\r\n"))
        .list()
        .ofMaxSize(10)
        .map(parts -> String.join("", parts));
  }

  @Test
  @DisplayName("lines of the usual length cost no object")
  void allocatesNothing() {
    ByteBuffer in = ByteBuffer.wrap(Slicings.bytes("x".repeat(500) + "\r\nNOOP\r\nhalf a line"));
    LineFramer framer = new LineFramer(2_048);
    HeapUse.assertAllocatesNothing(
        () -> {
          in.rewind();
          while (framer.next(in)) {
            framer.length();
          }
        });
  }
}
