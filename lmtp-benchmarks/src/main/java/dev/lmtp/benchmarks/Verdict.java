package dev.lmtp.benchmarks;

import java.util.Locale;

/**
 * One figure of ours beside what it is to be.
 *
 * @param target the row of {@link Targets} it belongs to; 0 for none
 * @param what the figure, with its unit where it is no ratio
 */
record Verdict(int target, String what, double figure, Relation relation, double goal) {

  /** Which side of the goal is the good one. */
  enum Relation {
    AT_LEAST(">="),
    AT_MOST("<=");

    private final String sign;

    Relation(String sign) {
      this.sign = sign;
    }
  }

  boolean isMet() {
    return relation == Relation.AT_LEAST ? figure >= goal : figure <= goal;
  }

  /** The goal, and where it is missed that it is. */
  String text() {
    return relation.sign + " " + goal + (isMet() ? "" : " MISSED");
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "| %s | %.2f | %s |", what, figure, text());
  }
}
