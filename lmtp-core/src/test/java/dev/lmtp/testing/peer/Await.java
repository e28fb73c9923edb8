package dev.lmtp.testing.peer;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assertions;

/**
 * Waits for what another process does: asks again every few milliseconds until the answer is there,
 * and fails the test, with whatever evidence there is, when it stays away.
 *
 * <p>The deadline is only a bound for a run that has gone wrong; no test says anything about time.
 */
public final class Await {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private Await() {}

  /** A question whose answer may not be there yet. */
  public interface Question<T> {
    Optional<T> ask() throws IOException;
  }

  public static <T> T answer(String what, Question<T> question, Supplier<String> evidence)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (System.nanoTime() - deadline < 0) {
      Optional<T> answer = question.ask();
      if (answer.isPresent()) {
        return answer.get();
      }
      Thread.sleep(PAUSE.toMillis());
    }
    return Assertions.fail("waited in vain for " + what + ":\n" + evidence.get());
  }
}
