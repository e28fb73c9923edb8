package dev.lmtp.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;

/**
 * Measures several things by turns, in rounds, so that a machine which is busy for a while is so
 * for all of them; of the rounds the median counts.
 *
 * @param <K> what tells the things apart
 * @param <C> what one measurement comes to
 */
final class Turns<K, C> {

  private final Map<K, Callable<C>> each = new LinkedHashMap<>();
  private final Map<K, List<C>> costs = new LinkedHashMap<>();

  /** Adds what is measured once in each round; the same again changes nothing. */
  void add(K what, Callable<C> measurement) {
    each.putIfAbsent(what, measurement);
  }

  /** Goes so many rounds, behind some that do not count. */
  void run(int unmeasured, int rounds) throws Exception {
    for (int round = -unmeasured; round < rounds; round++) {
      for (Map.Entry<K, Callable<C>> one : each.entrySet()) {
        C cost = one.getValue().call();
        if (round >= 0) {
          costs.computeIfAbsent(one.getKey(), key -> new ArrayList<>()).add(cost);
        }
      }
    }
  }

  /** The median of one figure. */
  double median(K what, ToDoubleFunction<C> figure) {
    List<C> all = costs.get(what);
    return all.stream().mapToDouble(figure).sorted().skip(all.size() / 2).findFirst().orElseThrow();
  }
}
