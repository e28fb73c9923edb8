package dev.lmtp.client.interop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;

/**
 * Our client as its users start it: the standalone jar in a process of its own, on the JDK that
 * runs the tests, with the message on its standard input.
 */
final class ClientProgram {
  private static final long BOUND_SECONDS = 60;

  private final Path home;

  /** A client whose input and output are kept in this directory. */
  ClientProgram(Path home) {
    this.home = home;
  }

  /** How a run ended: the exit status, a line for each recipient, and the complaints. */
  record Outcome(int status, List<String> lines, String errors) {}

  /** Runs the client to its end. */
  Outcome run(String message, String... arguments) throws IOException, InterruptedException {
    Path stdin = home.resolve("client.in");
    Path stdout = home.resolve("client.out");
    Path stderr = home.resolve("client.err");
    Files.writeString(stdin, message, StandardCharsets.ISO_8859_1);
    Process process =
        new ProcessBuilder(command(arguments))
            .redirectInput(stdin.toFile())
            .redirectOutput(stdout.toFile())
            .redirectError(stderr.toFile())
            .start();
    if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      Assertions.fail("the client did not end:\n" + text(stdout) + text(stderr));
    }
    return new Outcome(process.exitValue(), text(stdout).lines().toList(), text(stderr));
  }

  private static List<String> command(String... arguments) {
    String jar = System.getProperty("lmtp.client.jar");
    Assertions.assertNotNull(jar, "the system property lmtp.client.jar names the standalone jar");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-jar");
    command.add(jar);
    command.addAll(List.of(arguments));
    return command;
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }
}
