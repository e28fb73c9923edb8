package dev.lmtp.server.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;

/**
 * Our server as its users start it: the standalone jar in a process of its own, on the JDK that
 * runs the tests. Closing it sends SIGTERM and expects an end in good order.
 */
final class ServerProgram implements AutoCloseable {
  private static final String LISTENING = "listening on ";

  private final Process process;
  private final Path log;
  private final List<String> addresses;

  private ServerProgram(Process process, Path log, List<String> addresses) {
    this.process = process;
    this.log = log;
    this.addresses = addresses;
  }

  /**
   * Starts the server and returns when it listens.
   *
   * @param home where its output is kept
   * @param listen the addresses to listen at; TCP port 0 takes a free one
   * @param options whatever else goes on the command line
   */
  static ServerProgram start(Path home, List<String> listen, String... options)
      throws IOException, InterruptedException {
    Path log = home.resolve("lmtp-server.log");
    Process process =
        new ProcessBuilder(command(listen, options))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    List<String> addresses =
        Await.answer(
            "the server to listen",
            () -> {
              List<String> lines = listening(log);
              boolean settled = lines.size() == listen.size() || !process.isAlive();
              return settled ? Optional.of(lines) : Optional.empty();
            },
            () -> text(log));
    Assertions.assertEquals(listen.size(), addresses.size(), () -> text(log));
    return new ServerProgram(process, log, addresses);
  }

  private static List<String> command(List<String> listen, String... options) {
    List<String> command = new ArrayList<>(StandaloneJar.command("lmtp.server.jar"));
    for (String address : listen) {
      command.add("--listen");
      command.add(address);
    }
    command.addAll(List.of(options));
    return command;
  }

  private static List<String> listening(Path log) {
    String text = text(log);
    // What stands behind the last line end may be half a line.
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .filter(line -> line.startsWith(LISTENING))
        .map(line -> line.substring(LISTENING.length()))
        .toList();
  }

  /** The n-th address in the order of the command line, as the server printed it. */
  String address(int n) {
    return addresses.get(n);
  }

  /** All that the server has printed so far. */
  String output() {
    return text(log);
  }

  private static String text(Path log) {
    try {
      return Files.readString(log, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      process.destroyForcibly();
      throw new AssertionError("the server did not end on SIGTERM:\n" + output(), e);
    }
  }
}
