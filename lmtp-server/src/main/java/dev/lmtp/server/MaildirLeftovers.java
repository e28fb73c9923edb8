package dev.lmtp.server;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Removes from {@code tmp} what a killed server left there: files that a process of this host named
 * which runs no more, see {@link MaildirName#isLeftover}. Everybody else's are left to the programs
 * that read Maildirs, which remove those older than 36 hours.
 *
 * <p>Done when the first message for a mailbox comes, and not at the start: a delivery that was cut
 * got no answer, so it is tried again, and comes to just the mailbox that has something left. No
 * start waits for a walk through all mailboxes, and each is listed once.
 *
 * <p>Being wrong costs a retry and no message: a file is taken out of {@code tmp} only, and who
 * finds his own gone answers 451. It can happen to servers that share mailboxes and a host name but
 * no process ids, as in containers; those need names of their own.
 *
 * <p>Safe for use by any number of threads.
 */
final class MaildirLeftovers {

  /** How many mailboxes are remembered; then all are forgotten, and listed once more. */
  private static final int MOST = 10_000;

  private static final System.Logger LOG = System.getLogger(MaildirAgent.class.getName());

  private final Set<Path> seen = ConcurrentHashMap.newKeySet();

  /** Looks through {@code tmp}, the first time only. A failure is logged: mail can still come. */
  void remove(Maildir maildir, String hostname) {
    if (seen.size() >= MOST) {
      seen.clear();
    }
    if (!seen.add(maildir.directory())) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(maildir.tmp())) {
      for (Path file : files) {
        if (MaildirName.isLeftover(file.getFileName().toString(), hostname)) {
          Files.deleteIfExists(file);
          LOG.log(Level.INFO, "removed what a killed server left: {0}", file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.log(Level.WARNING, "leftovers in {0} not removed: {1}", maildir.tmp(), e.toString());
    }
  }
}
