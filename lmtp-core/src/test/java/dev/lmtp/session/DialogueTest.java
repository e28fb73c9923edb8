package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lmtp.testing.DialoguePlayer;
import dev.lmtp.testing.DialoguePlayer.Comparison;
import dev.lmtp.testing.Dialogues;
import dev.lmtp.testkit.Dialogue;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The dialogues of {@code src/test/resources/dialogues}, whose names say which rows of the protocol
 * they hold. {@code both} are exact on either side, {@code server} and {@code client} on one;
 * {@code captured} ones are real clients' and compared by code.
 */
@DisplayName("E1 Dialogues, at every slicing of their octets")
class DialogueTest {

  @TestFactory
  Stream<DynamicTest> server() {
    return Stream.concat(found("server").stream(), found("both").stream())
        .map(
            dialogue ->
                dynamicTest(
                    dialogue.name(),
                    () -> DialoguePlayer.playClientLines(dialogue, Comparison.EXACT)));
  }

  @TestFactory
  Stream<DynamicTest> client() {
    return Stream.concat(found("client").stream(), found("both").stream())
        .map(
            dialogue ->
                dynamicTest(dialogue.name(), () -> DialoguePlayer.playServerLines(dialogue)));
  }

  @TestFactory
  Stream<DynamicTest> captured() {
    return Dialogues.all("captured").stream()
        .map(
            dialogue ->
                dynamicTest(
                    dialogue.name(),
                    () -> DialoguePlayer.playClientLines(dialogue, Comparison.CODES)));
  }

  private static List<Dialogue> found(String folder) {
    List<Dialogue> dialogues = Dialogues.all(folder);
    assertFalse(dialogues.isEmpty(), "no dialogues in " + folder);
    return dialogues;
  }

  @Test
  @DisplayName("What is written of a step is read back as that step")
  void writtenAndRead() {
    List<String> lines =
        List.of(
            "C: MAIL FROM:<gr\u00fc\u00dfe@b>",
            "S: 250 ",
            "C:  a\tb",
            "C: ",
            "C-raw: \\xff\\r\\n",
            "S-raw: 250 a\\n\\rb",
            "C-eof",
            "S-eof",
            "");
    String text = String.join("\n", lines);
    StringBuilder written = new StringBuilder();
    Dialogue.parse("inline", text).steps().forEach(s -> written.append(Dialogue.format(s)));
    assertEquals(text, written.toString());
  }

  @Test
  @DisplayName("The player notices a reply that is not the one written, and one too many or few")
  void thePlayerCanFail() {
    differs("S: 220 server.example LMTP ready\nC: NOOP\nS: 250 2.0.0 OK\n");
    differs("S: 220 server.example LMTP ready\nC: NOOP\n");
    differs("S: 220 server.example LMTP ready\nC: NOOP\nS: 250 2.0.0 Ok\nS: 250 2.0.0 Ok\n");
    differs("S: 220 server.example LMTP ready\nS-eof\n");
    differs("S: 220 server.example LMTP ready\nA: aborted RSET\n");
    differs("S: 220 server.example ESMTP*\n");
  }

  private static void differs(String text) {
    Dialogue dialogue = Dialogue.parse("inline", text);
    assertThrows(
        AssertionError.class, () -> DialoguePlayer.playClientLines(dialogue, Comparison.EXACT));
  }
}
