package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.io.LeaderFollowersModel.Fault;
import dev.lmtp.io.LeaderFollowersModel.Script;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Walks every order in which the steps of {@link LeaderFollowers} and {@link Place} can come, as
 * {@link LeaderFollowersModel} writes them down, and shows of each: from wherever the threads are,
 * all input can still be answered and every ended session end; no session has two owners, or runs
 * while the selector does not know it; nobody leads beside another, and somebody does while a
 * session waits for its peer; no thread turns in a circle by itself.
 */
class LeaderFollowersModelTest {

  static List<List<Script>> scripts() {
    return List.of(
        List.of(Script.QUICK, Script.QUICK),
        List.of(Script.READS_ON, Script.QUICK),
        List.of(Script.WRITES_ON, Script.QUICK),
        List.of(Script.ENDED, Script.QUICK),
        List.of(Script.ENDED_READING, Script.QUICK),
        List.of(Script.ENDED_BEHIND, Script.QUICK),
        List.of(Script.ENDED_WRITING, Script.QUICK),
        List.of(Script.TAKES_LONG, Script.QUICK));
  }

  @ParameterizedTest
  @MethodSource("scripts")
  @DisplayName("every order of steps ends well")
  void walk(List<Script> sessions) {
    String wrong = new LeaderFollowersModel(sessions, Fault.NONE).walk();
    assertTrue(wrong.isEmpty(), wrong);
  }

  @ParameterizedTest
  @EnumSource(value = Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  @DisplayName("each of these mistakes is found by one walk at least")
  void mistakes(Fault fault) {
    assertTrue(
        scripts().stream()
            .anyMatch(sessions -> !new LeaderFollowersModel(sessions, fault).walk().isEmpty()),
        fault + " was not found");
  }
}
