package dev.lmtp.sasl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import javax.security.sasl.SaslException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SaslPrepTest {

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "I\u00adX,IX",
        "user,user",
        "USER,USER",
        "\u00aa,a",
        "\u2168,IX",
        "a\u00a0b,a b",
        "a\u3000\u200bb,a  b",
        "a\u200c\ufe0f\ufeffb,ab",
        "\u00bd,1\u20442",
        "a\u0301,\u00e1",
        "\u06271\u0628,\u06271\u0628",
        "\ud83d\udd11,\ud83d\udd11"
      })
  @DisplayName("E8 RFC 4013 3 and more: mapped and normalised")
  void prepared(String text, String output) throws SaslException {
    assertEquals(output, SaslPrep.prepare(text));
    assertArrayEquals(
        output.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        SaslPrep.prepare(text.toCharArray()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0007",
        "\0",
        "\u007f",
        "\u0085",
        "\u06271",
        "\u0627a\u0628",
        "\u2028",
        "\u200e",
        "\u202e",
        "\u206a",
        "\u06dd",
        "\ue000",
        "\ufdd0",
        "\uffff",
        "\ufffd",
        "\u2ff0",
        "\ud800",
        "\udc00x",
        "\udb40\udc20",
        "\udbbf\udffe"
      })
  @DisplayName("H43 RFC 4013 2.3: prohibited characters, and text in two directions")
  void prohibited(String text) {
    assertThrows(SaslException.class, () -> SaslPrep.prepare(text));
    assertThrows(SaslException.class, () -> SaslPrep.prepare(text.toCharArray()));
  }

  @Test
  void empty() throws SaslException {
    assertEquals("", SaslPrep.prepare("\u00ad"));
    assertThrows(SaslException.class, () -> SaslPrep.prepare("\u00ad".toCharArray()));
    assertThrows(SaslException.class, () -> SaslPrep.prepare(new char[0]));
  }
}
