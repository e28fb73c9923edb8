package dev.lmtp;

import static dev.lmtp.Deviation.ADDRESS_LITERAL;
import static dev.lmtp.Deviation.FINAL_DOT_IN_DOMAIN;
import static dev.lmtp.Deviation.LOOSE_ADDRESS_LITERAL;
import static dev.lmtp.Deviation.LOOSE_DOTS;
import static dev.lmtp.Deviation.LOOSE_HYPHENS;
import static dev.lmtp.Deviation.QUOTED_LOCAL_PART;
import static dev.lmtp.Deviation.UNDERSCORE_IN_DOMAIN;
import static dev.lmtp.Deviation.UNUSUAL_ATEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Slicings;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The grammar against regular expressions written from the ABNF, over every short text. */
class AddressSyntaxTest {

  private static final String DCONTENT = "[!-Z^-~]";

  /** What {@link AddressSyntax} is asked for. */
  private interface Construct {
    int end(byte[] text, int from, int to, Leniency leniency, Set<Deviation> noted);
  }

  /** The deviations noted where the whole text is the construct, or {@code null}. */
  private static Set<Deviation> read(Construct construct, byte[] text, Leniency leniency) {
    // What stands around the range would go on with the construct, if it were looked at.
    byte[] longer = new byte[text.length + 6];
    Arrays.fill(longer, (byte) 'a');
    System.arraycopy(text, 0, longer, 3, text.length);
    Set<Deviation> noted = EnumSet.noneOf(Deviation.class);
    int end = construct.end(longer, 3, 3 + text.length, leniency, noted);
    assertTrue(end == -1 || (end >= 3 && end <= 3 + text.length), () -> "ends at " + end);
    return end == 3 + text.length ? noted : null;
  }

  /** Every set of these, as the only deviations that are tolerated. */
  private static List<Leniency> every(Deviation... deviations) {
    List<Leniency> all = new ArrayList<>(List.of(Leniency.PARANOID));
    for (Deviation deviation : deviations) {
      for (Leniency less : List.copyOf(all)) {
        all.add(less.with(deviation));
      }
    }
    return all;
  }

  /** Compares with the regular expression for each leniency, and says what was taken. */
  private static void compare(
      Construct construct,
      List<String> texts,
      List<Leniency> leniencies,
      Function<Leniency, String> expression) {
    List<Pattern> oracles =
        leniencies.stream().map(expression.andThen(Pattern::compile)).collect(Collectors.toList());
    int taken = 0;
    for (String text : texts) {
      byte[] bytes = text.getBytes(UTF_8);
      Set<Deviation> needed = read(construct, bytes, Leniency.WIDEST);
      for (int i = 0; i < oracles.size(); i++) {
        Leniency leniency = leniencies.get(i);
        boolean expected = oracles.get(i).matcher(text).matches();
        Set<Deviation> noted = read(construct, bytes, leniency);
        assertEquals(expected, noted != null, () -> text + " with " + leniency);
        if (expected) {
          assertEquals(needed, noted, () -> text + " with " + leniency);
          taken++;
        } else {
          assertFalse(needed != null && leniency.tolerated().containsAll(needed), text);
        }
      }
    }
    assertTrue(taken > 100, "hardly anything was taken: " + taken);
  }

  @Test
  @DisplayName("S3 Local-part: dot-strings and quoted strings, with each set of deviations")
  void localParts() {
    compare(
        AddressSyntax::localPart,
        Slicings.everyString("a!.\"\\ \u00e9@", 5),
        every(LOOSE_DOTS, QUOTED_LOCAL_PART, UNUSUAL_ATEXT),
        leniency -> {
          String atext = leniency.tolerates(UNUSUAL_ATEXT) ? "[a!\u00e9]" : "[a\u00e9]";
          String dotString =
              leniency.tolerates(LOOSE_DOTS)
                  ? "(" + atext + "|\\.)+"
                  : atext + "+(\\." + atext + "+)*";
          String quoted = "\"([^\"\\\\]|\\\\[ -~])*\"";
          return leniency.tolerates(QUOTED_LOCAL_PART) ? dotString + "|" + quoted : dotString;
        });
  }

  @Test
  @DisplayName("S3 Domain: labels, with each set of deviations")
  void domains() {
    compare(
        AddressSyntax::domain,
        Slicings.everyString("a-_.\u00e9", 7),
        every(UNDERSCORE_IN_DOMAIN, LOOSE_HYPHENS, FINAL_DOT_IN_DOMAIN),
        leniency -> {
          String letter = leniency.tolerates(UNDERSCORE_IN_DOMAIN) ? "a\u00e9_" : "a\u00e9";
          String label =
              leniency.tolerates(LOOSE_HYPHENS)
                  ? "[-" + letter + "]+"
                  : "[" + letter + "]([-" + letter + "]*[" + letter + "])?";
          String end = leniency.tolerates(FINAL_DOT_IN_DOMAIN) ? "\\.?" : "";
          return label + "(\\." + label + ")*" + end;
        });
  }

  @Test
  @DisplayName("S3 address literals with a tag, and with anything")
  void taggedLiterals() {
    List<String> texts = new ArrayList<>();
    for (String content : Slicings.everyString("a-:!\\[] \u00e9", 5)) {
      texts.add("[" + content + "]");
    }
    compare(
        AddressSyntax::domain,
        texts,
        every(ADDRESS_LITERAL, LOOSE_ADDRESS_LITERAL),
        leniency -> {
          String content = leniency.tolerates(LOOSE_ADDRESS_LITERAL) ? "" : "[a-]*a:";
          return leniency.tolerates(ADDRESS_LITERAL)
              ? "\\[" + content + DCONTENT + "+]"
              : "[^\\s\\S]";
        });
  }

  /** IPv6-addr of RFC 5321 §4.1.3, with as many groups on each side of "::" as there may be. */
  private static String ipv6(String hex, String ipv4) {
    List<String> forms = new ArrayList<>();
    forms.add(hex + "(:" + hex + "){7}");
    forms.add(hex + "(:" + hex + "){5}:" + ipv4);
    for (int left = 0; left <= 6; left++) {
      for (int right = 0; left + right <= 6; right++) {
        forms.add(groups(hex, left) + "::" + groups(hex, right));
        if (left + right <= 4) {
          forms.add(groups(hex, left) + "::" + (right == 0 ? "" : groups(hex, right) + ":") + ipv4);
        }
      }
    }
    return String.join("|", forms);
  }

  private static String groups(String hex, int count) {
    return count == 0 ? "" : hex + "(:" + hex + "){" + (count - 1) + "}";
  }

  @Test
  @DisplayName("S3 IPv6 literals: full, compressed, with an IPv4 address at the end")
  void ipv6Literals() {
    String[] pieces = {"1:", ":", "1", "1.2.3.4"};
    List<String> texts = new ArrayList<>();
    for (String choice : Slicings.everyString("0123", 6)) {
      String end = choice.chars().mapToObj(c -> pieces[c - '0']).collect(Collectors.joining());
      texts.add("[IPv6:" + end + "]");
      texts.add("[IPv6:1:1:1:" + end + "]");
    }
    String expression = "\\[IPv6:(" + ipv6("1{1,4}", "1{1,3}\\.2\\.3\\.41?") + ")]";
    compare(AddressSyntax::domain, texts, List.of(Leniency.STRICT), leniency -> expression);
    Pattern oracle = Pattern.compile(expression);
    for (String text : texts) {
      // Whatever stands behind the tag is loose content at the most, and "[IPv6:]" is that too.
      Set<Deviation> noted = read(AddressSyntax::domain, text.getBytes(UTF_8), Leniency.WIDEST);
      assertEquals(!oracle.matcher(text).matches(), noted.contains(LOOSE_ADDRESS_LITERAL), text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "IPv6:2001:db8::1, true",
    "ipV6:2001:DB8::aBcD, true",
    "IPv6:2001:db8:1:2:3:4:5:6, true",
    "IPv6:::ffff:192.0.2.255, true",
    "IPv6:::, true",
    "IPv6:12345::, false",
    "IPv6:g::, false",
    "iPV6:g::, false",
    "Ipv6:x, false",
    "IPv6:::1%eth0, false",
    "IPv6:::192.0.2.256, false",
    "IPv6:1:2:3:4:5:6:7::, false",
    "IPv6:, false",
    "IPv6, false",
    "IPv6x:anything, true",
    "IPv7:anything, true",
    "x:, false",
    ":x, false",
    "x-:y, false",
    "-x:y, true",
    "::1, false",
    "localhost, false"
  })
  @DisplayName("S3, H17 literals one by one")
  void literals(String content, boolean strict) {
    byte[] text = ("[" + content + "]").getBytes(UTF_8);
    assertEquals(strict, read(AddressSyntax::domain, text, Leniency.STRICT) != null);
    Set<Deviation> noted = EnumSet.of(ADDRESS_LITERAL);
    if (!strict) {
      noted.add(LOOSE_ADDRESS_LITERAL);
    }
    assertEquals(noted, read(AddressSyntax::domain, text, Leniency.COMPATIBLE));
    assertEquals(null, read(AddressSyntax::domain, text, Leniency.PARANOID));
  }

  @Test
  @DisplayName("S3 IPv4 literals: four numbers of at most three digits, 0 to 255")
  void ipv4Literals() {
    for (String format : List.of("%d", "%02d", "%03d", "%04d")) {
      for (int number = 0; number < 1_000; number++) {
        String part = String.format(Locale.ROOT, format, number);
        boolean good = number <= 255 && part.length() <= 3;
        for (int at = 0; at < 4; at++) {
          String[] parts = {"0", "7", "99", "255"};
          parts[at] = part;
          byte[] text = ("[" + String.join(".", parts) + "]").getBytes(UTF_8);
          assertEquals(
              good, read(AddressSyntax::domain, text, Leniency.STRICT) != null, () -> part);
        }
      }
    }
    for (String odd :
        List.of(
            "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "1,2,3,4", "1234")) {
      byte[] text = ("[" + odd + "]").getBytes(UTF_8);
      assertEquals(null, read(AddressSyntax::domain, text, Leniency.STRICT), odd);
    }
  }

  @Test
  @DisplayName("E6 every code point but controls, line ends and surrogates is UTF8-non-ascii")
  void codePoints() {
    for (int point = 0x80; point <= Character.MAX_CODE_POINT; point++) {
      boolean surrogate = point >= 0xd800 && point <= 0xdfff;
      boolean good = point >= 0xa0 && point != 0x2028 && point != 0x2029 && !surrogate;
      byte[] atom = surrogate ? surrogate(point) : Character.toString(point).getBytes(UTF_8);
      byte[] quoted = new byte[atom.length + 2];
      quoted[0] = '"';
      quoted[quoted.length - 1] = '"';
      System.arraycopy(atom, 0, quoted, 1, atom.length);
      int shown = point;
      assertEquals(good, taken(AddressSyntax::localPart, atom), () -> "U+" + shown);
      assertEquals(good, taken(AddressSyntax::localPart, quoted), () -> "U+" + shown);
      assertEquals(good, taken(AddressSyntax::domain, atom), () -> "U+" + shown);
      Set<Deviation> noted = EnumSet.noneOf(Deviation.class);
      int cut = AddressSyntax.localPart(atom, 0, atom.length - 1, Leniency.STRICT, noted);
      assertEquals(-1, cut, () -> "a part of U+" + shown);
    }
  }

  private static byte[] surrogate(int half) {
    return new byte[] {
      (byte) 0xed, (byte) (0x80 | (half >> 6 & 0x3f)), (byte) (0x80 | (half & 0x3f))
    };
  }

  private static boolean taken(Construct construct, byte[] text) {
    return read(construct, text, Leniency.STRICT) != null;
  }

  @Test
  @DisplayName("E6 UTF-8 that is overlong, cut or otherwise malformed is refused")
  void malformedUtf8() {
    int[] edges = {
      0x21, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xf5
    };
    int[] all = IntStream.range(0, 256).toArray();
    int good = 0;
    good += compareWithDecoder(new byte[0], all, 2);
    good += compareWithDecoder(new byte[0], edges, 4);
    assertTrue(good > 1_000, "hardly anything was taken: " + good);
  }

  private static int compareWithDecoder(byte[] start, int[] more, int longest) {
    int good = 0;
    for (int next : more) {
      byte[] bytes = Arrays.copyOf(start, start.length + 1);
      bytes[start.length] = (byte) next;
      byte[] quoted = new byte[bytes.length + 2];
      quoted[0] = '"';
      quoted[quoted.length - 1] = '"';
      System.arraycopy(bytes, 0, quoted, 1, bytes.length);
      boolean expected = isQtext(bytes);
      assertEquals(
          expected, taken(AddressSyntax::localPart, quoted), () -> Slicings.visible(quoted));
      good += expected ? 1 : 0;
      good += bytes.length < longest ? compareWithDecoder(bytes, more, longest) : 0;
    }
    return good;
  }

  /** As the JDK's decoder has it, without quoted pairs. */
  private static boolean isQtext(byte[] bytes) {
    for (int i = 0; i + 1 < bytes.length; i++) {
      // A quoted pair: the one thing that is no matter of characters.
      if (bytes[i] == '\\') {
        byte[] rest = Arrays.copyOfRange(bytes, i + 2, bytes.length);
        byte[] before = Arrays.copyOf(bytes, i);
        return bytes[i + 1] >= ' ' && bytes[i + 1] <= '~' && isQtext(before) && isQtext(rest);
      }
    }
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.chars()
          .noneMatch(c -> Character.isISOControl(c) || "\"\\\u2028\u2029".indexOf(c) >= 0);
    } catch (CharacterCodingException malformed) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"here.example", "my_host", "[192.0.2.1]", "[IPv6:::1]", "localhost."})
  void hostnames(String name) {
    byte[] text = name.getBytes(UTF_8);
    assertTrue(AddressSyntax.isHostname(text, 0, text.length, Leniency.COMPATIBLE));
    boolean strict = !name.contains("_") && !name.endsWith(".");
    assertEquals(strict, AddressSyntax.isHostname(text, 0, text.length, Leniency.STRICT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "h\u00e9re.example", "a b", "a..b", "[", "a@b", "a/b"})
  void noHostnames(String name) {
    byte[] text = name.getBytes(UTF_8);
    assertFalse(AddressSyntax.isHostname(text, 0, text.length, Leniency.COMPATIBLE));
  }

  @Test
  @DisplayName("nothing is allocated, whatever is noted")
  void allocatesNothing() {
    byte[] local = "../\u00e9%".getBytes(UTF_8);
    byte[] quoted = "\"a b\\\"\u00e9\"".getBytes(UTF_8);
    byte[] domain = "-under_score.\u00e9-.".getBytes(UTF_8);
    byte[] literal = "[IPv6:2001:db8::192.0.2.1]".getBytes(UTF_8);
    byte[] loose = "[IPv6:2001:db8::192.0.2.1.]".getBytes(UTF_8);
    Set<Deviation> noted = EnumSet.noneOf(Deviation.class);
    Leniency leniency = Leniency.COMPATIBLE;
    HeapUse.assertAllocatesNothing(
        () -> {
          noted.clear();
          AddressSyntax.localPart(local, 0, local.length, leniency, noted);
          AddressSyntax.localPart(quoted, 0, quoted.length, leniency, noted);
          AddressSyntax.domain(domain, 0, domain.length, leniency, noted);
          AddressSyntax.domain(literal, 0, literal.length, leniency, noted);
          AddressSyntax.domain(loose, 0, loose.length, leniency, noted);
        });
    assertEquals(
        EnumSet.of(
            LOOSE_DOTS,
            UNUSUAL_ATEXT,
            QUOTED_LOCAL_PART,
            UNDERSCORE_IN_DOMAIN,
            LOOSE_HYPHENS,
            FINAL_DOT_IN_DOMAIN,
            ADDRESS_LITERAL,
            LOOSE_ADDRESS_LITERAL),
        noted);
  }
}
