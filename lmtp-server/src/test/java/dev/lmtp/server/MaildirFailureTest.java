package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong while a message is stored. */
class MaildirFailureTest {

  private static final String CONTENT = "line of text\r\n".repeat(20_000);
  private static final String STORED = CONTENT.replace("\r\n", "\n");

  @TempDir Path directory;
  private Spool spool;
  private MaildirAgent agent;

  private final Logger logger = Logger.getLogger(MaildirAgent.class.getName());
  private final List<String> log = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          log.add(line.getLevel() + " " + new SimpleFormatter().formatMessage(line));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void readTheLog() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void leaveTheLog() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  @BeforeEach
  void makeMailboxes() throws IOException {
    spool = new Spool(Files.createDirectory(directory.resolve("root")));
    for (String name : List.of("one", "two", "three")) {
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

  @Test
  @DisplayName("H21, S12: content that breaks off leaves no file, wherever it does")
  void abort() throws IOException {
    List<byte[]> pieces = pieces();
    for (int whole = 0; whole <= pieces.size(); whole++) {
      Arrival arrival = Arrival.of("one", "two");
      IncomingMessage.Source content = Arrival.abortedBehind(pieces.subList(0, whole));

      assertThrows(ContentAbortedException.class, () -> arrival.deliver(agent, content));

      assertEquals(List.of("none", "none"), arrival.answers());
      assertEquals(List.of(), spool.files(), "after " + whole + " pieces");
    }
  }

  @Test
  void whatTheContentThrowsIsThrown() {
    IOException reset = new IOException("connection reset");
    IllegalStateException bug = new IllegalStateException("bug");
    Arrival arrival = Arrival.of("one", "two");

    assertSame(
        reset,
        assertThrows(
            IOException.class,
            () ->
                arrival.deliver(
                    agent,
                    () -> {
                      throw reset;
                    })));
    assertSame(
        bug,
        assertThrows(
            IllegalStateException.class,
            () ->
                arrival.deliver(
                    agent,
                    () -> {
                      throw bug;
                    })));
    assertEquals(List.of("none", "none"), arrival.answers());
  }

  @Test
  @DisplayName("H75: a mailbox that went away is its recipient's failure alone")
  void mailboxGone() throws IOException {
    Files.delete(spool.root().resolve("one"));

    Arrival arrival = Arrival.of("one", "two", "one", "three").deliver(agent, pieces());

    assertEquals(List.of("451 4.2.0", "250 2.0.0", "451 4.2.0", "250 2.0.0"), arrival.answers());
    assertEquals(List.of(0, 1, 2, 3), arrival.order());
    assertEquals(List.of(STORED), spool.contents("two"));
    assertEquals(List.of(STORED), spool.contents("three"));
    assertEquals(2, spool.files().size());
  }

  @Test
  void mailboxGoneWhileTheContentComes() throws IOException {
    Arrival.of("one").deliver(agent, "earlier\r\n");
    IncomingMessage.Source whole = Arrival.content(pieces());
    Path moved = spool.root().resolve("moved");
    IncomingMessage.Source content =
        () -> {
          ByteBuffer piece = whole.next();
          if (piece == null) {
            Files.move(spool.root().resolve("one"), moved);
          }
          return piece;
        };

    Arrival arrival = Arrival.of("one", "two").deliver(agent, content);

    assertEquals(List.of("451 4.2.0", "250 2.0.0"), arrival.answers());
    assertEquals(List.of(STORED), spool.contents("two"));
    assertEquals(List.of("earlier\n"), spool.contents("moved"));
  }

  @Test
  @DisplayName("H75: files where folders should be")
  void noFolder() throws IOException {
    for (String folder : List.of("tmp", "new")) {
      Path file = Files.createFile(spool.root().resolve("one").resolve(folder));

      Arrival arrival = Arrival.of("one", "two").deliver(agent, pieces());

      assertEquals(List.of("451 4.3.0", "250 2.0.0"), arrival.answers(), folder);
      Files.delete(file);
    }
    assertEquals(List.of(STORED, STORED), spool.contents("two"));
    assertEquals(2, spool.files().size());
  }

  @Test
  void theNextRecipientServesAsTheFirst() throws IOException {
    Files.createFile(spool.root().resolve("one").resolve("tmp"));
    Files.delete(spool.root().resolve("two"));

    Arrival arrival = Arrival.of("one", "two", "three", "three").deliver(agent, pieces());

    assertEquals(List.of("451 4.3.0", "451 4.2.0", "250 2.0.0", "250 2.0.0"), arrival.answers());
    assertEquals(List.of(STORED, STORED), spool.contents("three"));
  }

  @Test
  void nobodyCanBeServed() throws IOException {
    Files.delete(spool.root().resolve("one"));
    Files.delete(spool.root().resolve("two"));
    boolean[] read = {false};

    Arrival arrival =
        Arrival.of("one", "two")
            .deliver(
                agent,
                () -> {
                  read[0] = true;
                  return null;
                });

    assertEquals(List.of("451 4.2.0", "451 4.2.0"), arrival.answers());
    assertEquals(false, read[0], "nothing to read it for");
  }

  @Test
  void anInterruptedThreadLeavesNoFile() throws IOException {
    IncomingMessage.Source whole = Arrival.content(pieces());
    Arrival arrival = Arrival.of("one", "two");
    try {
      arrival.deliver(
          agent,
          () -> {
            Thread.currentThread().interrupt();
            return whole.next();
          });
    } finally {
      assertTrue(Thread.interrupted());
    }

    assertEquals(List.of("451 4.3.0", "451 4.3.0"), arrival.answers());
    assertEquals(List.of(), spool.files());
  }

  @Test
  void theOperatorReadsOneLineForEachFailure() throws IOException {
    Files.delete(spool.root().resolve("one"));
    Files.createFile(spool.root().resolve("two").resolve("tmp"));
    Arrival.of("one", "two", "three").deliver(agent, "secret content\r\n");

    assertEquals(2, log.size(), () -> log.toString());
    assertTrue(
        log.get(0)
            .startsWith(
                "WARNING transaction T1: recipient 0 not delivered into "
                    + spool.root().resolve("one")
                    + ": 451 4.2.0 "),
        log.get(0));
    assertTrue(log.get(1).contains(spool.root().resolve("two") + ": 451 4.3.0 "), log.get(1));
    assertTrue(log.get(1).contains("FileAlreadyExistsException"), log.get(1));
    assertTrue(log.stream().noneMatch(line -> line.contains("secret") || line.contains("\n")));
  }

  @Test
  @DisplayName("H75: the system's words for what went wrong")
  void replies() {
    assertEquals("452 4.3.1", reply(new IOException("No space left on device")));
    assertEquals("452 4.3.1", reply(new FileSystemException("x", null, "No space left on device")));
    assertEquals("452 4.2.2", reply(new IOException("Disk quota exceeded")));
    // What a file system that failed says, without being read-only to those who ask.
    assertEquals("452 4.3.1", reply(new FileSystemException("x", null, "Read-only file system")));
    assertEquals("451 4.2.0", reply(new NoSuchFileException("x")));
    assertEquals("451 4.3.0", reply(new AccessDeniedException("x")));
    assertEquals("451 4.3.0", reply(new IOException("Input/output error")));
    assertEquals("451 4.3.0", reply(new IOException()));
  }

  private String reply(IOException failure) {
    return Arrival.codes(MaildirFailure.reply(failure, directory));
  }
}
