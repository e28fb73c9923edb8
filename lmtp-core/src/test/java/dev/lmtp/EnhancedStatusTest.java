package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnhancedStatusTest {

  @ParameterizedTest
  @ValueSource(strings = {"2.0.0", "4.4.2", "5.1.1", "5.999.999", "2.10.20"})
  @DisplayName("E2 is read and written the same")
  void roundTrip(String text) {
    assertEquals(text, EnhancedStatus.parse(text).toString());
    assertEquals(Optional.of(EnhancedStatus.parse(text)), EnhancedStatus.leadingIn(text + " Ok"));
    assertEquals(Optional.of(EnhancedStatus.parse(text)), EnhancedStatus.leadingIn(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "5.1",
        "5.1.",
        "5..1",
        ".1.1",
        "5.1.1.1",
        "5.1.1x",
        "5.1.1-",
        "1.1.1",
        "3.1.1",
        "6.1.1",
        "55.1.1",
        "5.1000.1",
        "5.1.1000",
        "05.1.1",
        "5.01.1",
        "5.1.01",
        "-5.1.1",
        "5,1,1",
        "\u0665.1.1",
        "x",
        "5.1.1\t"
      })
  @DisplayName("E2 what is none is refused")
  void refused(String text) {
    assertThrows(IllegalArgumentException.class, () -> EnhancedStatus.parse(text));
    assertEquals(Optional.empty(), EnhancedStatus.leadingIn(text));
  }

  @Test
  void parseTakesNothingBehindIt() {
    assertThrows(IllegalArgumentException.class, () -> EnhancedStatus.parse("5.1.1 no"));
    assertThrows(IllegalArgumentException.class, () -> EnhancedStatus.parse("5.1.1 "));
    assertThrows(IllegalArgumentException.class, () -> EnhancedStatus.parse(" 5.1.1"));
  }

  @Test
  void ranges() {
    assertThrows(IllegalArgumentException.class, () -> new EnhancedStatus(3, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new EnhancedStatus(2, 1_000, 0));
    assertThrows(IllegalArgumentException.class, () -> new EnhancedStatus(2, 0, -1));
  }
}
