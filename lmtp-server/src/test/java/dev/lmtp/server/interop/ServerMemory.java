package dev.lmtp.server.interop;

import dev.lmtp.testing.peer.PeerProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a process of the JDK holds, in octets.
 *
 * @param heap the objects that a full collection leaves
 * @param resident all of its memory that is in RAM, stacks and the JDK's own included
 */
record ServerMemory(long heap, long resident) {

  /** Collects the garbage of that process and looks. Linux only. */
  static ServerMemory of(long pid) throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    List<String> histogram =
        PeerProgram.of(jcmd.toString(), String.valueOf(pid), "GC.class_histogram")
            .run()
            .requireSuccess()
            .lines();
    long heap = number(histogram, "Total", 2);
    // Kilobytes.
    long resident = number(Files.readAllLines(Path.of("/proc/" + pid + "/status")), "VmRSS:", 1);
    return new ServerMemory(heap, resident * 1_024);
  }

  private static long number(List<String> lines, String first, int column) {
    return lines.stream()
        .filter(line -> line.startsWith(first))
        .mapToLong(line -> Long.parseLong(line.split("\\s+")[column]))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public String toString() {
    return String.format("heap %,d KiB, resident %,d KiB", heap / 1_024, resident / 1_024);
  }
}
