package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.ReversePath;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With commands of every Unix. */
@Timeout(60)
class PipeAgentTest {

  private static final String CONTENT = "Subject: hi\r\n\r\n.body\r\n";

  @TempDir Path directory;

  private static PipeAgent script(String script, String... arguments) {
    return PipeAgent.of(
        Stream.concat(Stream.of("/bin/sh", "-c", script, "script"), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private static List<String> answers(PipeAgent agent, String... recipients) throws IOException {
    return Arrival.of(recipients).deliver(agent, CONTENT).answers();
  }

  @Test
  @DisplayName("each recipient's command gets fields and content with LF, and nothing else")
  void whatTheCommandGets() throws IOException {
    PipeAgent agent =
        script("cat > " + directory + "/\"$1\"; env | sort > " + directory + "/env", "%n");
    assertEquals(List.of("250 2.0.0", "250 2.0.0"), answers(agent, "ada@d.example", "bob"));
    for (String name : List.of("ada", "bob")) {
      String text = Files.readString(directory.resolve(name));
      assertTrue(text.startsWith("Return-Path: <sender@example.net>\nDelivered-To: " + name), text);
      assertEquals("Subject: hi\n\n.body\n", Spool.withoutTrace(text));
    }
    Set<String> environment =
        Files.readAllLines(directory.resolve("env")).stream()
            .filter(line -> !line.matches("(PWD|SHLVL|_|OLDPWD)=.*"))
            .collect(Collectors.toSet());
    assertEquals(
        Set.of(
            "PATH=/usr/local/bin:/usr/bin:/bin",
            "SENDER=sender@example.net",
            "RECIPIENT=bob",
            "USER=bob",
            "DOMAIN="),
        environment);
  }

  @Test
  @DisplayName("a mailbox is the same with quotes and without, and an option with both")
  void quotedLocalPart() throws IOException {
    PipeAgent agent =
        script("cat > " + directory + "/\"$1\"; echo \"$USER\" >> " + directory + "/users", "%n");
    assertEquals(
        List.of("250 2.0.0", "250 2.0.0", "550 5.1.1"),
        answers(agent, "\"ada\"@d.example", "\"b c\"@d.example", "\"-f\"@d.example"));
    assertEquals(List.of("ada", "b c"), Files.readAllLines(directory.resolve("users")));
    assertTrue(Files.exists(directory.resolve("b c")));
    assertThrows(IllegalArgumentException.class, PipeAgent::of);
  }

  @ParameterizedTest
  @DisplayName("the exit code answers, as sysexits.h has it")
  @CsvSource({
    "0, 250 2.0.0", "1, 451 4.3.0", "64, 451 4.3.0", "65, 550 5.6.0", "67, 550 5.1.1",
    "68, 550 5.1.2", "69, 550 5.3.0", "70, 451 4.3.0", "73, 451 4.3.0", "75, 451 4.3.0",
    "77, 550 5.7.0", "78, 451 4.3.0", "127, 451 4.3.0"
  })
  void exitCodes(int exit, String reply) throws IOException {
    assertEquals(List.of(reply), answers(script("exit " + exit), "ada@d"));
  }

  @Test
  void aSignalOrNoProgramIsTemporary() throws IOException {
    assertEquals(List.of("451 4.3.0"), answers(script("kill -9 $$"), "ada@d"));
    assertEquals(
        List.of("451 4.3.0"), answers(PipeAgent.of(directory + "/no-such-program"), "ada@d"));
  }

  @Test
  @DisplayName("H33: what the peer chose is no option and no script")
  void hostileRecipients() throws IOException {
    PipeAgent agent = script("printf %s \"$2\" > " + directory + "/got", "--", "%u");
    for (String hostile : List.of("-rf@d.example", "--help")) {
      assertEquals("550 5.1.1", rcpt(agent, hostile));
      assertEquals(List.of("550 5.1.1"), answers(agent, hostile));
    }
    assertEquals("550 5.1.1", rcpt(script("exit 0", "%d"), "ada"));
    assertEquals("550 5.6.7", rcpt(agent, "\u00e4da@d.example"));
    assertFalse(Files.exists(directory.resolve("got")));

    String shell = "\"$(touch\\ x);`id`;|&\"@d.example";
    assertEquals(List.of("250 2.0.0"), answers(agent, shell));
    assertEquals(shell, Files.readString(directory.resolve("got")));
  }

  private static String rcpt(PipeAgent agent, String recipient) {
    return Arrival.codes(
        agent.recipient(Arrival.transaction(), ForwardPath.parse(recipient), Parameters.NONE));
  }

  @Test
  void sendersThatAreNotAscii() {
    Transaction utf8 =
        new Transaction("T", Arrival.peer(), ReversePath.parse("j\u00f6@d"), Parameters.NONE);
    Transaction report = new Transaction("T", Arrival.peer(), ReversePath.NULL, Parameters.NONE);
    PipeAgent agent = script("exit 0");
    assertEquals("550 5.6.7", Arrival.codes(agent.sender(utf8)));
    assertEquals("250 2.1.0", Arrival.codes(agent.sender(report)));
  }

  @Test
  @DisplayName("H70: when its time is up the command is killed, with its children")
  void timeIsUp() throws IOException {
    Path pids = directory.resolve("pids");
    PipeAgent agent =
        script("sleep 600 & echo $! $$ > " + pids + "; wait").withPatience(Duration.ofSeconds(3));
    assertEquals(List.of("451 4.3.0"), answers(agent, "ada@d"));
    for (String pid : Files.readString(pids).strip().split(" ")) {
      ProcessHandle.of(Long.parseLong(pid)).ifPresent(handle -> handle.onExit().join());
    }
  }

  @Test
  @DisplayName("a command that reads nothing, or talks without end, or leaves a child behind")
  void oddCommands() throws IOException {
    byte[] large = new byte[1_000_000];
    IncomingMessage.Source content = Arrival.content(List.of(large, large));
    assertEquals(
        List.of("250 2.0.0"),
        Arrival.of("ada").deliver(script("exec <&-; exit 0"), content).answers());
    content = Arrival.content(List.of(large, large));
    assertEquals(
        List.of("250 2.0.0"),
        Arrival.of("ada")
            .deliver(script("head -c 3000000 /dev/zero; cat > " + directory + "/got"), content)
            .answers());
    assertTrue(Files.size(directory.resolve("got")) > 2_000_000);
    Path pid = directory.resolve("pid");
    assertEquals(List.of("250 2.0.0"), answers(script("sleep 600 & echo $! > " + pid), "ada@d"));
    ProcessHandle left =
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
    left.destroy();
  }

  @Test
  @DisplayName("L6: a content that fails half-way is never taken for a whole one")
  void contentFails() throws Exception {
    Path file = Files.write(directory.resolve("short"), new byte[100_000]);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      Content shorter = new Content(List.of(new Extent.InFile(channel, 0, 200_000)));
      ProcessBuilder taking = new ProcessBuilder("/bin/sh", "-c", "cat > /dev/null");
      PipedCommand piped = new PipedCommand(taking, shorter.stream());
      assertEquals(128 + 9, piped.run(Duration.ofMinutes(1)));
      assertTrue(piped.said().contains("shorter"), piped.said());
    }
  }

  @Test
  void whatItPrintsIsOneShortLine() throws Exception {
    ProcessBuilder talking =
        new ProcessBuilder("/bin/sh", "-c", "printf 'a\\nb\\033c'; head -c 9999 /dev/zero >&2");
    Content nothing = new Content(List.of());
    PipedCommand piped = new PipedCommand(talking, nothing.stream());
    assertEquals(0, piped.run(Duration.ofMinutes(1)));
    assertEquals("a b c", piped.said());
  }
}
