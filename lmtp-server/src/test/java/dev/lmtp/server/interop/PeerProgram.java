package dev.lmtp.server.interop;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A program that a test runs to its end: somebody else's, as installed on this machine, or our own
 * client.
 *
 * <p>Where another's is not installed the test is skipped, not failed: {@link #require} says so.
 */
final class PeerProgram {
  /** Daemons' tools live in sbin, which is not on every user's PATH. */
  private static final List<String> SBIN = List.of("/usr/sbin", "/usr/local/sbin");

  private static final long BOUND_SECONDS = 120;

  private final List<String> program;

  private PeerProgram(List<String> program) {
    this.program = program;
  }

  /** The exit status and everything that was written to standard output and standard error. */
  record Outcome(int status, String output) {}

  static PeerProgram require(String name) {
    Optional<Path> found = find(name);
    Assumptions.assumeTrue(found.isPresent(), () -> name + " is not installed");
    return new PeerProgram(List.of(found.orElseThrow().toString()));
  }

  static PeerProgram ourClient() {
    return new PeerProgram(StandaloneJar.command("lmtp.client.jar"));
  }

  private static Optional<Path> find(String name) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), SBIN.stream())
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Runs the program with these arguments and nothing to read. */
  Outcome run(String... arguments) throws IOException, InterruptedException {
    return runWith(new byte[0], arguments);
  }

  /** Runs the program with these arguments and this standard input. */
  Outcome runWith(byte[] input, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of(arguments));
    // Files and not pipes: a daemon may inherit the output, and a pipe that nobody reads may fill.
    Path stdin = Files.createTempFile("peer", ".in");
    Path stdout = Files.createTempFile("peer", ".out");
    try {
      Files.write(stdin, input);
      Process process =
          new ProcessBuilder(command)
              .redirectInput(stdin.toFile())
              .redirectErrorStream(true)
              .redirectOutput(stdout.toFile())
              .start();
      if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        Assertions.fail(command + " did not end:\n" + text(stdout));
      }
      return new Outcome(process.exitValue(), text(stdout));
    } finally {
      Files.delete(stdin);
      Files.delete(stdout);
    }
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }
}
