package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.FuzzTries;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.PerProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class XtextTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      quoteCharacter = '\u0001',
      value = {
        "QQ314159|QQ314159",
        "a+b=c d|a+2Bb+3Dc+20d",
        "!\"#$%&'()*,-./:;<>?@[\\]^_`{}~|!\"#$%&'()*,-./:;<>?@[\\]^_`{}~",
        "m\u00fcller|m+C3+BCller",
        "\ud83d\udc0d|+F0+9F+90+8D"
      })
  @DisplayName("E7, H14 is written as RFC 3461 4 says, and read back")
  void bothWays(String plain, String xtext) {
    assertEquals(xtext, Xtext.encode(plain));
    assertEquals(plain, Xtext.decode(xtext));
  }

  @Test
  @DisplayName("H14 any octet may be spelled as a hexchar; it is written back in the short form")
  void redundant() {
    assertEquals("Ab", Xtext.decode("+41b"));
    assertEquals("Ab", Xtext.encode(Xtext.decode("+41+62")));
    assertEquals("", Xtext.encode(Xtext.decode("")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+",
        "a+",
        "+4",
        "a+4",
        "+4g",
        "+g4",
        "+2b",
        "+ 41",
        "++41",
        "+-1",
        "a=b",
        "a b",
        "a\tb",
        "\u00e9",
        "a\u007f",
        "+\uff11\uff11"
      })
  @DisplayName("H14 malformed xtext is refused")
  void malformed(String xtext) {
    assertThrows(IllegalArgumentException.class, () -> Xtext.decode(xtext));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+00",
        "a+0D+0AX:b",
        "+0A",
        "+1B[2J",
        "+09",
        "+7F",
        "+C2+85",
        "+C2+9B",
        "+E2+80+A8",
        "+E2+80+A9",
        "+FF",
        "+C3",
        "+C3a",
        "+C0+8A",
        "+ED+A0+80",
        "+F4+90+80+80"
      })
  @DisplayName("H30 no control, no line end and no malformed UTF-8 comes out of it")
  void smuggled(String xtext) {
    assertThrows(IllegalArgumentException.class, () -> Xtext.decode(xtext));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\r\nb", "\0", "\u007f", "\u0085", "\u2028", "\u2029", "\ud83d", "\udc0d"})
  @DisplayName("H30 none of it goes in")
  void refused(String plain) {
    assertThrows(IllegalArgumentException.class, () -> Xtext.encode(plain));
  }

  @Property(tries = 2_000)
  @PerProperty(FuzzTries.class)
  @Label("H14 any text is refused, or read back from its xtext")
  void roundTrip(@ForAll String plain) {
    String xtext;
    try {
      xtext = Xtext.encode(plain);
    } catch (IllegalArgumentException e) {
      // Not UTF-16, or with a control character: refused() has those.
      return;
    }
    assertEquals(plain, Xtext.decode(xtext));
    assertTrue(xtext.chars().allMatch(c -> c > ' ' && c <= '~' && c != '='), xtext);
  }

  @Test
  void printable() {
    assertTrue(Xtext.isPrintableAscii(" ~"));
    assertFalse(Xtext.isPrintableAscii(""));
    assertFalse(Xtext.isPrintableAscii("a\t"));
    assertFalse(Xtext.isPrintableAscii("\u007f"));
  }
}
