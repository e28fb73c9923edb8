package dev.lmtp.testing.peer;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
public final class PeerProgram {
  /** Daemons' tools live in sbin, which is not on every user's PATH. */
  private static final List<String> SBIN = List.of("/usr/sbin", "/usr/local/sbin");

  private static final long BOUND_SECONDS = 120;

  private final List<String> program;

  private PeerProgram(List<String> program) {
    this.program = List.copyOf(program);
  }

  /** How a run ended: the exit status, standard output, and standard error; a char for a byte. */
  public record Outcome(int status, String output, String errors) {

    /** The lines of standard output. */
    public List<String> lines() {
      return output.lines().toList();
    }

    /** Fails the test unless the status is 0. */
    public Outcome requireSuccess() {
      Assertions.assertEquals(0, status, this::toString);
      return this;
    }

    /** Lines that start like these are to be in the output, in this order. */
    public void requireLines(String... starts) {
      List<String> lines = lines();
      int next = 0;
      for (String start : starts) {
        while (next < lines.size() && !lines.get(next).startsWith(start)) {
          next++;
        }
        Assertions.assertTrue(next < lines.size(), () -> "no '" + start + "' here in\n" + this);
        next++;
      }
    }
  }

  /** A program by its name; skips the test where there is none. */
  public static PeerProgram require(String name) {
    Optional<Path> found = find(name);
    Assumptions.assumeTrue(found.isPresent(), () -> name + " is not installed");
    return of(found.orElseThrow().toString());
  }

  /** A program by the words that start it. */
  public static PeerProgram of(String... program) {
    return new PeerProgram(List.of(program));
  }

  /** Our client, from its standalone jar. */
  public static PeerProgram ourClient() {
    return new PeerProgram(StandaloneJar.command("lmtp.client.jar"));
  }

  /** Skips the test where it is not run by root. */
  public static void requireRoot(String who) {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), () -> who + " is started by root only");
  }

  static Optional<Path> find(String name) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), SBIN.stream())
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** The program's words and these behind them. */
  public List<String> command(String... arguments) {
    return Stream.concat(program.stream(), Stream.of(arguments)).toList();
  }

  /** Runs the program with these arguments and nothing to read. */
  public Outcome run(String... arguments) throws IOException, InterruptedException {
    return runWith(new byte[0], arguments);
  }

  /** Runs the program with these arguments and this standard input. */
  public Outcome runWith(byte[] input, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = command(arguments);
    // Files and not pipes: a daemon may inherit the output, and a pipe that nobody reads may fill.
    Path stdin = Files.createTempFile("peer", ".in");
    Path stdout = Files.createTempFile("peer", ".out");
    Path stderr = Files.createTempFile("peer", ".err");
    try {
      Files.write(stdin, input);
      Process process =
          new ProcessBuilder(command)
              .redirectInput(stdin.toFile())
              .redirectOutput(stdout.toFile())
              .redirectError(stderr.toFile())
              .start();
      if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        Assertions.fail(command + " did not end:\n" + text(stdout) + text(stderr));
      }
      return new Outcome(process.exitValue(), text(stdout), text(stderr));
    } finally {
      Files.delete(stdin);
      Files.delete(stdout);
      Files.delete(stderr);
    }
  }

  /** A file's text, a char for each byte; empty where there is no such file. */
  static String text(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
  }
}
