package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** H74: what a killed server left in {@code tmp}. */
class MaildirLeftoversTest {

  private static final long OWN = ProcessHandle.current().pid();

  @TempDir Path root;
  private Spool spool;
  private MaildirAgent agent;

  @BeforeEach
  void makeMailbox() throws IOException {
    spool = new Spool(root);
    new Maildir(spool.mailbox("one")).prepare();
    agent = MaildirAgent.builder(spool.template()).hostname("mx").build();
  }

  private void leave(String... names) throws IOException {
    for (String name : names) {
      Files.writeString(root.resolve("one/tmp").resolve(name), "half a mess");
    }
  }

  private Set<String> left() throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("one/tmp"))) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  private static String name(long pid, String host) {
    return "1700000000.M123456P" + pid + "Q7R0123456789abcdef." + host;
  }

  /** The id of a process that is no more. */
  private static long dead() throws IOException {
    Process process = new ProcessBuilder("true").start();
    process.onExit().join();
    return process.pid();
  }

  private static long alive() {
    return ProcessHandle.current().parent().orElseThrow().pid();
  }

  @Test
  @DisplayName("H74: goes with the next message; whatever may be somebody's stays")
  void onlyOfTheDead() throws IOException {
    String[] stay = {
      name(alive(), "mx"),
      name(dead(), "mx.elsewhere"),
      name(dead(), "MX"),
      MaildirName.next("mx"),
      "1700000000.M123456P" + dead() + "_0.mx",
      "1700000000." + dead() + ".mx",
      "x" + name(dead(), "mx"),
      name(dead(), "mx,S=11"),
      "1700000000.M1P99999999999999999999Q7R0123456789abcdef.mx",
      "dovecot-uidlist.lock",
    };
    leave(stay);
    // With our own id it is from a process before us, as in a container that was started again.
    leave(name(dead(), "mx"), name(OWN, "mx"));

    Arrival arrival = Arrival.of("one").deliver(agent, "text\r\n");

    assertEquals(List.of("250 2.0.0"), arrival.answers());
    assertEquals(Set.of(stay), left());
    assertEquals(List.of("text\n"), spool.contents("one"));
  }

  @Test
  void newAndCurAreNotTouched() throws IOException {
    for (String folder : List.of("new", "cur")) {
      Files.writeString(root.resolve("one").resolve(folder).resolve(name(dead(), "mx")), "mail");
    }
    Arrival.of("one").deliver(agent, "text\r\n");
    assertEquals(3, spool.files().size());
  }

  @Test
  void eachMailboxIsLookedThroughOnce() throws IOException {
    Arrival.of("one").deliver(agent, "text\r\n");
    String name = name(dead(), "mx");
    leave(name);
    Arrival.of("one").deliver(agent, "text\r\n");
    assertEquals(Set.of(name), left());
  }

  @Test
  @DisplayName("H74: they go before anything is written, for they may be what fills the disk")
  void theyMakeRoom() throws IOException {
    try (Mount small = Mount.tmpfs(spool.mailbox("small"), "size=64k,nr_inodes=5")) {
      new Maildir(small.directory()).prepare();
      Path left = small.directory().resolve("tmp").resolve(name(dead(), "mx"));
      Files.writeString(left, "half a mess");

      Arrival arrival = Arrival.of("small").deliver(agent, "text\r\n");

      assertEquals(List.of("250 2.0.0"), arrival.answers());
      assertFalse(Files.exists(left));
    }
  }

  @Test
  void whatCannotBeRemovedStopsNoMail() throws IOException {
    Path stays = Files.createDirectory(root.resolve("one/tmp").resolve(name(dead(), "mx")));
    Files.createFile(stays.resolve("file"));

    Arrival arrival = Arrival.of("one").deliver(agent, "text\r\n");

    assertEquals(List.of("250 2.0.0"), arrival.answers());
    assertTrue(Files.exists(stays));
  }

  @Test
  @DisplayName("H33: a link in tmp is removed and not followed")
  void links() throws IOException {
    Path target = Files.writeString(root.resolve("precious"), "text");
    Path link = root.resolve("one/tmp").resolve(name(dead(), "mx"));
    Files.createSymbolicLink(link, target);

    Arrival.of("one").deliver(agent, "text\r\n");

    assertEquals(Set.of(), left());
    assertEquals("text", Files.readString(target));
  }
}
