package dev.lmtp.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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

  /** Starts a class of ours in a process of its own, on the same Java. */
  static Program java(String main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main));
    command.addAll(List.of(arguments));
    return start(command);
  }

  /** Starts our server, which throws all away, and waits until it listens. */
  static Program server(Path socket, String... options) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("--discard", "--listen", "unix:" + socket));
    arguments.addAll(List.of(options));
    return java("dev.lmtp.server.Serve", arguments.toArray(new String[0])).await(socket);
  }

  /** Waits until a program has made its socket. */
  Program await(Path socket) throws IOException, InterruptedException {
    while (!Files.exists(socket)) {
      if (!process.isAlive()) {
        throw new IOException(process.info().commandLine() + " has ended");
      }
      Thread.sleep(50);
    }
    return this;
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

  /** Says a line to it and reads its answer, some numbers. */
  double[] ask(String line) throws IOException {
    process.outputWriter().write(line + "\n");
    process.outputWriter().flush();
    String answer = process.inputReader().readLine();
    if (answer == null) {
      throw new IOException(process.info().commandLine() + " has ended");
    }
    return Arrays.stream(answer.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
