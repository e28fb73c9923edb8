package dev.lmtp.server.interop;

import dev.lmtp.testing.peer.PeerDaemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;

/**
 * One of several of our servers, as on a machine of its own: it keeps its address and its host name
 * over its lives. It says in the name of each file it stores which server it is.
 */
final class BackEnd implements AutoCloseable {
  private final String name;
  private final Path home;
  private final String address;
  private final List<String> options;
  private ServerProgram program;
  private int lives;

  /** A server that does not run yet; its address is {@code 127.0.0.1n}. */
  BackEnd(int n, Path home, Maildirs store, List<String> options) throws IOException {
    this.name = "back" + n;
    this.home = home.resolve(name);
    // Nothing connects from there, so the port is still free when the server comes back.
    this.address = "127.0.0.1" + n + ":" + PeerDaemon.freeAddress().getPort();
    this.options =
        Stream.concat(
                Stream.of("--hostname", name, "--maildir", store.template()), options.stream())
            .toList();
  }

  String name() {
    return name;
  }

  /** {@code host:port}. */
  String address() {
    return address;
  }

  void start() throws IOException, InterruptedException {
    program =
        ServerProgram.start(
            Files.createDirectories(home.resolve("life" + ++lives)),
            List.of("inet:" + address),
            options.toArray(String[]::new));
  }

  /** What it has printed in this life. */
  String output() {
    return program.output();
  }

  /** SIGTERM: it ends in good order, and has cut nothing off. */
  void stop() {
    ServerProgram ending = program;
    program = null;
    ending.close();
    Assertions.assertFalse(ending.output().contains("WARNING"), ending::output);
  }

  /** SIGKILL. */
  void kill() {
    Assertions.assertFalse(program.output().contains("WARNING"), program::output);
    program.kill();
    program = null;
  }

  @Override
  public void close() {
    if (program != null) {
      stop();
    }
  }
}
