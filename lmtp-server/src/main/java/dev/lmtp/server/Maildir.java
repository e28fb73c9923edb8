package dev.lmtp.server;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * The directory of one mailbox, by its real path: no symbolic link leads out of the root it was
 * looked for in. Links that stay within it are followed, so that one mailbox may have two names.
 *
 * <p>Known limit: looking and using are two steps. Whoever may rename directories inside the root
 * while a delivery goes on can lead it elsewhere; a root that untrusted users write in needs a
 * server that runs with their rights.
 *
 * @param directory the one that holds {@code tmp}, {@code new} and {@code cur}
 */
record Maildir(Path directory) {

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /**
   * Looks for a mailbox.
   *
   * @return none where there is no such directory
   * @throws OutsideRootException where a symbolic link leads out of the root
   * @throws IOException where this cannot be found out. A missing root is such a case: a file
   *     system that is not mounted must not make every mailbox unknown
   */
  static Optional<Maildir> find(Path root, Path directory) throws IOException {
    Path realRoot = root.toRealPath();
    Path real;
    try {
      real = directory.toRealPath();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FileSystemException e) {
      if (leadsThroughFile(root, directory)) {
        return Optional.empty();
      }
      throw e;
    }
    if (!real.startsWith(realRoot)) {
      throw new OutsideRootException(directory, real);
    }
    return Files.isDirectory(real, NOFOLLOW_LINKS)
        ? Optional.of(new Maildir(real))
        : Optional.empty();
  }

  private static boolean leadsThroughFile(Path root, Path directory) {
    for (Path at = directory; at != null && at.startsWith(root); at = at.getParent()) {
      if (Files.isRegularFile(at)) {
        return true;
      }
    }
    return false;
  }

  Path tmp() {
    return directory.resolve("tmp");
  }

  Path fresh() {
    return directory.resolve("new");
  }

  Path cur() {
    return directory.resolve("cur");
  }

  /**
   * Makes what is missing of the three folders. {@code cur} comes last, behind the sync: whoever
   * finds it there, in another session say, may rely on the others to survive a crash.
   *
   * @throws IOException also where one of them is a symbolic link: it could lead anywhere
   */
  void prepare() throws IOException {
    boolean made = make(tmp());
    made |= make(fresh());
    if (made || !Files.isDirectory(cur(), NOFOLLOW_LINKS)) {
      sync(directory);
      make(cur());
    }
  }

  private static boolean make(Path folder) throws IOException {
    if (Files.isDirectory(folder, NOFOLLOW_LINKS)) {
      return false;
    }
    try {
      Files.createDirectory(folder, OWNER_ONLY);
    } catch (FileAlreadyExistsException e) {
      // Another session may have been faster.
      if (!Files.isDirectory(folder, NOFOLLOW_LINKS)) {
        throw e;
      }
    }
    return true;
  }

  /** Makes the names in a directory safe from a crash. */
  static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** A mailbox is a symbolic link to a place outside the root. */
  static final class OutsideRootException extends FileSystemException {

    private static final long serialVersionUID = 1L;

    OutsideRootException(Path mailbox, Path target) {
      super(mailbox.toString(), target.toString(), "leads out of the root");
    }
  }
}
