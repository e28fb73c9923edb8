package dev.lmtp.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.codec.DotEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LineFolderTest {

  private static final int LONGEST = 998;

  /** What leaves, in ISO 8859-1; the folder takes over as late as a stream's does. */
  private static String fold(byte[] content, List<Integer> cuts, int room) {
    DotEncoder encoder = new DotEncoder();
    ContentScan scan = new ContentScan();
    LineFolder folder = null;
    StringBuilder folded = new StringBuilder();
    ByteBuffer target = ByteBuffer.allocate(room);
    int from = 0;
    for (int i = 0; i <= cuts.size(); i++) {
      int to = i < cuts.size() ? Math.max(from, cuts.get(i)) : content.length;
      ByteBuffer piece = ByteBuffer.wrap(content, from, to - from).slice();
      int column = (int) scan.unfinishedLine();
      scan.add(piece);
      if (folder == null && scan.longestLine() > LineFolder.SAFE) {
        folder = new LineFolder(encoder::encode, column);
      }
      boolean more = true;
      while (more) {
        more = !(folder != null ? folder.encode(piece, target) : encoder.encode(piece, target));
        assertEquals(more, piece.hasRemaining());
        folded.append(ISO_8859_1.decode(target.flip()));
        target.clear();
      }
      from = to;
    }
    scan.end();
    ByteBuffer end = ByteBuffer.allocate(5);
    encoder.finish(end);
    folded.append(ISO_8859_1.decode(end.flip()));
    checkSize(folded.toString(), scan);
    return folded.toString();
  }

  private static void checkSize(String folded, ContentScan scan) {
    int size = withoutDots(folded).length();
    assertTrue(size <= scan.size() + scan.breaks(), "declared too small");
    assertTrue(scan.breaks() <= 2 * (size - scan.size()), "declared far too large");
  }

  /** The content as the server has it. */
  private static String withoutDots(String folded) {
    assertTrue(folded.endsWith("\r\n.\r\n") || folded.equals(".\r\n"));
    String text = "\r\n" + folded.substring(0, folded.length() - 3);
    return text.replace("\r\n.", "\r\n").substring(2);
  }

  /** No line here begins by a space of its own. */
  private static String unfolded(String folded) {
    return withoutDots(folded).replace("\r\n ", "");
  }

  private static String normalised(String content) {
    String lines = content.replace("\r\n", "\n").replace("\r", "\n");
    String ended = lines.isEmpty() || lines.endsWith("\n") ? lines : lines + "\n";
    return ended.replace("\n", "\r\n");
  }

  private static void check(byte[] content, String folded) {
    assertEquals(normalised(new String(content, ISO_8859_1)), unfolded(folded));
    String[] lines = withoutDots(folded).split("\r\n", -1);
    for (int i = 0; i < lines.length; i++) {
      assertTrue(lines[i].length() <= LONGEST, () -> "a line is too long");
      boolean broken = i + 1 < lines.length && lines[i + 1].startsWith(" ");
      assertTrue(!broken || lines[i].length() >= LONGEST - 3, () -> "broken too early");
    }
  }

  private static boolean isUtf8(byte[] octets) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(octets));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /** Runs that end near the bound, of characters of each length, and of what is no UTF-8. */
  @Provide
  static Arbitrary<String> contents() {
    Arbitrary<Integer> lengths =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 5),
            Arbitraries.integers().between(240, 260),
            Arbitraries.integers().between(990, 1_003),
            Arbitraries.integers().between(1_985, 2_005));
    Arbitrary<String> signs =
        Arbitraries.of("x", ".", "\u00e9", "\u20ac", "\ud83d\ude00", "\r", "\n", "\r\n");
    return signs
        .flatMap(sign -> lengths.map(count -> sign.repeat(count)))
        .list()
        .ofMaxSize(8)
        .map(runs -> String.join("", runs));
  }

  @Property(tries = 500)
  @Label("S9 H5: unfolded it is the content, no line is too long, no character is torn")
  void unfoldsToItself(
      @ForAll("contents") String content,
      @ForAll List<@IntRange(max = 4_000) Integer> cuts,
      @ForAll @IntRange(min = 2, max = 1_100) int room) {
    byte[] octets = content.getBytes(UTF_8);
    List<Integer> sorted = cuts.stream().sorted().map(c -> Math.min(c, octets.length)).toList();
    String folded = fold(octets, sorted, room);
    check(octets, folded);
    for (String line : folded.split("\r\n")) {
      assertTrue(isUtf8(line.getBytes(ISO_8859_1)), "a character is torn");
    }
  }

  @Property(tries = 200)
  @Label("S9 H5: octets that are no text at all stay within the bound too")
  void anyOctets(@ForAll("noise") byte[] octets, @ForAll @IntRange(min = 2, max = 64) int room) {
    check(octets, fold(octets, List.of(), room));
  }

  @Provide
  static Arbitrary<byte[]> noise() {
    return Arbitraries.bytes()
        .filter(octet -> octet < 0 || octet == '.')
        .array(byte[].class)
        .ofMinSize(900)
        .ofMaxSize(4_500);
  }

  @Test
  @DisplayName("S9 H5: at every cut the lines break at the same places")
  void everyCut() {
    String[] signs = {"x", "\u00e9", "\u20ac", "\ud83d\ude00"};
    for (String sign : signs) {
      for (int shift = 0; shift < 4; shift++) {
        String line = "x".repeat(shift) + sign.repeat(2_100 / sign.getBytes(UTF_8).length);
        byte[] octets = ("a\r\n" + line + "\r\n.b").getBytes(UTF_8);
        String whole = fold(octets, List.of(), 8_192);
        check(octets, whole);
        for (int cut = 0; cut <= octets.length; cut++) {
          assertEquals(whole, fold(octets, List.of(cut), 8_192), "cut at " + cut);
        }
      }
    }
  }

  @Test
  @DisplayName("S9 H5: 998 octets are a line, 999 are two")
  void bound() {
    String longest = "x".repeat(LONGEST);
    for (String end : List.of("", "\r\n", "\r", "\n")) {
      byte[] fits = ("." + longest.substring(1) + end).getBytes(UTF_8);
      assertEquals(
          ".." + longest.substring(1) + "\r\n.\r\n",
          fold(fits, List.of(), 4_096),
          "dots count once");
      byte[] tooLong = (longest + "." + end).getBytes(UTF_8);
      assertEquals(longest + "\r\n .\r\n.\r\n", fold(tooLong, List.of(), 4_096));
    }
  }
}
