package dev.lmtp.server;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A message on its way into a Maildir: written under a name in {@code tmp}, and gone when it is
 * closed, unless it was {@link #deliver delivered} before.
 */
final class MaildirFile implements Closeable {

  static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Maildir maildir;
  private final String name;
  private final FileChannel channel;
  private Path path;
  private boolean delivered;
  private boolean lent;

  /** For {@link #create}, and for tests of channels that fail. */
  MaildirFile(Maildir maildir, String name, FileChannel channel) {
    this.maildir = maildir;
    this.name = name;
    this.path = maildir.tmp().resolve(name);
    this.channel = channel;
  }

  /** An empty file in {@code tmp}, of a Maildir that is prepared. */
  static MaildirFile create(Maildir maildir, String hostname) throws IOException {
    String name = MaildirName.next(hostname);
    return new MaildirFile(
        maildir,
        name,
        FileChannel.open(
            maildir.tmp().resolve(name),
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
            OWNER_ONLY));
  }

  /** For writing from the start to the end. */
  FileChannel channel() {
    return channel;
  }

  /**
   * The same channel, for somebody who still reads it when the file is closed, even if its name is
   * gone by then; and who closes it.
   */
  FileChannel lend() {
    lent = true;
    return channel;
  }

  /** Whether the message is on the disk. */
  boolean isDelivered() {
    return delivered;
  }

  /**
   * Makes the message safe and visible. The order is what a power cut respects: content before
   * name, and the name before anybody hears of it. Without the last step an ext4 loses messages
   * that were acknowledged.
   */
  void deliver() throws IOException {
    // Opened while nobody sees the message yet: to run out of descriptors later would show it, and
    // then take it away.
    try (FileChannel directory = FileChannel.open(maildir.fresh(), StandardOpenOption.READ)) {
      deliver(directory);
    }
  }

  void deliver(FileChannel directory) throws IOException {
    channel.force(true);
    Path target = maildir.fresh().resolve(MaildirName.withSize(name, channel.size()));
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    path = target;
    directory.force(true);
    delivered = true;
  }

  /**
   * Takes the name away unless the message is delivered. It may already stand in {@code new}, where
   * the last sync failed: then the peer is not told that it is stored, sends it again, and it would
   * be there twice.
   */
  @Override
  public void close() throws IOException {
    try {
      if (!delivered) {
        Files.deleteIfExists(path);
      }
    } finally {
      if (!lent) {
        channel.close();
      }
    }
  }
}
