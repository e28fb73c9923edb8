package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.FuzzTries;
import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Slicings;
import dev.lmtp.testing.Slicings.Memory;
import dev.lmtp.testing.Slicings.Outcome;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.PerProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DotDecoderTest {

  private static final String FORGED =
      "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nforged\r\n.\r\nQUIT\r\n";

  /** What a decoder makes of an input. */
  private record Decoded(String content, boolean bareLineEnd, boolean longLine) {}

  private static final class Reader implements Slicings.Reader<Decoded> {
    private final DotDecoder decoder;
    private final StringBuilder content = new StringBuilder();

    Reader(DotDecoder decoder) {
      decoder.reset();
      this.decoder = decoder;
    }

    @Override
    public boolean read(ByteBuffer in) {
      while (true) {
        switch (decoder.decode(in)) {
          case CONTENT -> {
            assertTrue(decoder.content().hasRemaining(), "an empty piece");
            assertTrue(decoder.content().isReadOnly());
            content.append(Slicings.take(decoder.content()));
          }
          case END -> {
            return true;
          }
          case NEED_INPUT -> {
            return false;
          }
        }
      }
    }

    @Override
    public Decoded result() {
      return new Decoded(content.toString(), decoder.sawBareLineEnd(), decoder.sawLongLine());
    }
  }

  private static Decoded everyWay(String input) {
    return everyWay(input, Integer.MAX_VALUE);
  }

  private static Decoded everyWay(String input, int longestLine) {
    return Slicings.everyWay(input, () -> new Reader(new DotDecoder(longestLine)));
  }

  /**
   * RFC 5321 §4.5.2 said once more, over the whole input at once. The CR LF of the command line is
   * put in front, so that the first line is like any other.
   */
  private static Outcome<Decoded> oracle(String input, int longestLine) {
    String text = "\r\n" + input;
    int end = text.indexOf("\r\n.\r\n");
    String lines = end < 0 ? text : text.substring(0, end + 2);
    // What a last CR is, only the next byte tells; behind the first dot it is held back.
    boolean open = lines.endsWith("\r");
    String decided = open ? lines.substring(0, lines.length() - 1) : lines;
    String lent = lines.endsWith("\r\n.\r") ? decided : lines;
    String content = lent.replace("\r\n.", "\r\n").substring(2);
    boolean bare = decided.replace("\r\n", "|").chars().anyMatch(c -> c == '\r' || c == '\n');
    String[] parts = content.split("\r\n", -1);
    int longest = parts[parts.length - 1].length();
    for (int i = 0; i < parts.length - 1; i++) {
      longest = Math.max(longest, parts[i].length() + 2);
    }
    int consumed = end < 0 ? input.length() : end + 3;
    return new Outcome<>(new Decoded(content, bare, longest > longestLine), consumed, end >= 0);
  }

  private static Outcome<Decoded> oracle(String input) {
    return oracle(input, Integer.MAX_VALUE);
  }

  @Test
  @DisplayName("S7, H1, H3 agrees with the oracle on every string up to length 9, at every cut")
  void agreesWithOracle() {
    DotDecoder decoder = new DotDecoder();
    List<List<List<Integer>>> ways = IntStream.rangeClosed(0, 9).mapToObj(Slicings::ways).toList();
    for (String input : Slicings.everyString("\r\n.x", 9)) {
      byte[] bytes = Slicings.bytes(input);
      Outcome<Decoded> expected = oracle(input);
      // Where there is no array, the same machine works on copies; shorter strings show that.
      for (Memory memory :
          bytes.length > 7 ? List.of(Memory.OFFSET) : List.of(Memory.OFFSET, Memory.READ_ONLY)) {
        for (List<Integer> ends : ways.get(bytes.length)) {
          Outcome<Decoded> found = Slicings.run(memory, bytes, ends, new Reader(decoder));
          if (!expected.equals(found)) {
            assertEquals(expected, found, memory + " " + ends + " " + Slicings.visible(bytes));
          }
        }
      }
    }
  }

  @Property(tries = 300)
  @PerProperty(FuzzTries.class)
  void agreesWithOracleOnLongBodies(@ForAll("bodies") String body) {
    assertEquals(oracle(body).result(), everyWay(body));
    assertEquals(oracle(body, 12).result(), everyWay(body, 12));
  }

  /** Long enough for the scan of eight bytes at a time, with every octet in it. */
  @Provide
  Arbitrary<String> bodies() {
    Arbitrary<String> text = Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(20);
    Arbitrary<String> ends =
        Arbitraries.of("\r\n", "\r\n.", "\r\n..", "\n", "\r", "\r\r\n", "\r\n.\n", "\n.\r\n");
    return Arbitraries.frequencyOf(Tuple.of(1, text), Tuple.of(2, ends))
        .list()
        .ofMaxSize(16)
        .map(parts -> String.join("", parts));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n.\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r\n",
        "\r\n.\r",
        "\r.\r",
        "\r\n.\r\r\n",
        "\r\n\0.\r\n",
        "\r\n.\0\r\n",
        "\r\n\n.\n"
      })
  @DisplayName("H1, H3 nothing but CRLF . CRLF ends a content")
  void oneMessage(String v) {
    String first = "hi" + v + FORGED.substring(0, FORGED.indexOf(".\r\n"));
    Decoded decoded = everyWay(first + ".\r\n");
    assertEquals(first.replace("\r\n.", "\r\n"), decoded.content());
    assertEquals(!v.contains("\0"), decoded.bareLineEnd());
    assertEquals(first.length() + 3, consumed(first + ".\r\nQUIT\r\n"));
  }

  @Test
  @DisplayName("H1, H19 CRLF . CRLF does, and what stands behind it is left in the buffer")
  void leavesTheRest() {
    String message = "hi\r\n.\r\n";
    assertEquals(new Decoded("hi\r\n", false, false), everyWay(message + FORGED));
    assertEquals(message.length(), consumed(message + FORGED));
  }

  private static int consumed(String input) {
    byte[] bytes = Slicings.bytes(input);
    Reader reader = new Reader(new DotDecoder());
    Outcome<Decoded> outcome = Slicings.run(Memory.HEAP, bytes, List.of(bytes.length), reader);
    assertTrue(outcome.ended());
    return outcome.consumed();
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "'.\\r\\n', ''",
        "'.\\n\\r\\n.\\r\\n', '\\n\\r\\n'",
        "'.\\r\\r\\n.\\r\\n', '\\r\\r\\n'",
        "'.\\rx\\r\\n.\\r\\n', '\\rx\\r\\n'",
        "'..x\\r\\n.\\r\\n', '.x\\r\\n'",
        "'.x\\r\\n.\\r\\n', 'x\\r\\n'",
        "'..\\r\\n.\\r\\n', '.\\r\\n'"
      })
  @DisplayName("H2, H3 the first line of the content is like any other")
  void firstLine(String input, String content) {
    assertEquals(content.translateEscapes(), everyWay(input.translateEscapes()).content());
  }

  @Test
  @DisplayName("S9 notes a long line, counted with its CR LF and without the dot taken out")
  void longLine() {
    assertLongest(11, "short\r\n..23456789\r\nshort\r\n.\r\n");
    assertLongest(102, "x".repeat(100) + "\r\n.\r\n");
    // A bare CR or LF is no line end: the line goes on.
    assertLongest(7, "a\rb\n\r\r\n.\r\n");
    assertFalse(everyWay(".\r\n", 0).longLine());
  }

  private static void assertLongest(int length, String input) {
    assertTrue(everyWay(input, length - 1).longLine());
    assertFalse(everyWay(input, length).longLine());
  }

  @Test
  void readsOnBehindAnEndAndAReset() {
    DotDecoder decoder = new DotDecoder();
    ByteBuffer in = ByteBuffer.wrap(Slicings.bytes("bare\nlong\r\n.\r\n.second\r\n.\r\n"));
    assertTrue(new Reader(decoder).read(in));
    Reader second = new Reader(decoder);
    assertTrue(second.read(in));
    assertEquals(new Decoded("second\r\n", false, false), second.result());
  }

  @ParameterizedTest
  @EnumSource(Memory.class)
  @DisplayName("a steady stream costs no object")
  void allocatesNothing(Memory memory) {
    byte[] body = Slicings.bytes("text\r\n..dotted\r\n\r\n".repeat(20) + "bare\rbare\n.\r");
    ByteBuffer in = memory.filledWith(body);
    DotDecoder decoder = new DotDecoder();
    HeapUse.assertAllocatesNothing(
        () -> {
          in.rewind();
          while (decoder.decode(in) == DotDecoder.Result.CONTENT) {
            decoder.content();
          }
        });
  }

  @Test
  @DisplayName("no reference to the caller's buffer is kept behind the end")
  void dropsTheBuffer() {
    DotDecoder decoder = new DotDecoder();
    HeapUse.assertUnreachable(decodeTransientBuffer(decoder));
    // The decoder itself has to outlive the check.
    decoder.reset();
  }

  private static WeakReference<byte[]> decodeTransientBuffer(DotDecoder decoder) {
    byte[] bytes = Slicings.bytes("content\r\n.\r\n");
    assertTrue(new Reader(decoder).read(ByteBuffer.wrap(bytes)));
    return new WeakReference<>(bytes);
  }
}
