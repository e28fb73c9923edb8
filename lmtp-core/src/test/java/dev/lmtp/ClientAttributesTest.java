package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a front-end says of its client can forge no line. */
class ClientAttributesTest {

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nMAIL FROM:<>", "a\nb", "a\0b", "\u007f", "a\tb"})
  @DisplayName("H30: no control character gets into a value, however it is made")
  void controlCharacters(String value) {
    assertThrows(IllegalArgumentException.class, () -> new ClientAttributes(Map.of("NAME", value)));
    assertThrows(IllegalArgumentException.class, () -> ClientAttributes.NONE.with("NAME", value));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "NAME", "=x", "NA ME=x", "NAME=a+0D+0Ab", "NAME=+00", "NAME=+zz"})
  @DisplayName("H30: what is malformed, or hides a control character in xtext, is refused")
  void malformed(String argument) {
    assertThrows(IllegalArgumentException.class, () -> ClientAttributes.parse(argument));
  }

  @Test
  @DisplayName("written for a server that lists some of them, and read back")
  void writtenAndRead() {
    ClientAttributes said =
        ClientAttributes.NONE.with("NAME", "a+b=c").with("ADDR", "192.0.2.1").with("PORT", "25");
    String argument = said.argument("ADDR name");
    assertEquals("NAME=a+2Bb+3Dc ADDR=192.0.2.1", argument);
    assertEquals(Optional.of("a+b=c"), ClientAttributes.parse(argument).value("name"));
    assertEquals(Optional.empty(), ClientAttributes.parse("NAME=[UNAVAILABLE]").value("NAME"));
  }
}
