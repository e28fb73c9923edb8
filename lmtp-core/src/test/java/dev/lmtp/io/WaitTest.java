package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WaitTest {
  private static final long DEADLINE = Deadlines.after(Setting.LONG);

  private final Wait wait = new Wait();

  @Test
  void aWaitThatEndsByItselfLeavesNothingBehind() {
    assertEquals(DEADLINE, wait.begin(DEADLINE));
    assertEquals(DEADLINE, wait.deadline());
    assertEquals(Wait.IDLE, wait.end(DEADLINE));
    assertEquals(Wait.IDLE, wait.state());
    assertEquals(Deadlines.NONE, wait.deadline());
  }

  @Test
  void twoThreadsCannotWaitAtOnce() {
    wait.begin(DEADLINE);

    assertThrows(IllegalStateException.class, () -> wait.begin(DEADLINE + 1));
    assertEquals(DEADLINE, wait.deadline());
  }

  @Test
  void expiresOnlyWhenTheDeadlineIsReached() {
    wait.begin(DEADLINE);

    assertFalse(wait.expire(DEADLINE - 1));
    assertTrue(wait.expire(DEADLINE));
    assertFalse(wait.expire(DEADLINE), "the call is ended once");
    assertEquals(Wait.EXPIRED, wait.end(DEADLINE));
    assertEquals(Wait.EXPIRED, wait.begin(DEADLINE + 1), "for good");
  }

  @Test
  void nobodyWhoDoesNotWaitExpires() {
    assertFalse(wait.expire(Deadlines.NONE));
    wait.begin(DEADLINE);
    wait.end(DEADLINE);
    assertFalse(wait.expire(Deadlines.NONE));
  }

  @Test
  void aWakeEndsTheWaitInProgress() {
    wait.begin(DEADLINE);

    assertTrue(wait.wake());
    assertFalse(wait.wake());
    assertFalse(wait.expire(Deadlines.NONE));
    assertEquals(Wait.WOKEN, wait.end(DEADLINE));
  }

  @Test
  void aWakeBeforehandForbidsTheNextWait() {
    assertFalse(wait.wake(), "there is no call to end");
    assertEquals(Wait.WOKEN, wait.begin(DEADLINE));
  }

  @Test
  void anExpiredWaitIsNotWoken() {
    wait.begin(DEADLINE);
    wait.expire(DEADLINE);

    assertFalse(wait.wake());
    assertEquals(Wait.EXPIRED, wait.state());
  }

  @Test
  void aCloseOverridesEverything() {
    wait.begin(DEADLINE);

    assertEquals(DEADLINE, wait.close());
    assertFalse(wait.expire(Deadlines.NONE));
    assertFalse(wait.wake());
    assertEquals(Wait.CLOSED, wait.end(DEADLINE));
    assertEquals(Wait.CLOSED, wait.close());
  }
}
