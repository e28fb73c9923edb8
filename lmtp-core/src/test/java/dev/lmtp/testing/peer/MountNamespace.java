package dev.lmtp.testing.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A mount namespace for programs whose paths and users were compiled in: files of a test lie where
 * such a program looks, for it alone. It takes root, and a kernel that allows it; elsewhere the
 * test is skipped.
 */
final class MountNamespace {
  /** The user and the group that other names are given to. */
  private static final Map<String, String> NOBODY =
      Map.of("/etc/passwd", "nobody", "/etc/group", "nogroup");

  private static final String ENTER =
      "while [ \"$1\" != -- ]; do mount --bind \"$1\" \"$2\" || exit; shift 2; done;"
          + " shift; exec \"$@\"";

  private final PeerProgram unshare;
  private final List<String> binds = new ArrayList<>();

  private MountNamespace(PeerProgram unshare) {
    this.unshare = unshare;
  }

  /** A namespace in which nothing differs yet. */
  static MountNamespace require() throws IOException, InterruptedException {
    PeerProgram unshare = PeerProgram.require("unshare");
    Assumptions.assumeTrue(
        unshare.run("--mount", "true").status() == 0, "no mount namespace to be had here");
    return new MountNamespace(unshare);
  }

  /** Has a file or directory appear at a place that exists. */
  MountNamespace bind(Path source, String place) {
    binds.addAll(List.of(source.toString(), place));
    return this;
  }

  /** Gives {@code nobody} and its group further names, in copies that lie in this directory. */
  MountNamespace aliases(Path home, String... names) throws IOException {
    for (Map.Entry<String, String> file : NOBODY.entrySet()) {
      Path original = Path.of(file.getKey());
      String entry = entry(file.getKey(), file.getValue());
      // Behind the others: ids are still shown by the name that came first.
      String more =
          Stream.of(names)
              .map(name -> name + entry.substring(file.getValue().length()) + "\n")
              .collect(Collectors.joining());
      bind(
          Files.writeString(
              home.resolve(original.getFileName()), Files.readString(original) + more),
          file.getKey());
    }
    return this;
  }

  private static String entry(String file, String name) throws IOException {
    return Files.readAllLines(Path.of(file)).stream()
        .filter(line -> line.startsWith(name + ":"))
        .findFirst()
        .orElseThrow();
  }

  /** The words that start a program inside. */
  List<String> command(List<String> program) {
    return Stream.of(
            unshare.command("--mount", "sh", "-c", ENTER, "sh"), binds, List.of("--"), program)
        .flatMap(List::stream)
        .toList();
  }
}
