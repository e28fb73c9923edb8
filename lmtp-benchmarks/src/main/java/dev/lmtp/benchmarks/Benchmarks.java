package dev.lmtp.benchmarks;

import java.util.List;

/** The program in {@code benchmarks.jar}. */
public final class Benchmarks {

  private Benchmarks() {}

  /**
   * Without arguments, measures every benchmark that has a target and prints the table; the first
   * argument may name something else: see {@code docs/performance.md}.
   */
  public static void main(String[] arguments) {
    int status = 0;
    try {
      run(arguments);
    } catch (Exception e) {
      e.printStackTrace();
      status = 1;
    }
    // Others' threads outlive a benchmark that failed in this process.
    System.exit(status);
  }

  private static void run(String[] arguments) throws Exception {
    String what = arguments.length == 0 ? "table" : arguments[0];
    List<String> rest = List.of(arguments).subList(Math.min(1, arguments.length), arguments.length);
    switch (what) {
      case "table" -> Table.measure(Table.Effort.FULL, Target.ALL);
      case "smoke" -> {
        // Nobody is disturbed by another that measures.
        System.setProperty("jmh.ignoreLock", "true");
        Table.measure(Table.Effort.SMOKE, Target.ALL);
      }
      case "load" -> Load.main(rest);
      case "drivers" -> Drivers.main(rest);
      case "serve" -> Drivers.serve(rest);
      case "growth" -> Growth.main();
      case "peers" -> Peers.main(rest);
      case "start" -> Start.main(rest);
      case "targets" -> Targets.main(rest);
      case "durable" -> Durable.main(rest);
      default -> org.openjdk.jmh.Main.main(arguments);
    }
  }
}
