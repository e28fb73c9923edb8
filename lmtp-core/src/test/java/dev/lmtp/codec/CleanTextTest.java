package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.FuzzTries;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.PerProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CleanTextTest {

  /** The first octet which is not clean where so many octets are there, octet by octet. */
  private static int flaw(byte[] text, int from, int to) {
    for (int at = from; at < to; at++) {
      boolean cr = at > from && text[at - 1] == '\r';
      boolean line = at > from && text[at - 1] == '\n';
      if (cr != (text[at] == '\n') || (line && text[at] == '.')) {
        return at;
      }
    }
    return to;
  }

  private static void assertSkipsOnlyClean(byte[] text, int from, int to) {
    int flaw = flaw(text, from, to);
    for (boolean vectors : new boolean[] {false, true}) {
      int end = CleanText.end(text, from, to, vectors);
      assertTrue(end >= from && end <= flaw, () -> "skipped " + flaw + ", said " + end);
      assertTrue(end == from || end == to || text[end - 1] != '\r' || text[end] == '\n');
      assertTrue(end == from || end == to || text[end - 1] != '\n' || text[end] != '.');
      boolean begins = from < to && text[from] != '\n';
      assertTrue(!begins || flaw - end <= 15, () -> "stopped at " + end + " before " + flaw);
    }
  }

  /** Some lines, with some octets anywhere replaced by those that decide. */
  private static byte[] text(long seed, int length, int flaws, boolean eightBit) {
    Random random = new Random(seed);
    byte[] text = new byte[length];
    int line = 1 + random.nextInt(300);
    for (int i = 0; i < length; i++) {
      int column = i % (line + 2);
      int octet = eightBit ? random.nextInt(256) : random.nextInt(128);
      boolean decides = octet == '\r' || octet == '\n' || octet == '.';
      text[i] = (byte) (column == line ? '\r' : column == line + 1 ? '\n' : decides ? 'x' : octet);
    }
    byte[] deciding = {'\r', '\n', '.', '\t', 0, 0x0b, 0x0c, 0x0e, (byte) 0x8a, (byte) 0x8d};
    for (int i = 0; i < flaws; i++) {
      text[random.nextInt(length)] = deciding[random.nextInt(deciding.length)];
    }
    return text;
  }

  @Property(tries = 3_000)
  @PerProperty(FuzzTries.class)
  @Label("both ways to look skip clean text only, and nearly all of it")
  void random(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9_000) int length,
      @ForAll @IntRange(max = 4) int flaws,
      @ForAll @IntRange(max = 20) int before,
      @ForAll @IntRange(max = 20) int behind,
      @ForAll boolean eightBit) {
    byte[] text = text(seed, before + length + behind, flaws, eightBit);
    assertSkipsOnlyClean(text, before, before + length);
  }

  @Test
  @DisplayName("every flaw at every place of the first blocks is seen")
  void everyPlace() {
    String[] flaws = {"\r", "\n", "\n\r", "\r\r", "\r\n.", "\n.", "\r.", "\r\u008a", "\u008d\n"};
    for (String flaw : flaws) {
      byte[] octets = flaw.getBytes(StandardCharsets.ISO_8859_1);
      for (byte filler : new byte[] {'x', '.', (byte) 0xff}) {
        byte[] text = new byte[800];
        for (int at = 1; at < text.length - octets.length; at++) {
          Arrays.fill(text, filler);
          System.arraycopy(octets, 0, text, at, octets.length);
          assertSkipsOnlyClean(text, 0, text.length);
        }
      }
    }
  }

  /** What a decoder makes of a content that comes in pieces of one size. */
  private static String decoded(byte[] wire, int piece, int longestLine) {
    DotDecoder decoder = new DotDecoder(longestLine);
    ByteBuffer content = ByteBuffer.allocate(wire.length);
    boolean ended = false;
    for (int at = 0; at < wire.length && !ended; at += piece) {
      ByteBuffer in = ByteBuffer.wrap(wire, at, Math.min(piece, wire.length - at)).slice();
      DotDecoder.Result result = decoder.decode(in);
      while (result == DotDecoder.Result.CONTENT) {
        content.put(decoder.content());
        result = decoder.decode(in);
      }
      ended = result == DotDecoder.Result.END;
    }
    return ended + " " + decoder.sawBareLineEnd() + " " + Arrays.toString(content.flip().array());
  }

  @Property(tries = 300)
  @PerProperty(FuzzTries.class)
  @Label("a decoder that skips finds what one that looks at each line does, in any pieces")
  void decoder(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9_000) int length,
      @ForAll @IntRange(max = 4) int flaws,
      @ForAll boolean eightBit,
      @ForAll @IntRange(min = 1, max = 5_000) int piece) {
    byte[] wire = Arrays.copyOf(text(seed, length, flaws, eightBit), length + 5);
    System.arraycopy(new byte[] {'\r', '\n', '.', '\r', '\n'}, 0, wire, length, 5);
    assertEquals(decoded(wire, 1, 9), decoded(wire, piece, Integer.MAX_VALUE));
    assertEquals(decoded(wire, 1, 9), decoded(wire, piece, 9));
  }

  /** What an encoder makes of a content that comes in pieces, into a target of one size. */
  private static String encoded(byte[] content, int piece, int room) {
    DotEncoder encoder = new DotEncoder();
    ByteBuffer target = ByteBuffer.allocate(room);
    ByteBuffer wire = ByteBuffer.allocate(2 * content.length + 5);
    for (int at = 0; at < content.length; at += piece) {
      ByteBuffer in = ByteBuffer.wrap(content, at, Math.min(piece, content.length - at)).slice();
      while (!encoder.encode(in, target)) {
        wire.put(target.flip());
        target.clear();
      }
    }
    wire.put(target.flip());
    assertTrue(encoder.finish(wire));
    return encoder.repairedLineEnd()
        + " "
        + Arrays.toString(Arrays.copyOf(wire.array(), wire.position()));
  }

  @Property(tries = 300)
  @PerProperty(FuzzTries.class)
  @Label("an encoder that skips writes what one that gets single octets does, in any pieces")
  void encoder(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9_000) int length,
      @ForAll @IntRange(max = 4) int flaws,
      @ForAll boolean eightBit,
      @ForAll @IntRange(min = 1, max = 5_000) int piece,
      @ForAll @IntRange(min = 2, max = 5_000) int room) {
    byte[] content = text(seed, length, flaws, eightBit);
    assertEquals(encoded(content, 1, 2 * length + 5), encoded(content, piece, room));
  }
}
