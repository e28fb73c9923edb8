package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaildirNameTest {

  @Test
  void neverTheSameTwice() throws Exception {
    int threads = 8;
    int each = 2_000;
    Callable<List<String>> draw =
        () -> {
          List<String> names = new ArrayList<>(each);
          for (int i = 0; i < each; i++) {
            names.add(MaildirName.next("mx"));
          }
          return names;
        };
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    Set<String> counters = new HashSet<>();
    try {
      for (Future<List<String>> names : executor.invokeAll(Collections.nCopies(threads, draw))) {
        // The counter alone keeps names apart; the clock and chance are for other processes.
        names.get().forEach(name -> counters.add(name.replaceAll(".*(Q\\d+)R.*", "$1")));
      }
    } finally {
      executor.shutdown();
    }
    assertEquals(threads * each, counters.size());
  }

  @Test
  @DisplayName("H75: the clock stands still and goes backwards, names stay unique")
  void theClockGoesBackwards() {
    Instant now = Instant.parse("2026-03-01T12:00:00.5Z");
    Set<String> names = new HashSet<>();
    int[] seconds = {0, 0, 1, 0, -3_600, 0, -3_600, 1};
    for (int offset : seconds) {
      names.add(MaildirName.next("mx", now.plusSeconds(offset)));
    }
    assertEquals(seconds.length, names.size());
  }

  @Test
  void aHostKeepsTheNameWhole() {
    String name = MaildirName.next("[IPv6:::1]/x");

    assertTrue(name.endsWith(".[IPv6\\072\\072\\0721]\\057x"), name);
  }

  @ParameterizedTest
  @CsvSource({
    "'1.M1P1Q1R1.mx,S=12',        12",
    "'1.M1P1Q1R1.mx,S=12:2,FS',   12",
    "'1.M1P1Q1R1.mx,S=12,W=13:2,',12",
    "'1.M1P1Q1R1.mx,S=0',         0",
    "'1.M1P1Q1R1.mx',             -1",
    "'1.M1P1Q1R1.mx,S=',          -1",
    "'1.M1P1Q1R1.mx,S=x',         -1",
    "'1.M1P1Q1R1.mx,S=-1',        -1",
    "'x,S=9999999999999999999',   -1",
    "'S=12',                      -1",
  })
  void sizeInTheName(String name, long size) {
    assertEquals(
        size < 0 ? OptionalLong.empty() : OptionalLong.of(size), MaildirName.size(name.strip()));
  }
}
