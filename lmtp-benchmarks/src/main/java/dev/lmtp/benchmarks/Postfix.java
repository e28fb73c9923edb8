package dev.lmtp.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Postfix's programs for measuring, where it is installed. */
final class Postfix {
  private Postfix() {}

  /** Where Debian has it, whatever the path of the caller. */
  static String program(String name) {
    Path usual = Path.of("/usr/sbin", name);
    return Files.isExecutable(usual) ? usual.toString() : name;
  }

  /**
   * Sends messages with {@code smtp-source}, one thread that waits for each reply.
   *
   * @param reuses whether each of its connections is for many messages
   * @return the seconds by the clock, and of its processor time
   */
  static double[] source(String address, int sessions, int octets, boolean reuses, int messages)
      throws IOException, InterruptedException {
    // The shell tells what its child used.
    String command =
        String.format(
            "TIMEFORMAT='%%R %%U %%S'; time %s -L %s-s %d -l %d -m %d %s",
            program("smtp-source"), reuses ? "-d " : "", sessions, octets, messages, address);
    Process shell = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true).start();
    String said =
        new String(shell.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    if (shell.waitFor() != 0) {
      throw new IOException(said);
    }
    double[] time = Program.numbers(said.substring(said.lastIndexOf('\n') + 1));
    return new double[] {time[0], time[1] + time[2]};
  }
}
