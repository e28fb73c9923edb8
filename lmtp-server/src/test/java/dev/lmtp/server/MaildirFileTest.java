package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** H75: one file, on a disk that fails in one call. */
class MaildirFileTest {

  private static final String CONTENT = "line of text\n".repeat(20_000);
  private static final FailingChannel.Fault EIO =
      file -> {
        throw new IOException("Input/output error");
      };

  @TempDir Path root;
  private Spool spool;

  @BeforeEach
  void makeMailboxes() throws IOException {
    spool = new Spool(root);
    new Maildir(spool.mailbox("one")).prepare();
    new Maildir(spool.mailbox("two")).prepare();
  }

  private MaildirFile file(String mailbox) throws IOException {
    return MaildirFile.create(new Maildir(root.resolve(mailbox)), "mx");
  }

  private MaildirFile failing(FailingChannel.Fault write, FailingChannel.Fault sync)
      throws IOException {
    Maildir maildir = new Maildir(root.resolve("one"));
    FileChannel file =
        FileChannel.open(
            maildir.tmp().resolve("name"),
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
    return new MaildirFile(maildir, "name", new FailingChannel(file, write, sync));
  }

  private static StoredContent content() {
    List<byte[]> pieces = List.of(Arrival.bytes(CONTENT.replace("\n", "\r\n")));
    return new StoredContent(
        Arrival.of("one", "two").message(Arrival.content(pieces)), LineEnding.LF);
  }

  @Test
  @DisplayName("H75: where the file cannot be synced, nothing is seen of it, and the next is whole")
  void fileNotSynced() throws IOException {
    try (StoredContent content = content()) {
      try (MaildirFile first = failing(FailingChannel.Fault.NONE, EIO)) {
        content.appendTo(first);
        assertThrows(IOException.class, first::deliver);
        assertFalse(first.isDelivered());
        assertEquals(List.of(), spool.messages("one"));
      }
      assertEquals(List.of(), spool.files());
      try (MaildirFile second = file("two")) {
        content.appendTo(second);
        second.deliver();
        assertTrue(second.isDelivered());
      }
    }
    assertEquals(List.of(CONTENT), spool.texts("two"));
  }

  @Test
  @DisplayName("H75: what the kernel forgot when it failed is not delivered to the next recipient")
  void forgottenPages() throws IOException {
    FailingChannel.Fault forget =
        file -> {
          file.write(ByteBuffer.allocate(4_096), 8_192);
          EIO.strike(file);
        };
    try (StoredContent content = content()) {
      try (MaildirFile first = failing(FailingChannel.Fault.NONE, forget)) {
        content.appendTo(first);
        assertThrows(IOException.class, first::deliver);
      }
      try (MaildirFile second = file("two")) {
        IOException e = assertThrows(IOException.class, () -> content.appendTo(second));
        assertTrue(e.getMessage().contains("changed"), e.toString());
        assertFalse(content.isLost(), "the connection is well");
      }
    }
    assertEquals(List.of(), spool.files());
  }

  @Test
  void aFileThatBecameShorterIsNotCopied() throws IOException {
    FailingChannel.Fault shorten =
        file -> {
          file.truncate(100);
          EIO.strike(file);
        };
    try (StoredContent content = content()) {
      try (MaildirFile first = failing(FailingChannel.Fault.NONE, shorten)) {
        content.appendTo(first);
        assertThrows(IOException.class, first::deliver);
      }
      try (MaildirFile second = file("two")) {
        assertThrows(IOException.class, () -> content.appendTo(second));
      }
    }
    assertEquals(List.of(), spool.files());
  }

  @Test
  @DisplayName("H75: wherever a write fails, the next file goes on from there")
  void everyWriteFailsOnce() throws IOException {
    int writes = CONTENT.length() / 65_536 + 1;
    for (int fine = 0; fine < writes; fine++) {
      int[] left = {fine};
      FailingChannel.Fault late =
          file -> {
            if (--left[0] < 0) {
              EIO.strike(file);
            }
          };
      try (StoredContent content = content()) {
        try (MaildirFile first = failing(late, FailingChannel.Fault.NONE)) {
          assertThrows(IOException.class, () -> content.appendTo(first), "write " + fine);
        }
        assertEquals(List.of(), spool.messages("one"));
        try (MaildirFile second = file("two")) {
          content.appendTo(second);
          second.deliver();
        }
      }
      assertEquals(List.of(CONTENT), spool.texts("two"));
      assertEquals(1, spool.files().size());
      Files.delete(spool.messages("two").get(0));
    }
  }

  @Test
  @DisplayName("H75: where the directory cannot be synced, the message is taken out of new again")
  void directoryNotSynced() throws IOException {
    List<Path> seen = new ArrayList<>();
    FailingChannel.Fault fault =
        file -> {
          seen.addAll(spool.messages("one"));
          EIO.strike(file);
        };
    try (StoredContent content = content();
        MaildirFile file = file("one");
        FileChannel fresh = FileChannel.open(root.resolve("one/new"), StandardOpenOption.READ)) {
      content.appendTo(file);
      FileChannel directory = new FailingChannel(fresh, FailingChannel.Fault.NONE, fault);
      assertThrows(IOException.class, () -> file.deliver(directory));
      assertFalse(file.isDelivered());
    }
    assertEquals(1, seen.size(), "it was renamed by then");
    assertEquals(List.of(), spool.files());
  }

  @Test
  @DisplayName("L6: the order is content, name, directory")
  void order() throws IOException {
    List<String> steps = new ArrayList<>();
    FailingChannel.Fault content =
        file -> steps.add("content " + spool.messages("one").size() + " of " + file.size());
    FailingChannel.Fault directory = file -> steps.add("directory " + spool.messages("one").size());
    try (MaildirFile file = failing(FailingChannel.Fault.NONE, content);
        FileChannel fresh = FileChannel.open(root.resolve("one/new"), StandardOpenOption.READ)) {
      file.channel().write(ByteBuffer.wrap(Arrival.bytes("text\n")));
      file.deliver(new FailingChannel(fresh, FailingChannel.Fault.NONE, directory));
    }
    assertEquals(List.of("content 0 of 5", "directory 1"), steps);
  }
}
