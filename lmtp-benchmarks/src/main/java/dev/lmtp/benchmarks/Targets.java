package dev.lmtp.benchmarks;

import dev.lmtp.benchmarks.Table.Effort;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * The fourteen goals of this project for speed, each with our figure in this run. What wants a
 * program that is not installed is left open. What is delivered to disks goes into the directory of
 * temporary files ({@code -Djava.io.tmpdir}): the figures are those of its disk.
 */
final class Targets {

  /** The one that asks for no allocation besides. */
  static final int ALLOCATES_NOTHING = 5;

  private static final List<String> ALL =
      List.of(
          "decoding beside a copy, Java 25",
          "decoding beside a copy and a loop over octets, Java 17",
          "hostile contents beside the same loop",
          "encoding beside a copy",
          "commands and replies: time, and octets allocated",
          "both beside what others have",
          "server's CPU under smtp-source",
          "server under clients that pipeline",
          "server with large messages",
          "client to smtp-sink, and to ours",
          "a file by BDAT and by DATA",
          "memory of an idle connection",
          "cold start",
          "durable deliveries into Maildirs");

  private final List<Verdict> verdicts = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  private Targets() {}

  /**
   * Measures all of them.
   *
   * @param arguments "smoke" for a run of a minute or two, whose figures mean nothing
   */
  static void main(List<String> arguments) {
    boolean smoke = arguments.contains("smoke");
    Targets targets = new Targets();
    targets.add(() -> Start.measure(smoke ? 1 : 11));
    Path disk = Path.of(System.getProperty("java.io.tmpdir"));
    targets.add(() -> Durable.measure(smoke ? 1 : 3, smoke ? 16 : 3_000, disk));
    targets.add(() -> Growth.idle(smoke ? 100 : 9_000));
    targets.add(
        () ->
            Peers.measure(smoke ? 1 : 5, smoke ? 0.01 : 1, comparison -> comparison.target() > 0));
    List<Target> rows = Target.ALL.stream().filter(target -> target.row() > 0).toList();
    targets.add(() -> Table.measure(smoke ? Effort.SMOKE : Effort.FULL, rows));
    targets.print();
    if (smoke) {
      System.out.println("\nA smoke run: these figures mean nothing.");
    }
  }

  private void add(Callable<List<Verdict>> measurement) {
    try {
      verdicts.addAll(measurement.call());
    } catch (Exception e) {
      failures.add(e.toString());
    }
  }

  private void print() {
    System.out.printf("%nJava %s%n%n", Runtime.version());
    System.out.println("| # | target | figure | ours | goal |\n| --- | --- | --- | ---: | --- |");
    for (int i = 1; i <= ALL.size(); i++) {
      int row = i;
      String name = "| " + row + " | " + ALL.get(row - 1) + " ";
      List<Verdict> found = verdicts.stream().filter(one -> one.target() == row).toList();
      found.forEach(verdict -> System.out.println(name + verdict));
      if (found.isEmpty()) {
        System.out.println(name + "| not measured in this run | | |");
      }
    }
    failures.forEach(failure -> System.out.println("\nnot measured: " + failure));
  }
}
