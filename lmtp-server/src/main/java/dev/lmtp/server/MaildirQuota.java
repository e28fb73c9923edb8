package dev.lmtp.server;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How much a mailbox may hold: the messages in {@code new} and {@code cur}, of the mailbox and of
 * its Maildir++ folders (directories beside them whose names begin with a dot). A message counts
 * with the size its name tells, and only where it tells none is the file looked at.
 *
 * <p>Counted anew each time; nothing is cached, so that nothing can be stale. Two sessions that
 * deliver into one mailbox at once do not see each other's message, and both may be let in. A
 * message that a reader moves meanwhile may be counted twice or not at all.
 *
 * @param octets the most; {@link Long#MAX_VALUE} for no quota
 */
record MaildirQuota(long octets) {

  static final MaildirQuota NONE = new MaildirQuota(Long.MAX_VALUE);

  MaildirQuota {
    if (octets < 0) {
      throw new IllegalArgumentException("negative quota: " + octets);
    }
  }

  /** Whether that many octets more still fit in. */
  boolean allows(Maildir maildir, long more) throws IOException {
    return octets == Long.MAX_VALUE || more <= octets - usage(maildir);
  }

  static long usage(Maildir maildir) throws IOException {
    long sum = messages(maildir.fresh()) + messages(maildir.cur());
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(maildir.directory(), ".*")) {
      for (Path path : folders) {
        if (Files.isDirectory(path, NOFOLLOW_LINKS)) {
          Maildir folder = new Maildir(path);
          sum += messages(folder.fresh()) + messages(folder.cur());
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return sum;
  }

  private static long messages(Path folder) throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        OptionalLong told = MaildirName.size(file.getFileName().toString());
        sum += told.isPresent() ? told.getAsLong() : size(file);
      }
    } catch (NoSuchFileException e) {
      // The folder is made with the first message.
      return 0;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return sum;
  }

  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      // Read, moved or deleted since the folder was listed.
      return 0;
    }
  }
}
