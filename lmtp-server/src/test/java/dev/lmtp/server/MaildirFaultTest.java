package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * H75 with real file systems that fail, most of them mounted by the test: for the recipient it
 * happens to a 4xx, nothing torn in {@code new}, nothing of ours in {@code tmp}, and the others get
 * the whole message.
 */
class MaildirFaultTest {

  private static final String CONTENT = "line of text\r\n".repeat(20_000);
  private static final String STORED = CONTENT.replace("\r\n", "\n");

  @TempDir Path directory;
  private Spool spool;
  private MaildirAgent agent;

  /** What a test does to the file system while the content comes. */
  private interface Fault {
    void strike() throws IOException;
  }

  @BeforeEach
  void makeMailboxes() throws IOException {
    spool = new Spool(Files.createDirectory(directory.resolve("root")));
    for (String name : List.of("one", "two", "small")) {
      spool.mailbox(name);
    }
    agent = MaildirAgent.builder(spool.template()).hostname("mx").build();
  }

  private static List<byte[]> pieces() {
    List<byte[]> pieces = new ArrayList<>();
    for (int from = 0; from < CONTENT.length(); from += 10_000) {
      pieces.add(Arrival.bytes(CONTENT.substring(from, Math.min(from + 10_000, CONTENT.length()))));
    }
    return pieces;
  }

  /** Content in whose middle, or behind whose end, something happens. */
  private static IncomingMessage.Source strikes(int before, Fault fault) {
    IncomingMessage.Source whole = Arrival.content(pieces());
    int[] left = {before};
    return () -> {
      if (left[0]-- == 0) {
        fault.strike();
      }
      return whole.next();
    };
  }

  private void assertNothingIn(String mailbox) throws IOException {
    assertEquals(List.of(), new Spool(spool.root().resolve(mailbox)).files());
  }

  /** Each got the whole message so many times, and has nothing else. */
  private void assertWhole(int times, String... mailboxes) throws IOException {
    for (String mailbox : mailboxes) {
      assertEquals(Collections.nCopies(times, STORED), spool.contents(mailbox));
      assertEquals(times, new Spool(spool.root().resolve(mailbox)).files().size(), mailbox);
    }
  }

  @Test
  @DisplayName("H75: a full disk: 452 4.3.1 for that recipient, the others get the whole message")
  void diskFull() throws IOException {
    try (Mount small = Mount.tmpfs(spool.root().resolve("small"), "size=128k")) {
      Arrival first = Arrival.of("small", "one", "two").deliver(agent, pieces());
      Arrival later = Arrival.of("one", "small", "two").deliver(agent, pieces());
      Arrival fits = Arrival.of("small").deliver(agent, "short\r\n");

      assertEquals(List.of("452 4.3.1", "250 2.0.0", "250 2.0.0"), first.answers());
      assertEquals(List.of("250 2.0.0", "452 4.3.1", "250 2.0.0"), later.answers());
      assertEquals(List.of("250 2.0.0"), fits.answers());
      assertWhole(2, "one", "two");
      assertEquals(List.of("short\n"), spool.contents("small"));
      assertEquals(1, new Spool(small.directory()).files().size());
    }
  }

  @Test
  @DisplayName("H75: no inode for the file, and none for the folders")
  void noInode() throws IOException {
    for (int inodes = 1; inodes <= 4; inodes++) {
      try (Mount small =
          Mount.tmpfs(spool.root().resolve("small"), "size=1m,nr_inodes=" + inodes)) {
        Arrival arrival = Arrival.of("small", "one").deliver(agent, pieces());

        assertEquals(List.of("452 4.3.1", "250 2.0.0"), arrival.answers(), inodes + " inodes");
        assertEquals(List.of(), new Spool(small.directory()).files());
      }
    }
    assertWhole(4, "one");
  }

  @Test
  @DisplayName("H75: a spool that is read-only for a while")
  void readOnly() throws IOException {
    try (Mount small = Mount.tmpfs(spool.root().resolve("small"), "size=4m")) {
      List<String> answers = new ArrayList<>();
      for (String mode : List.of("rw", "ro", "rw")) {
        small.remount(mode);
        answers.addAll(Arrival.of("small", "one").deliver(agent, pieces()).answers());
      }

      assertEquals(
          List.of("250 2.0.0", "250 2.0.0", "452 4.3.1", "250 2.0.0", "250 2.0.0", "250 2.0.0"),
          answers);
      assertWhole(2, "small");
    }
    assertWhole(3, "one");
  }

  @Test
  @DisplayName("H75: where the system speaks another language, the file system is asked")
  void otherWords() throws IOException {
    IOException failure = new IOException("Kein Platz");
    try (Mount small = Mount.tmpfs(spool.root().resolve("small"), "size=128k")) {
      String room = Arrival.codes(MaildirFailure.reply(failure, small.directory()));
      small.remount("ro");
      String readOnly = Arrival.codes(MaildirFailure.reply(failure, small.directory()));
      small.remount("rw");
      Files.write(small.directory().resolve("file"), new byte[100 << 10]);
      String full = Arrival.codes(MaildirFailure.reply(failure, small.directory()));

      assertEquals(List.of("451 4.3.0", "452 4.3.1", "452 4.3.1"), List.of(room, readOnly, full));
    }
  }

  @ParameterizedTest
  @DisplayName("H75: a file system that fails while the content comes")
  @ValueSource(ints = {0, 10, 28})
  void fileSystemFails(int before) throws IOException {
    Path image = directory.resolve("image");
    try (Mount small = Mount.ext4(image, 16 << 20, spool.root().resolve("small"))) {
      Arrival.of("small").deliver(agent, "earlier\r\n");
      IncomingMessage.Source content = strikes(before, () -> small.remount("abort"));

      Arrival arrival = Arrival.of("small", "one").deliver(agent, content);

      // The kernel does not call it read-only in its list of mounts, only in its errors.
      assertEquals(List.of("452 4.3.1", "250 2.0.0"), arrival.answers());
      assertEquals(List.of("earlier\n"), spool.contents("small"));
    }
    assertWhole(1, "one");
  }

  @Test
  @DisplayName("H75: room that was promised and is not there: the sync fails, not the write")
  void syncFails() throws IOException {
    Path store = Files.createDirectory(directory.resolve("store"));
    try (Mount memory = Mount.tmpfs(store, "size=1m");
        Mount small =
            Mount.ext4(memory.directory().resolve("i"), 64 << 20, spool.root().resolve("small"))) {
      String much = "line of text\r\n".repeat(500_000);

      Arrival arrival = Arrival.of("small", "one", "two").deliver(agent, much);

      assertEquals(List.of("452 4.3.1", "250 2.0.0", "250 2.0.0"), arrival.answers());
      assertEquals(List.of(), new Spool(small.directory()).files());
      assertEquals(List.of(much.replace("\r\n", "\n")), spool.contents("one"));
      assertEquals(spool.contents("one"), spool.contents("two"));
    }
  }

  @Test
  @DisplayName("H75: a quota that is reached by the message itself, whose size nobody told")
  void quotaReachedMidway() throws IOException {
    long quota = STORED.length() + 200_000L;
    agent = MaildirAgent.builder(spool.template()).hostname("mx").quota(quota).build();

    List<String> answers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      answers.addAll(Arrival.of("one", "one", "two").deliver(agent, pieces()).answers());
      Files.delete(spool.messages("two").get(0));
    }

    assertEquals(
        List.of("250 2.0.0", "452 4.2.2", "250 2.0.0", "452 4.2.2", "452 4.2.2", "250 2.0.0"),
        answers);
    assertWhole(1, "one");
    assertNothingIn("two");
  }

  @ParameterizedTest
  @DisplayName("H75: a directory that is removed while the message comes")
  @ValueSource(strings = {"", "tmp", "new"})
  void removedWhileDelivering(String folder) throws IOException {
    for (int before : new int[] {0, 10, 28}) {
      Arrival.of("one").deliver(agent, "earlier\r\n");
      Path gone = spool.root().resolve("one").resolve(folder);

      Arrival arrival =
          Arrival.of("one", "two", "one")
              .deliver(agent, strikes(before, () -> assertTrue(Mount.run("rm", "-r", "" + gone))));

      // Without its folders a mailbox is one still; they are made again.
      String again = folder.isEmpty() ? "451 4.2.0" : "250 2.0.0";
      assertEquals(List.of("451 4.2.0", "250 2.0.0", again), arrival.answers());
      assertEquals(STORED, spool.contents("two").get(0));
      assertTrue(spool.contents("one").stream().allMatch(List.of("earlier\n", STORED)::contains));
      assertEquals(spool.messages("one").size(), filesIn("one"));
      Mount.run("rm", "-r", spool.root() + "/one", spool.root() + "/two/new");
      spool.mailbox("one");
    }
  }

  private int filesIn(String mailbox) throws IOException {
    Path path = spool.root().resolve(mailbox);
    return Files.exists(path) ? new Spool(path).files().size() : 0;
  }

  @ParameterizedTest
  @DisplayName("H75: permission lost between two messages, and while one comes")
  @ValueSource(strings = {"tmp", "new"})
  void permissionLost(String folder) throws IOException {
    Path closed = spool.root().resolve("one").resolve(folder);
    for (int before : new int[] {-1, 0, 28}) {
      Arrival.of("one").deliver(agent, "earlier\r\n");
      IncomingMessage.Source content = strikes(before, () -> forbid(closed));
      try {
        if (before < 0) {
          forbid(closed);
        }
        Arrival arrival = Arrival.of("one", "two").deliver(agent, content);

        assertEquals(List.of("451 4.3.0", "250 2.0.0"), arrival.answers(), "before " + before);
        assertEquals(STORED, spool.contents("two").get(0));
        assertEquals(List.of("earlier\n"), spool.contents("one"));
        assertTrue(folder.equals("tmp") || filesIn("one") == 1, "nothing stays in tmp");
      } finally {
        permit(closed);
      }
      Mount.run("rm", "-r", spool.root() + "/one", spool.root() + "/two/new");
      spool.mailbox("one");
    }
  }

  // Permissions do not stop root.
  private static void forbid(Path folder) throws IOException {
    boolean forbidden =
        isRoot()
            ? Mount.run("chattr", "+i", folder.toString())
            : Mount.run("chmod", "0500", folder.toString());
    assumeTrue(forbidden, "skipped: the file system knows no immutable directories");
  }

  private static void permit(Path folder) throws IOException {
    if (isRoot()) {
      Mount.run("chattr", "-i", folder.toString());
    } else {
      Mount.run("chmod", "0700", folder.toString());
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  @Test
  @DisplayName("H75: a failure is one recipient's; the session and the next message go on")
  void theSessionGoesOn() throws IOException {
    Envelope envelope = Envelope.of("me@x", "small@x", "one@x", "small@x", "two@x");
    LmtpClient client = LmtpClient.to("unix:" + directory.resolve("s"));
    try (Mount small = Mount.tmpfs(spool.root().resolve("small"), "size=128k");
        LmtpServer server =
            LmtpServer.builder(agent).listen("unix:" + directory.resolve("s")).start();
        LmtpConnection connection = client.connect()) {
      for (int i = 1; i <= 3; i++) {
        DeliveryResult result =
            connection.deliver(envelope, MessageSource.of(Arrival.bytes(CONTENT)));

        assertEquals(
            List.of("452 4.3.1", "250 2.0.0", "452 4.3.1", "250 2.0.0"),
            result.recipients().stream().map(r -> Arrival.codes(r.reply().orElseThrow())).toList());
        assertEquals(1, server.connections());
      }
      assertEquals(List.of(), new Spool(small.directory()).files());
    }
    assertWhole(3, "one", "two");
  }
}
