package dev.lmtp.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
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
    /** Some twenty minutes. */
    FULL(3, 5, 300, 1),
    /** A minute: shows that everything runs, and no more; its figures mean nothing. */
    SMOKE(1, 1, 10, 0);

    private final int rounds;
    private final int iterations;
    private final int millis;
    private final int forks;

    Effort(int rounds, int iterations, int millis, int forks) {
      this.rounds = rounds;
      this.iterations = iterations;
      this.millis = millis;
      this.forks = forks;
    }
  }

  /** A benchmark, with its parameters as {@code name=value}. */
  private record Measurement(String benchmark, List<String> parameters) {
    static Measurement of(String benchmark, String parameter) {
      String[] own = benchmark.split(":", 2);
      List<String> parameters = new ArrayList<>(List.of(own).subList(1, own.length));
      if (!parameter.isEmpty()) {
        parameters.add(parameter);
      }
      return new Measurement(own[0], parameters);
    }
  }

  private record Cost(double nanoseconds, double octets) {}

  private static final String ROW =
      "| %-35s | %-18s | %10s | %8s | %-35s | %10s | %8s | %7s | %s |%n";

  /** Less than half an octet for each operation is none; the profiler is not that exact. */
  private static final double NOTHING = 0.5;

  private final Turns<Measurement, Cost> turns = new Turns<>();
  private final Effort effort;
  private boolean begun;

  private Table(Effort effort) {
    this.effort = effort;
  }

  /** Measures and prints these, and says what came of those that have a goal. */
  static List<Verdict> measure(Effort effort, List<Target> targets) throws Exception {
    Table table = new Table(effort);
    for (Target target : targets) {
      table.add(table.ours(target));
      table.add(table.other(target));
    }
    for (int round = 1; round <= effort.rounds; round++) {
      System.err.printf("round %d of %d%n", round, effort.rounds);
      table.turns.run(0, 1);
    }
    return table.print(System.out, targets);
  }

  private Measurement ours(Target target) {
    return Measurement.of(target.ours(), target.parameter());
  }

  private Measurement other(Target target) {
    return Measurement.of(target.other(), target.parameter());
  }

  private void add(Measurement measurement) {
    turns.add(measurement, () -> run(measurement));
  }

  private Cost run(Measurement measurement) throws RunnerException {
    // A smoke run starts one process, to see that it can, and stays in this one then.
    int forks = begun ? effort.forks : 1;
    begun = true;
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\." + measurement.benchmark().replace(".", "\\.") + "$")
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .forks(forks)
            .warmupIterations(effort.iterations)
            .warmupTime(TimeValue.milliseconds(effort.millis))
            .measurementIterations(effort.iterations)
            .measurementTime(TimeValue.milliseconds(effort.millis))
            .addProfiler(GCProfiler.class);
    if (Runtime.version().feature() >= 24) {
      // JMH uses what this would warn of in each fork.
      options.jvmArgsAppend("--sun-misc-unsafe-memory-access=allow");
    }
    for (String parameter : measurement.parameters()) {
      String[] pair = parameter.split("=", 2);
      options.param(pair[0], pair[1]);
    }
    RunResult result = new Runner(options.build()).runSingle();
    return new Cost(result.getPrimaryResult().getScore(), allocated(result));
  }

  private static double allocated(RunResult result) {
    for (String name : result.getSecondaryResults().keySet()) {
      if (name.endsWith("gc.alloc.rate.norm")) {
        return result.getSecondaryResults().get(name).getScore();
      }
    }
    throw new IllegalStateException("no allocation in " + result.getSecondaryResults().keySet());
  }

  private List<Verdict> print(PrintStream out, List<Target> targets) {
    List<Verdict> verdicts = new ArrayList<>();
    out.printf("%nJava %s, median of %d%n%n", Runtime.version(), effort.rounds);
    out.printf(ROW, "ours", "of", "ns", "octets", "beside", "ns", "octets", "ratio", "goal");
    out.println("| --- ".repeat(9) + "|");
    for (Target target : targets) {
      double ours = turns.median(ours(target), Cost::nanoseconds);
      double other = turns.median(other(target), Cost::nanoseconds);
      double octets = turns.median(ours(target), Cost::octets);
      String what = target.ours() + " " + target.parameter() + " / " + target.other();
      Verdict verdict =
          new Verdict(target.row(), what, other / ours, Verdict.Relation.AT_LEAST, target.goal());
      boolean judged = target.goal() > 0;
      if (judged) {
        verdicts.add(verdict);
      }
      Verdict allocation =
          new Verdict(
              target.row(), target.ours() + ": octets", octets, Verdict.Relation.AT_MOST, NOTHING);
      if (target.row() == Targets.ALLOCATES_NOTHING && !verdicts.contains(allocation)) {
        verdicts.add(allocation);
      }
      out.printf(
          ROW,
          target.ours(),
          target.parameter(),
          String.format("%.0f", ours),
          String.format("%.0f", octets),
          target.other(),
          String.format("%.0f", other),
          String.format("%.0f", turns.median(other(target), Cost::octets)),
          String.format("%.2f", verdict.figure()),
          judged && effort != Effort.SMOKE ? verdict.text() : "");
    }
    if (effort != Effort.SMOKE) {
      long missed = verdicts.stream().filter(verdict -> !verdict.isMet()).count();
      out.printf("%n%d of %d beside their goal%n", missed, verdicts.size());
    }
    return verdicts;
  }
}
