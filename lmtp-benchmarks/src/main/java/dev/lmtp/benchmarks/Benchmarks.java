package dev.lmtp.benchmarks;

import java.util.List;

/** The program in {@code benchmarks.jar}. */
public final class Benchmarks {

  private Benchmarks() {}

  /**
   * Without arguments, measures every benchmark that has a target and prints the table; the first
   * argument may name something else: see {@code docs/performance.md}.
   */
  public static void main(String[] arguments) throws Exception {
    String what = arguments.length == 0 ? "table" : arguments[0];
    List<String> rest = List.of(arguments).subList(Math.min(1, arguments.length), arguments.length);
    switch (what) {
      case "table" -> Table.measure(Table.Effort.FULL);
      case "smoke" -> {
        // Nobody is disturbed by another that measures.
        System.setProperty("jmh.ignoreLock", "true");
        Table.measure(Table.Effort.SMOKE);
      }
      case "load" -> Load.main(rest);
      case "growth" -> Growth.main();
      case "peers" -> Peers.main(rest);
      default -> org.openjdk.jmh.Main.main(arguments);
    }
  }
}
