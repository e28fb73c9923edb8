package dev.lmtp.testing.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.stream.Stream;

/** Whose a peer's files are; to change that takes root. */
public final class Ownership {
  private Ownership() {}

  /** Gives a file, or a directory with all that is below it, to a user. */
  public static void give(Path path, String user) throws IOException {
    UserPrincipal owner = owner(path, user);
    List<Path> all;
    try (Stream<Path> files = Files.walk(path)) {
      all = files.toList();
    }
    for (Path file : all) {
      Files.setOwner(file, owner);
    }
  }

  /** The number of a user, which a file in that directory has to be made for. */
  static int uid(Path directory, String user) throws IOException {
    Path file = Files.createTempFile(directory, "owner", "");
    try {
      Files.setOwner(file, owner(file, user));
      return (int) Files.getAttribute(file, "unix:uid");
    } finally {
      Files.delete(file);
    }
  }

  private static UserPrincipal owner(Path path, String user) throws IOException {
    return path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
  }
}
