package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LimitsTest {

  private static final Limits SOME = Limits.DEFAULT;

  /** The least of each limit, and how to set it. */
  static Stream<Arguments> leasts() {
    return Stream.of(
        least("command line", 512, n -> SOME.withCommandLine((int) n)),
        least("local part", 64, n -> paths((int) n, 255, 256)),
        least("domain", 255, n -> paths(64, (int) n, 256)),
        least("path", 256, n -> paths(64, 255, (int) n)),
        least("recipients", 100, n -> SOME.withRecipients((int) n)),
        least("message", 65_536, SOME::withMessage),
        least("text line", 1_000, n -> SOME.withTextLine((int) n)),
        least("discarded content", 0, SOME::withDiscardedContent),
        least("errors", 20, n -> SOME.withErrors((int) n, 20)),
        least("idle commands", 20, n -> SOME.withErrors(20, (int) n)),
        least("reply line", 512, n -> SOME.withReply((int) n, 1)),
        least("reply lines", 1, n -> SOME.withReply(512, (int) n)));
  }

  private static Arguments least(String name, long least, LongFunction<Limits> set) {
    return Arguments.of(name, least, set);
  }

  private static Limits paths(int localPart, int domain, int path) {
    return new Limits(512, localPart, domain, path, 100, 65_536, 1_000, 0, 20, 20, 512, 1);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("leasts")
  @DisplayName("S9 the RFC's least is taken, less is refused by name")
  void leastIsTaken(String name, long least, LongFunction<Limits> set) {
    assertEquals(set.apply(least), set.apply(least));
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> set.apply(least - 1));
    assertEquals(true, refused.getMessage().startsWith(name + " limit"), refused.getMessage());
    assertThrows(IllegalArgumentException.class, () -> set.apply(Integer.MIN_VALUE));
  }

  @Test
  void eachSetterSetsItsOwn() {
    Limits all =
        SOME.withCommandLine(1_001)
            .withRecipients(1_002)
            .withMessage(100_003)
            .withTextLine(1_004)
            .withDiscardedContent(1_005)
            .withErrors(31, 32)
            .withReply(1_006, 1_007);
    assertEquals(
        new Limits(1_001, 256, 255, 512, 1_002, 100_003, 1_004, 1_005, 31, 32, 1_006, 1_007), all);
  }
}
