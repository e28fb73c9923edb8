package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("H17, H18, H58, H60 profiles of leniency")
class LeniencyTest {

  private static final List<Leniency> PROFILES =
      List.of(Leniency.PARANOID, Leniency.STRICT, Leniency.COMPATIBLE, Leniency.WIDEST);

  @Test
  @DisplayName("each profile tolerates more than the stricter one; paranoid nothing")
  void profiles() {
    assertEquals(Set.of(), Leniency.PARANOID.tolerated());
    for (int i = 1; i < PROFILES.size(); i++) {
      assertTrue(PROFILES.get(i).tolerated().containsAll(PROFILES.get(i - 1).tolerated()));
      assertNotEquals(PROFILES.get(i - 1), PROFILES.get(i));
    }
    assertEquals(
        Leniency.WIDEST, Leniency.COMPATIBLE.with(Deviation.UTF8_WITHOUT_SMTPUTF8), "one switch");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("each switch is set alone, and the profile stays as it was")
  void switches(Deviation deviation) {
    for (Leniency profile : PROFILES) {
      Set<Deviation> before = Set.copyOf(profile.tolerated());
      Leniency with = profile.with(deviation);
      Leniency without = profile.without(deviation);
      assertTrue(with.tolerates(deviation));
      assertFalse(without.tolerates(deviation));
      for (Deviation other : EnumSet.complementOf(EnumSet.of(deviation))) {
        assertEquals(profile.tolerates(other), with.tolerates(other));
        assertEquals(profile.tolerates(other), without.tolerates(other));
      }
      assertEquals(profile, profile.tolerates(deviation) ? with : without);
      assertEquals(before, profile.tolerated());
    }
    assertTrue(deviation.section().matches("RFC \\d{4} [\\d.]+"), deviation.section());
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("what is tolerated is noted, and nothing else")
  void noted(Deviation deviation) {
    for (Leniency profile : PROFILES) {
      Set<Deviation> noted = EnumSet.noneOf(Deviation.class);
      assertEquals(profile.tolerates(deviation), profile.tolerates(deviation, noted));
      assertEquals(profile.tolerates(deviation) ? Set.of(deviation) : Set.of(), noted);
    }
  }

  @Test
  void cannotBeChanged() {
    Set<Deviation> own = EnumSet.of(Deviation.NO_DOMAIN);
    Leniency leniency = new Leniency(own);
    own.add(Deviation.LOOSE_DOTS);
    assertEquals(new Leniency(Set.of(Deviation.NO_DOMAIN)), leniency);
    assertThrows(UnsupportedOperationException.class, () -> leniency.tolerated().clear());
  }
}
