package dev.lmtp.server.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How many messages each server has stored, phase by phase: its host name is part of the name of
 * each file.
 */
final class Shares {
  private record Phase(String name, Map<String, Integer> stored) {}

  private final Collection<Path> stores;
  private final List<Phase> phases = new ArrayList<>();
  private Map<String, Integer> before = Map.of();

  Shares(Collection<Path> stores) {
    this.stores = stores;
  }

  /** Ends a phase. */
  void end(String phase) throws IOException {
    Map<String, Integer> stored = sinceLast();
    phases.add(new Phase(phase, stored));
    Map<String, Integer> now = new TreeMap<>(before);
    stored.forEach((server, count) -> now.merge(server, count, Integer::sum));
    before = now;
  }

  /** How many each server has stored since the last phase ended. */
  Map<String, Integer> sinceLast() throws IOException {
    Map<String, Integer> stored = total();
    stored.replaceAll((server, count) -> count - before.getOrDefault(server, 0));
    return stored;
  }

  /** How many each server has stored until now. */
  Map<String, Integer> total() throws IOException {
    Map<String, Integer> total = new TreeMap<>();
    for (Path store : stores) {
      // A name may move from tmp to new while it is read; a folder, and new, stay.
      try (Stream<Path> mailboxes = Files.find(store, 2, (path, is) -> is.isDirectory())) {
        mailboxes.map(mailbox -> mailbox.resolve("new")).forEach(fresh -> count(fresh, total));
      }
    }
    return total;
  }

  private static void count(Path fresh, Map<String, Integer> total) {
    if (Files.isDirectory(fresh)) {
      try (Stream<Path> files = Files.list(fresh)) {
        files.forEach(
            file -> {
              String name = file.getFileName().toString();
              String host = name.substring(name.lastIndexOf('.') + 1, name.indexOf(",S="));
              total.merge(host, 1, Integer::sum);
            });
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** How many messages a server stored in the last phase that was ended. */
  int last(String server) {
    return phases.get(phases.size() - 1).stored().getOrDefault(server, 0);
  }

  /** One line a phase, one column a server, and the sum. */
  String table() {
    StringBuilder table = new StringBuilder(line("phase", before.keySet()));
    phases.forEach(phase -> table.append(line(phase.name(), percent(phase.stored()))));
    return table.append(line("all", percent(before))).toString();
  }

  private List<String> percent(Map<String, Integer> stored) {
    int sum = Math.max(1, stored.values().stream().mapToInt(Integer::intValue).sum());
    return before.keySet().stream()
        .map(server -> stored.getOrDefault(server, 0))
        .map(count -> String.format("%,d (%d %%)", count, Math.round(100.0 * count / sum)))
        .toList();
  }

  private static String line(String first, Collection<String> others) {
    return String.format("| %s | %s |%n", first, String.join(" | ", others));
  }
}
