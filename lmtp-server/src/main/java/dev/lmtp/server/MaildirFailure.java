package dev.lmtp.server;

import dev.lmtp.Reply;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What to tell the peer when a message could not be stored. Always 4xx: it is to be tried again.
 */
final class MaildirFailure {

  static final Reply LOCAL_ERROR = Reply.of(451, "4.3.0", "Local error, try again later");
  static final Reply MAILBOX_GONE = Reply.of(451, "4.2.0", "Mailbox is not there any more");
  static final Reply OVER_QUOTA = Reply.of(452, "4.2.2", "Mailbox is full");
  static final Reply SYSTEM_FULL = Reply.of(452, "4.3.1", "Mail system is full");

  /** A file system with less room than one write counts as full. */
  private static final long NO_ROOM = 65_536;

  private MaildirFailure() {}

  /** The reply that a failure in a mailbox's directory calls for. */
  static Reply reply(IOException failure, Path directory) {
    if (failure instanceof NoSuchFileException) {
      return MAILBOX_GONE;
    }
    // The JDK has the system's error number in words only.
    String text = String.valueOf(failure.getMessage());
    if (text.contains("Disk quota exceeded")) {
      return OVER_QUOTA;
    }
    boolean full =
        text.contains("No space left on device")
            || text.contains("Read-only file system")
            || takesNothing(directory);
    return full ? SYSTEM_FULL : LOCAL_ERROR;
  }

  // In another language than English the words are others.
  private static boolean takesNothing(Path directory) {
    try {
      FileStore store = Files.getFileStore(directory);
      return store.isReadOnly() || store.getUsableSpace() < NO_ROOM;
    } catch (IOException e) {
      // The first failure is told, not this one.
      return false;
    }
  }
}
