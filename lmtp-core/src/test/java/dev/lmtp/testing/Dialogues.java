package dev.lmtp.testing;

import dev.lmtp.testkit.Dialogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The dialogue files of these tests. What a server's application answers, see {@link
 * LocalPartAgent}.
 */
public final class Dialogues {

  private Dialogues() {}

  /** All dialogues of one folder below {@code /dialogues}, in the order of their names. */
  public static List<Dialogue> all(String folder) {
    try {
      URI uri = Dialogues.class.getResource("/dialogues").toURI();
      if (!uri.getScheme().equals("jar")) {
        return all(Path.of(uri).resolve(folder));
      }
      try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
        return all(jar.getPath("/dialogues", folder));
      }
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Dialogue> all(Path folder) throws IOException {
    List<Dialogue> found = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        if (file.toString().endsWith(".dialogue")) {
          found.add(
              Dialogue.parse(
                  folder.getFileName() + "/" + file.getFileName(), Files.readString(file)));
        }
      }
    }
    return found;
  }
}
