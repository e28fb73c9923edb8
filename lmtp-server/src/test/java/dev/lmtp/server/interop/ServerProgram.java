package dev.lmtp.server.interop;

import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.StandaloneJar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Our server as its users start it: the standalone jar in a process of its own, on the JDK that
 * runs the tests. Closing it sends SIGTERM and expects an end in good order.
 */
final class ServerProgram implements AutoCloseable {
  private static final String LISTENING = "listening on ";

  /** Listens, and becomes the command behind it with the socket as standard input. */
  private static final String ACTIVATE =
      """
      import os, socket, sys
      listening = socket.socket(socket.AF_UNIX)
      listening.bind(sys.argv[1])
      listening.listen()
      os.dup2(listening.fileno(), 0)
      os.execvp(sys.argv[2], sys.argv[2:])
      """;

  private final PeerDaemon daemon;

  private ServerProgram(PeerDaemon daemon) {
    this.daemon = daemon;
  }

  /**
   * Starts the server and returns when it listens.
   *
   * @param home where its output is kept
   * @param listen the addresses to listen at; TCP port 0 takes a free one
   * @param options whatever else goes on the command line; what begins with {@code -X} is for the
   *     virtual machine
   */
  static ServerProgram start(Path home, List<String> listen, String... options)
      throws IOException, InterruptedException {
    ServerProgram server =
        new ServerProgram(
            PeerDaemon.start(command(listen, options), home.resolve("lmtp-server.log")));
    server.daemon.awaitReady("to listen", () -> server.addresses().size() == listen.size());
    return server;
  }

  /** Starts the server as a socket-activating init system does: with the socket as its input. */
  static ServerProgram startWithSocket(Path home, Path socket, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3", "-c", ACTIVATE, socket.toString()));
    command.addAll(command(List.of("inherited"), options));
    ServerProgram server =
        new ServerProgram(PeerDaemon.start(command, home.resolve("lmtp-server.log")));
    server.daemon.awaitReady("to listen", () -> server.addresses().size() == 1);
    return server;
  }

  private static List<String> command(List<String> listen, String... options) {
    List<String> command = new ArrayList<>(StandaloneJar.command("lmtp.server.jar"));
    Map<Boolean, List<String>> sorted =
        Stream.of(options).collect(Collectors.partitioningBy(option -> option.startsWith("-X")));
    command.addAll(1, sorted.get(true));
    for (String address : listen) {
      command.add("--listen");
      command.add(address);
    }
    command.addAll(sorted.get(false));
    return command;
  }

  private List<String> addresses() {
    String text = output();
    // What stands behind the last line end may be half a line.
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .filter(line -> line.startsWith(LISTENING))
        .map(line -> line.substring(LISTENING.length()))
        .toList();
  }

  /** The n-th address in the order of the command line, as the server printed it. */
  String address(int n) {
    return addresses().get(n);
  }

  /** All that the server has printed so far. */
  String output() {
    return daemon.output();
  }

  /** The id of its process. */
  long pid() {
    return daemon.pid();
  }

  /** Sends SIGKILL, as the kernel does where memory is short; returns when the process is gone. */
  void kill() {
    daemon.kill();
  }

  /** What its process holds now. */
  ServerMemory memory() throws IOException, InterruptedException {
    return ServerMemory.of(daemon.pid());
  }

  @Override
  public void close() {
    daemon.close();
  }
}
