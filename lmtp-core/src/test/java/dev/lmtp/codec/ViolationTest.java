package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ViolationTest {

  private static final Set<Violation> BY_SERVERS =
      EnumSet.of(Violation.BAD_REPLY, Violation.REPLY_TOO_LONG, Violation.UNEXPECTED_REPLY);

  @ParameterizedTest
  @EnumSource(Violation.class)
  @DisplayName("E2 each names its rule; a client's gets a negative reply with an enhanced code")
  void isAnswered(Violation violation) {
    assertTrue(violation.section().matches("RFC \\d{4} [\\d.]+"), violation.section());
    assertEquals(BY_SERVERS.contains(violation), violation.reply().isEmpty());
    violation
        .reply()
        .ifPresent(reply -> assertTrue(reply.isNegative() && reply.enhanced().isPresent()));
    assertTrue(violation.isFatal() || !BY_SERVERS.contains(violation), "a lost stream goes on");
  }
}
