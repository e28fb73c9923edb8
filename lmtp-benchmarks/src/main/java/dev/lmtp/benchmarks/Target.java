package dev.lmtp.benchmarks;

import java.util.List;

/**
 * What a comparison within one class of benchmarks is to come to.
 *
 * @param ours the benchmark that is ours, as {@code Class.method}
 * @param other what it is compared with
 * @param parameter {@code name=value} of what both are given, or empty
 * @param goal17 how many times as fast as the other ours is to be on Java 17, at least
 * @param goal25 the same on Java 25 and later
 */
record Target(String ours, String other, String parameter, double goal17, double goal25) {

  static final List<Target> ALL =
      List.of(
          new Target("DotDecoding.ours", "DotDecoding.copy", "corpus=BASE64", 0.17, 0.40),
          new Target("DotDecoding.ours", "DotDecoding.copy", "corpus=TEXT", 0, 0.30),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", "corpus=BASE64", 4, 4),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", "corpus=TEXT", 4, 4),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", "corpus=UTF8", 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", "corpus=DOTTED", 2, 2),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", "corpus=LONG_LINES", 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", "corpus=TABS", 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", "corpus=NULS", 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", "corpus=BARE_CR", 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", "corpus=BLANK_LINES", 1, 1),
          new Target("DotDecoding.limited", "DotDecoding.byteLoop", "corpus=TEXT", 1, 1),
          new Target("DotDecoding.direct", "DotDecoding.byteLoop", "corpus=TEXT", 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.subEtha", "corpus=BASE64", 50, 50),
          new Target("DotDecoding.ours", "DotDecoding.commonsNet", "corpus=BASE64", 50, 50),
          new Target("DotEncoding.ours", "DotEncoding.copy", "corpus=BASE64", 0.15, 0.35),
          new Target("DotEncoding.ours", "DotEncoding.copy", "corpus=TEXT", 0.15, 0.25),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", "corpus=BASE64", 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", "corpus=UTF8", 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", "corpus=DOTTED", 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", "corpus=TABS", 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", "corpus=BARE_CR", 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", "corpus=BLANK_LINES", 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.angus", "corpus=BASE64", 10, 10),
          new Target("DotEncoding.ours", "DotEncoding.commonsNet", "corpus=BASE64", 10, 10),
          new Target("CommandParsing.ours", "CommandParsing.split", "", 6, 6),
          new Target("ReplyParsing.ours", "ReplyParsing.split", "", 1, 1),
          new Target("ReplyParsing.ours", "ReplyParsing.netty", "", 5, 5),
          new Target("Conversations.server", "Conversations.naive", "recipients=1", 1, 1),
          new Target("Clients.ours", "Clients.angus", "size=1024", 1, 1),
          new Target("Clients.ours", "Clients.angus", "size=102400", 1, 1),
          new Target("Clients.ours", "Clients.commonsNet", "size=1024", 1, 1),
          new Target("Clients.ours", "Clients.commonsNet", "size=102400", 1, 1),
          new Target("Servers.ours", "Servers.subEtha", "size=1024", 1, 1),
          new Target("Servers.ours", "Servers.subEtha", "size=102400", 1, 1));

  double goal() {
    return Runtime.version().feature() >= 25 ? goal25 : goal17;
  }
}
