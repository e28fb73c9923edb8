package dev.lmtp.server;

import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Names of files in a Maildir: {@code seconds.MmicrosPpidQcounterRrandom.host}, and {@code ,S=size}
 * behind it in {@code new} and {@code cur}. No two are the same in one process, because all agents
 * share the counter; the process id, the random number and the host keep processes apart, also
 * those in containers, where ids and names repeat.
 */
final class MaildirName {

  private static final AtomicLong COUNTER = new AtomicLong();
  private static final long PID = ProcessHandle.current().pid();
  private static final String SIZE = ",S=";
  private static final int MOST_DIGITS = 18;

  private MaildirName() {}

  /** A name that was never given before. */
  static String next(String hostname) {
    Instant now = Instant.now();
    // Nobody reads this number back; it need not be hard to guess.
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return now.getEpochSecond()
        + ".M"
        + now.getNano() / 1_000
        + "P"
        + PID
        + "Q"
        + COUNTER.incrementAndGet()
        + "R"
        + random
        + "."
        // A slash would end the name and a colon begin the flags.
        + hostname.replace("/", "\\057").replace(":", "\\072");
  }

  /** The name with the size of the file, in octets, for those who count. */
  static String withSize(String name, long size) {
    return name + SIZE + size;
  }

  /** The size a name tells; none where it tells none. */
  static OptionalLong size(String name) {
    int from = name.indexOf(SIZE) + SIZE.length();
    if (from < SIZE.length()) {
      return OptionalLong.empty();
    }
    int to = from;
    while (to < name.length() && name.charAt(to) >= '0' && name.charAt(to) <= '9') {
      to++;
    }
    return to == from || to - from > MOST_DIGITS
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(name, from, to, 10));
  }
}
