package dev.lmtp.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Measures what {@link Target} names and prints the ratios. All of it is measured in rounds, ours
 * and the others' by turns, so that a machine which is busy for a while is so for both; of the
 * rounds the median counts.
 */
final class Table {

  /** How long it may take. */
  enum Effort {
    /** Some ten minutes. */
    FULL(3, 5, 300),
    /** A minute: shows that everything runs, and no more; its figures mean nothing. */
    SMOKE(1, 1, 10);

    private final int rounds;
    private final int iterations;
    private final int millis;

    Effort(int rounds, int iterations, int millis) {
      this.rounds = rounds;
      this.iterations = iterations;
      this.millis = millis;
    }
  }

  private record Measurement(String benchmark, String parameter)
      implements Comparable<Measurement> {
    @Override
    public int compareTo(Measurement other) {
      return toString().compareTo(other.toString());
    }
  }

  private record Cost(double nanoseconds, double octets) {}

  private final Map<Measurement, List<Cost>> costs = new TreeMap<>();
  private final Effort effort;

  private Table(Effort effort) {
    this.effort = effort;
  }

  static void measure(Effort effort) throws RunnerException {
    Table table = new Table(effort);
    Set<Measurement> all = new LinkedHashSet<>();
    for (Target target : Target.ALL) {
      all.add(new Measurement(target.ours(), target.parameter()));
      all.add(new Measurement(target.other(), target.parameter()));
    }
    for (int round = 1; round <= effort.rounds; round++) {
      System.err.printf("round %d of %d%n", round, effort.rounds);
      for (Measurement measurement : all) {
        table.run(measurement);
      }
    }
    table.print(System.out);
  }

  private void run(Measurement measurement) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\." + measurement.benchmark().replace(".", "\\.") + "$")
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .forks(1)
            .warmupIterations(effort.iterations)
            .warmupTime(TimeValue.milliseconds(effort.millis))
            .measurementIterations(effort.iterations)
            .measurementTime(TimeValue.milliseconds(effort.millis))
            .addProfiler(GCProfiler.class);
    if (Runtime.version().feature() >= 24) {
      // JMH uses what this would warn of in each fork.
      options.jvmArgsAppend("--sun-misc-unsafe-memory-access=allow");
    }
    if (!measurement.parameter().isEmpty()) {
      String[] parameter = measurement.parameter().split("=", 2);
      options.param(parameter[0], parameter[1]);
    }
    RunResult result = new Runner(options.build()).runSingle();
    costs
        .computeIfAbsent(measurement, key -> new ArrayList<>())
        .add(new Cost(result.getPrimaryResult().getScore(), allocated(result)));
  }

  private static double allocated(RunResult result) {
    for (String name : result.getSecondaryResults().keySet()) {
      if (name.endsWith("gc.alloc.rate.norm")) {
        return result.getSecondaryResults().get(name).getScore();
      }
    }
    throw new IllegalStateException("no allocation in " + result.getSecondaryResults().keySet());
  }

  private void print(PrintStream out) {
    out.printf("%nJava %s, median of %d%n%n", Runtime.version(), effort.rounds);
    String row = "| %-22s | %-18s | %10s | %8s | %-22s | %10s | %8s | %7s | %5s | %s |%n";
    out.printf(row, "ours", "of", "ns", "octets", "beside", "ns", "octets", "ratio", "goal", "");
    out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    int missed = 0;
    for (Target target : Target.ALL) {
      Cost ours = median(new Measurement(target.ours(), target.parameter()));
      Cost other = median(new Measurement(target.other(), target.parameter()));
      double ratio = other.nanoseconds() / ours.nanoseconds();
      boolean met = ratio >= target.goal();
      missed += met ? 0 : 1;
      out.printf(
          row,
          target.ours(),
          target.parameter(),
          String.format("%.0f", ours.nanoseconds()),
          String.format("%.0f", ours.octets()),
          target.other(),
          String.format("%.0f", other.nanoseconds()),
          String.format("%.0f", other.octets()),
          String.format("%.2f", ratio),
          target.goal() == 0 || effort == Effort.SMOKE ? "" : target.goal(),
          met || effort == Effort.SMOKE ? "" : "MISSED");
    }
    if (effort != Effort.SMOKE) {
      out.printf("%n%d of %d below their goal%n", missed, Target.ALL.size());
    }
  }

  private Cost median(Measurement measurement) {
    List<Cost> all = costs.get(measurement);
    return new Cost(
        all.stream()
            .mapToDouble(Cost::nanoseconds)
            .sorted()
            .skip(all.size() / 2)
            .findFirst()
            .orElseThrow(),
        all.stream()
            .mapToDouble(Cost::octets)
            .sorted()
            .skip(all.size() / 2)
            .findFirst()
            .orElseThrow());
  }
}
