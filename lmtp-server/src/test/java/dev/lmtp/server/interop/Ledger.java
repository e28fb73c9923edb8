package dev.lmtp.server.interop;

import dev.lmtp.RecipientResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** What was said of each message to each recipient, to be held against what is on the disk. */
final class Ledger {

  /** One message to one recipient. */
  record Entry(int message, String recipient) {}

  /**
   * What a look at the disk shows.
   *
   * @param files messages in all the mailboxes
   * @param lost accepted, and not there
   * @param torn files that are no whole message
   * @param doubled copies beyond the first of each message
   * @param unexplained messages that are there more often than they were accepted and replies were
   *     lost
   */
  record Audit(int files, int lost, int torn, int doubled, int unexplained) {}

  private final Set<Entry> accepted = ConcurrentHashMap.newKeySet();
  private final Map<Entry, Integer> replyLost = new ConcurrentHashMap<>();
  private final Semaphore acceptances = new Semaphore(0);
  private final Map<Entry, Integer> notSent = new ConcurrentHashMap<>();
  private final AtomicInteger refused = new AtomicInteger();

  void record(int message, RecipientResult result) {
    Entry entry = new Entry(message, result.recipient().mailbox().toString());
    switch (result.outcome()) {
      case ACCEPTED -> accepted(entry);
      case UNKNOWN -> replyLost(entry);
      case NOT_SENT -> notSent(entry);
      case DEFERRED, REJECTED -> refused.incrementAndGet();
    }
  }

  void accepted(Entry entry) {
    accepted.add(entry);
    acceptances.release();
  }

  void replyLost(Entry entry) {
    replyLost.merge(entry, 1, Integer::sum);
  }

  void notSent(Entry entry) {
    notSent.merge(entry, 1, Integer::sum);
  }

  /** Those accepted until now. */
  Set<Entry> accepted() {
    return new HashSet<>(accepted);
  }

  /** One permit for each acceptance. */
  Semaphore acceptances() {
    return acceptances;
  }

  /** How often a recipient's reply was lost. */
  int repliesLost() {
    return sum(replyLost);
  }

  /** Attempts that ended before the end of the content was sent. */
  int notSent() {
    return sum(notSent);
  }

  private static int sum(Map<Entry, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Attempts that were answered with a 4xx or 5xx. */
  int refused() {
    return refused.get();
  }

  /** Looks through Maildirs below {@code store/domain/local-part}, in all these stores. */
  Audit audit(Collection<Path> stores, List<String> recipients, Set<Entry> promised)
      throws IOException {
    Map<Entry, Integer> found = new HashMap<>();
    int files = 0;
    int torn = 0;
    for (String recipient : recipients) {
      String[] address = recipient.split("@");
      for (Path store : stores) {
        Path fresh = store.resolve(address[1]).resolve(address[0]).resolve("new");
        for (Path file : list(fresh)) {
          files++;
          OptionalInt number = SealedMessage.open(Files.readAllBytes(file));
          if (number.isPresent()) {
            found.merge(new Entry(number.getAsInt(), recipient), 1, Integer::sum);
          } else {
            torn++;
          }
        }
      }
    }
    int doubled = 0;
    int unexplained = 0;
    for (Map.Entry<Entry, Integer> copies : found.entrySet()) {
      Entry entry = copies.getKey();
      int most = (accepted.contains(entry) ? 1 : 0) + replyLost.getOrDefault(entry, 0);
      doubled += copies.getValue() - 1;
      unexplained += Math.max(0, copies.getValue() - most);
    }
    int lost = (int) promised.stream().filter(entry -> !found.containsKey(entry)).count();
    return new Audit(files, lost, torn, doubled, unexplained);
  }

  private static List<Path> list(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
