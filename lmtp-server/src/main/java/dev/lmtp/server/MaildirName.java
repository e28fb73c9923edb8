package dev.lmtp.server;

import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of files in a Maildir: {@code seconds.MmicrosPpidQcounterRrandom.host}, and {@code ,S=size}
 * behind it in {@code new} and {@code cur}. No two are the same in one process, because all agents
 * share the counter; the process id, the host and a random number, one for each process, keep
 * processes apart, also those in containers, where ids and hosts repeat. Nothing depends on the
 * clock, which may go backwards.
 */
final class MaildirName {

  private static final AtomicLong COUNTER = new AtomicLong();
  private static final long PID = ProcessHandle.current().pid();
  // Nobody reads this number back; it need not be hard to guess.
  private static final String TOKEN = Long.toHexString(ThreadLocalRandom.current().nextLong());
  private static final Pattern NAME =
      Pattern.compile("\\d+\\.M\\d+P(\\d{1,18})Q\\d+R([0-9a-f]+)\\.(.*)");
  private static final String SIZE = ",S=";
  private static final int MOST_DIGITS = 18;

  private MaildirName() {}

  /** A name that was never given before. */
  static String next(String hostname) {
    return next(hostname, Instant.now());
  }

  static String next(String hostname, Instant now) {
    return now.getEpochSecond()
        + ".M"
        + now.getNano() / 1_000
        + "P"
        + PID
        + "Q"
        + COUNTER.incrementAndGet()
        + "R"
        + TOKEN
        + "."
        + host(hostname);
  }

  // A slash would end the name and a colon begin the flags.
  private static String host(String hostname) {
    return hostname.replace("/", "\\057").replace(":", "\\072");
  }

  /**
   * Whether a name was given on that host, by a process that runs no more. One that had our id and
   * another random number is one that ran before us; in a container that is the usual case.
   */
  static boolean isLeftover(String name, String hostname) {
    Matcher given = NAME.matcher(name);
    if (!given.matches()
        || !given.group(3).equals(host(hostname))
        || given.group(2).equals(TOKEN)) {
      return false;
    }
    long pid = Long.parseLong(given.group(1));
    return pid == PID || ProcessHandle.of(pid).isEmpty();
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
