package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Slicings;
import dev.lmtp.testing.Slicings.Memory;
import dev.lmtp.testing.Slicings.Outcome;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DotEncoderTest {

  /** What an encoder makes of a body. */
  private record Encoded(String octets, boolean repaired) {}

  private static final class Reader implements Slicings.Reader<Encoded> {
    private final DotEncoder encoder;
    private final ByteBuffer target;
    private final StringBuilder octets = new StringBuilder();

    Reader(DotEncoder encoder, int targetSize) {
      encoder.reset();
      this.encoder = encoder;
      this.target = ByteBuffer.allocate(targetSize);
    }

    @Override
    public boolean read(ByteBuffer in) {
      boolean more = true;
      while (more) {
        int before = in.remaining();
        more = !encoder.encode(in, target);
        assertEquals(more, in.hasRemaining());
        assertTrue(!more || in.remaining() < before || target.position() > 0, "no progress");
        octets.append(Slicings.take(target.flip()));
        target.clear();
      }
      return false;
    }

    @Override
    public Encoded result() {
      ByteBuffer last = ByteBuffer.allocate(5);
      assertTrue(encoder.finish(last));
      octets.append(Slicings.take(last.flip()));
      return new Encoded(octets.toString(), encoder.repairedLineEnd());
    }
  }

  /** Each bare CR, bare LF and CR LF is one line end; the last line has one too. */
  private static String normalise(String body) {
    String lines = body.replace("\r\n", "\n").replace("\r", "\n");
    boolean ended = lines.isEmpty() || lines.endsWith("\n");
    return (ended ? lines : lines + "\n").replace("\n", "\r\n");
  }

  private static Encoded oracle(String body) {
    String lines = ("\r\n" + normalise(body)).replace("\r\n.", "\r\n..").substring(2);
    String others = body.replace("\r\n", "|");
    return new Encoded(lines + ".\r\n", others.contains("\r") || others.contains("\n"));
  }

  @Test
  @DisplayName(
      "S7, H5 agrees with the oracle on every string up to length 7, however small the room")
  void agreesWithOracle() {
    DotEncoder encoder = new DotEncoder();
    List<List<List<Integer>>> ways = IntStream.rangeClosed(0, 7).mapToObj(Slicings::ways).toList();
    for (String body : Slicings.everyString("\r\n.x", 7)) {
      byte[] bytes = Slicings.bytes(body);
      Outcome<Encoded> expected = new Outcome<>(oracle(body), bytes.length, false);
      for (int room : new int[] {2, 100}) {
        for (List<Integer> ends : ways.get(bytes.length)) {
          assertEquals(
              expected,
              Slicings.run(Memory.OFFSET, bytes, ends, new Reader(encoder, room)),
              () -> room + " " + ends + " " + Slicings.visible(bytes));
        }
      }
    }
  }

  @Property(tries = 300)
  @Label("S7, H5 what is decoded is what was encoded, with every line end made CR LF")
  void roundTrip(@ForAll("bodies") String body, @ForAll @IntRange(min = 2, max = 40) int room) {
    String octets = Slicings.everyWay(body, () -> new Reader(new DotEncoder(), room)).octets();
    assertFalse(octets.replace("\r\n", "").matches("(?s).*[\r\n].*"), "a bare CR or LF");

    ByteBuffer in = ByteBuffer.wrap(Slicings.bytes(octets));
    DotDecoder decoder = new DotDecoder();
    StringBuilder decoded = new StringBuilder();
    while (decoder.decode(in) == DotDecoder.Result.CONTENT) {
      decoded.append(Slicings.take(decoder.content()));
    }
    assertEquals(normalise(body), decoded.toString());
    assertFalse(in.hasRemaining(), "ended before its end");
  }

  @Provide
  Arbitrary<String> bodies() {
    Arbitrary<String> text = Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(20);
    Arbitrary<String> ends =
        Arbitraries.of("\r\n", "\n", "\r", ".", "\r\n.\r\n", "\n.\n", "\r\r\n", "\r".repeat(25));
    return Arbitraries.frequencyOf(Tuple.of(1, text), Tuple.of(2, ends))
        .list()
        .ofMaxSize(16)
        .map(parts -> String.join("", parts));
  }

  @ParameterizedTest
  @CsvSource({
    "'', '.\\r\\n', false",
    "'hi', 'hi\\r\\n.\\r\\n', false",
    "'hi\\r\\n', 'hi\\r\\n.\\r\\n', false",
    "'.', '..\\r\\n.\\r\\n', false",
    "'a\\n.\\nb', 'a\\r\\n..\\r\\nb\\r\\n.\\r\\n', true",
    "'a\\r.\\rb', 'a\\r\\n..\\r\\nb\\r\\n.\\r\\n', true",
    "'a\\r', 'a\\r\\n.\\r\\n', true"
  })
  @DisplayName("H5 stuffs a dot at every line start it produces, and notes what it repaired")
  void examples(String body, String octets, boolean repaired) {
    assertEquals(
        new Encoded(octets.translateEscapes(), repaired),
        Slicings.everyWay(body.translateEscapes(), () -> new Reader(new DotEncoder(), 2)));
  }

  @Test
  void finishesOnlyWhereThereIsRoom() {
    DotEncoder encoder = new DotEncoder();
    encoder.encode(ByteBuffer.wrap(Slicings.bytes("x")), ByteBuffer.allocate(2));
    ByteBuffer small = ByteBuffer.allocate(4);
    assertFalse(encoder.finish(small));
    assertEquals(0, small.position());
    ByteBuffer enough = ByteBuffer.allocate(5);
    assertTrue(encoder.finish(enough));
    assertEquals("\r\n.\r\n", Slicings.take(enough.flip()));
  }

  @ParameterizedTest
  @EnumSource(Memory.class)
  @DisplayName("a steady stream costs no object")
  void allocatesNothing(Memory memory) {
    ByteBuffer body = memory.filledWith(Slicings.bytes("text\r\n.dotted\nbare\r".repeat(20)));
    ByteBuffer target =
        memory == Memory.DIRECT ? ByteBuffer.allocateDirect(512) : ByteBuffer.allocate(512);
    DotEncoder encoder = new DotEncoder();
    HeapUse.assertAllocatesNothing(() -> encoder.encode(body.rewind(), target.clear()));
  }
}
