package dev.lmtp.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that is measured from outside. */
final class Program implements AutoCloseable {

  private static final int KIB = 1 << 10;

  private final Process process;

  private Program(Process process) {
    this.process = process;
  }

  /** Starts any program. */
  static Program start(List<String> command) throws IOException {
    return new Program(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Where the same Java has a program. */
  static String jdk(String program) {
    return Path.of(System.getProperty("java.home"), "bin", program).toString();
  }

  /** Starts a class of ours in a process of its own, on the same Java. */
  static Program java(String main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(jdk("java"), "-cp", System.getProperty("java.class.path"), main));
    command.addAll(List.of(arguments));
    return start(command);
  }

  /** Starts our server, which throws all away, and waits until it listens. */
  static Program server(Path socket, String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--discard", "--listen", "unix:" + socket));
    arguments.addAll(List.of(options));
    Program server = java("dev.lmtp.server.Serve", arguments.toArray(new String[0]));
    server.hear();
    return server;
  }

  /** Starts any program, and waits until it has made its socket. */
  static Program start(List<String> command, Path socket) throws IOException, InterruptedException {
    try (WatchService made = socket.getFileSystem().newWatchService()) {
      socket.getParent().register(made, StandardWatchEventKinds.ENTRY_CREATE);
      Program program = start(command);
      while (!Files.exists(socket)) {
        WatchKey key = made.poll(10, TimeUnit.SECONDS);
        if (key == null) {
          program.close();
          throw new IOException("no socket from " + command);
        }
        key.reset();
      }
      return program;
    }
  }

  /** The seconds of processor time it has used. */
  double cpu() {
    return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  /** The octets of memory it holds; Linux only. */
  long memory() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * KIB;
      }
    }
    throw new IOException("no VmRSS");
  }

  /** Says a line to it. */
  void tell(String line) throws IOException {
    process.outputWriter().write(line + "\n");
    process.outputWriter().flush();
  }

  /** Says a line to it and reads its answer, some numbers. */
  double[] ask(String line) throws IOException {
    tell(line);
    return numbers(hear());
  }

  /** Waits for a line of what it says. */
  String hear() throws IOException {
    String line = process.inputReader().readLine();
    if (line == null) {
      throw new IOException(process.pid() + " has ended");
    }
    return line;
  }

  /** Numbers with spaces between. */
  static double[] numbers(String line) {
    return Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  /** Asks it to end, and hears it out. */
  void end() throws IOException {
    // Not the process' own destroy, which would close what it says at the end.
    process.toHandle().destroy();
    process.getInputStream().transferTo(OutputStream.nullOutputStream());
    process.onExit().join();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
