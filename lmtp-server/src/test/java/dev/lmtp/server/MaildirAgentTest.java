package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaildirAgentTest {

  private static final String CONTENT = "Subject: hello\r\n\r\nfirst\r\n\r\n.last\r\n";

  @TempDir Path directory;
  private Spool spool;
  private MaildirAgent agent;

  @BeforeEach
  void makeMailboxes() throws IOException {
    spool = new Spool(Files.createDirectory(directory.resolve("root")));
    spool.mailbox("one");
    spool.mailbox("two");
    spool.mailbox("three");
    agent = MaildirAgent.builder(spool.template()).hostname("mx.example.org").build();
  }

  private String answer(String recipient) throws IOException {
    return Arrival.codes(
        agent.recipient(Arrival.transaction(), ForwardPath.parse(recipient), Parameters.NONE));
  }

  @Test
  void aMailboxExistsWhenItsDirectoryDoes() throws IOException {
    Files.createFile(spool.root().resolve("file"));

    assertEquals("250 2.1.5", answer("one@example.org"));
    assertEquals("250 2.1.5", answer("\"one\"@example.org"));
    assertEquals("550 5.1.1", answer("nobody@example.org"));
    assertEquals("550 5.1.1", answer("ONE@example.org"));
    assertEquals("550 5.1.1", answer("file@example.org"));
  }

  @Test
  void aFileOnTheWayToTheDirectoryIsNoMailbox() throws IOException {
    Files.createFile(spool.root().resolve("file"));
    agent = MaildirAgent.of(spool.root() + "/%n/Maildir");

    assertEquals("550 5.1.1", answer("file@example.org"));
  }

  @ParameterizedTest
  @DisplayName("H33: names that are no plain names of files")
  @ValueSource(
      strings = {
        ".",
        "..",
        ".hidden",
        "-option",
        "../outside",
        "/etc",
        "one/../../outside",
        "a/b",
        "\"\"",
        "\"..\"",
        "\"../outside\"",
        "\"one\\\\two\"",
        "\"\\.\\./outside\"",
        "\"/\""
      })
  void hostileLocalParts(String local) throws IOException {
    Files.createDirectories(directory.resolve("outside"));
    Files.createDirectories(spool.root().resolve(".hidden"));
    Files.createDirectories(spool.root().resolve("-option"));
    Files.createDirectories(spool.root().resolve("one\\two"));
    Files.createDirectories(spool.root().resolve("a/b"));

    assertEquals("550 5.1.1", answer(local + "@example.org"));
    // Nor is anything stored where nobody asked beforehand.
    assertEquals(
        List.of("550 5.1.1"), Arrival.of(local + "@example.org").deliver(agent, CONTENT).answers());
    assertEquals(List.of(), new Spool(directory).files());
  }

  @Test
  @DisplayName("H33: symbolic links out of the root are not followed, within it they are")
  void symbolicLinks() throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.createSymbolicLink(spool.root().resolve("away"), outside);
    Files.createSymbolicLink(spool.root().resolve("up"), Path.of(".."));
    Files.createSymbolicLink(spool.root().resolve("dangling"), Path.of("nowhere"));
    Files.createSymbolicLink(spool.root().resolve("alias"), Path.of("one"));

    assertEquals("550 5.1.1", answer("away@example.org"));
    assertEquals("550 5.1.1", answer("up@example.org"));
    assertEquals("550 5.1.1", answer("dangling@example.org"));
    assertEquals("250 2.1.5", answer("alias@example.org"));

    Arrival arrival = Arrival.of("away@example.org", "alias@example.org").deliver(agent, CONTENT);
    assertEquals(List.of("451 4.3.0", "250 2.0.0"), arrival.answers());
    assertEquals(1, spool.messages("one").size());
    assertEquals(List.of(), new Spool(outside).files());
  }

  @ParameterizedTest
  @DisplayName("H33: nor links of the folders in a mailbox")
  @ValueSource(strings = {"tmp", "new", "cur"})
  void linkedFolders(String folder) throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.createSymbolicLink(spool.root().resolve("one").resolve(folder), outside);

    Arrival arrival = Arrival.of("one@example.org").deliver(agent, CONTENT);

    assertEquals(List.of("451 4.3.0"), arrival.answers());
    assertEquals(List.of(), new Spool(directory).files());
  }

  @Test
  void theRootItselfMayBeALink() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), spool.root());
    agent = MaildirAgent.of(link + "/%n");

    assertEquals("250 2.1.5", answer("one@example.org"));
  }

  @Test
  void aMissingRootBouncesNobody() {
    agent = MaildirAgent.of(directory + "/unmounted/%n");

    assertThrows(NoSuchFileException.class, () -> answer("one@example.org"));
  }

  @Test
  @DisplayName("L4, L7: each recipient is answered in its order, when its group is stored")
  void oneGroupAfterTheOther() throws IOException {
    List<String> seen = new ArrayList<>();
    Arrival arrival =
        Arrival.of("one@example.org", "nobody@example.org", "two@example.org", "one@example.org")
            .whenAnswered(
                index ->
                    seen.add(
                        index
                            + ": one "
                            + spool.contents("one").size()
                            + " two "
                            + spool.contents("two").size()))
            .deliver(agent, CONTENT);

    assertEquals(List.of(0, 1, 2, 3), arrival.order());
    assertEquals(
        List.of("0: one 1 two 1", "1: one 1 two 1", "2: one 1 two 1", "3: one 2 two 1"), seen);
    assertEquals(List.of("250 2.0.0", "451 4.2.0", "250 2.0.0", "250 2.0.0"), arrival.answers());
    String stored = CONTENT.replace("\r\n", "\n");
    assertEquals(List.of(stored, stored), spool.contents("one"));
    assertEquals(List.of(stored), spool.contents("two"));
    assertEquals(3, spool.files().size(), "nothing stays in tmp");
  }

  @Test
  @DisplayName("L6: when the answer is given, the whole file stands in new and is gone from tmp")
  void wholeWhenAnswered() throws IOException {
    List<String> seen = new ArrayList<>();
    Arrival.of("one@example.org")
        .whenAnswered(
            index -> {
              try {
                seen.addAll(spool.contents("one"));
                seen.add(Integer.toString(spool.files().size()));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            })
        .deliver(agent, CONTENT);

    assertEquals(List.of(CONTENT.replace("\r\n", "\n"), "1"), seen);
  }

  @Test
  void makesTheFoldersForItsOwnerOnly() throws IOException {
    Arrival.of("one@example.org").deliver(agent, CONTENT);

    for (String folder : List.of("tmp", "new", "cur")) {
      Path path = spool.root().resolve("one").resolve(folder);
      assertEquals("rwx------", mode(path), folder);
    }
    assertEquals("rw-------", mode(spool.messages("one").get(0)));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void aMissingFolderIsMadeBesideTheOthers() throws IOException {
    for (String folder : List.of("tmp", "new", "cur")) {
      Arrival.of("one@example.org").deliver(agent, CONTENT);
      Path path = spool.root().resolve("one").resolve(folder);
      for (Path file : new Spool(path).files()) {
        Files.delete(file);
      }
      Files.delete(path);

      Arrival arrival = Arrival.of("one@example.org").deliver(agent, CONTENT);

      assertEquals(List.of("250 2.0.0"), arrival.answers(), folder);
      assertTrue(Files.isDirectory(path), folder);
    }
  }

  @Test
  void theNameTellsTheSizeOfTheFile() throws IOException {
    Arrival.of("one@example.org").deliver(agent, CONTENT);

    Path file = spool.messages("one").get(0);
    String name = file.getFileName().toString();
    assertTrue(
        name.matches("\\d+\\.M\\d{1,6}P\\d+Q\\d+R[0-9a-f]+\\.mx\\.example\\.org,S=\\d+"), name);
    assertEquals(Files.size(file), MaildirName.size(name).orElseThrow());
  }

  @Test
  void anEmptyContentIsAMessage() throws IOException {
    Arrival arrival = Arrival.of("one@example.org", "two@example.org").deliver(agent, List.of());

    assertEquals(List.of("250 2.0.0", "250 2.0.0"), arrival.answers());
    assertEquals(List.of(""), spool.contents("one"));
    assertEquals(List.of(""), spool.contents("two"));
  }

  @Test
  void oneMaildirForEverybody() throws IOException {
    agent = MaildirAgent.of(spool.root() + "/one");

    assertEquals("250 2.1.5", answer("anybody@example.org"));
    Arrival.of("a@example.org", "b@example.org").deliver(agent, CONTENT);
    assertEquals(2, spool.messages("one").size());
  }

  @Test
  void settingsAreChecked() {
    MaildirAgent.Builder builder = MaildirAgent.builder(spool.template());

    assertThrows(IllegalArgumentException.class, () -> builder.quota(-1));
    assertThrows(IllegalArgumentException.class, () -> builder.hostname("a/b"));
    assertThrows(IllegalArgumentException.class, () -> builder.hostname(""));
    assertThrows(IllegalArgumentException.class, () -> MaildirAgent.of("/mail/%x"));
    assertFalse(MaildirAgent.of(spool.template()).hostname().isEmpty());
  }

  @Test
  void manySessionsAtOnceIntoANewMailbox() throws Exception {
    int threads = 8;
    int each = 10;
    CountDownLatch start = new CountDownLatch(1);
    Callable<List<String>> session =
        () -> {
          start.await();
          List<String> answers = new ArrayList<>();
          for (int i = 0; i < each; i++) {
            answers.addAll(Arrival.of("one", "two").deliver(agent, CONTENT).answers());
          }
          return answers;
        };
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    List<Future<List<String>>> sessions = new ArrayList<>();
    try {
      for (int i = 0; i < threads; i++) {
        sessions.add(executor.submit(session));
      }
      start.countDown();
      for (Future<List<String>> answers : sessions) {
        assertEquals(Collections.nCopies(2 * each, "250 2.0.0"), answers.get());
      }
    } finally {
      executor.shutdownNow();
    }

    List<String> all = Collections.nCopies(threads * each, CONTENT.replace("\r\n", "\n"));
    assertEquals(all, spool.contents("one"));
    assertEquals(all, spool.contents("two"));
  }
}
