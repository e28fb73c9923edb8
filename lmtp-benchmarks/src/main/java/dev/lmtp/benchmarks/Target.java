package dev.lmtp.benchmarks;

import static dev.lmtp.benchmarks.Corpus.BARE_CR;
import static dev.lmtp.benchmarks.Corpus.BASE64;
import static dev.lmtp.benchmarks.Corpus.BLANK_LINES;
import static dev.lmtp.benchmarks.Corpus.DOTTED;
import static dev.lmtp.benchmarks.Corpus.LONG_LINES;
import static dev.lmtp.benchmarks.Corpus.NULS;
import static dev.lmtp.benchmarks.Corpus.TABS;
import static dev.lmtp.benchmarks.Corpus.TEXT;
import static dev.lmtp.benchmarks.Corpus.UTF8;

import java.util.List;

/**
 * What a comparison within one class of benchmarks is to come to.
 *
 * @param ours the benchmark that is ours, as {@code Class.method}
 * @param other what it is compared with
 * @param corpus the content, {@code null} where there is none
 * @param goal17 how many times as fast as the other ours is to be on Java 17, at least
 * @param goal25 the same on Java 25 and later
 */
record Target(String ours, String other, Corpus corpus, double goal17, double goal25) {

  static final List<Target> ALL =
      List.of(
          new Target("DotDecoding.ours", "DotDecoding.copy", BASE64, 0.17, 0.40),
          new Target("DotDecoding.ours", "DotDecoding.copy", TEXT, 0, 0.30),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", BASE64, 4, 4),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", TEXT, 4, 4),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", UTF8, 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", DOTTED, 2, 2),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", LONG_LINES, 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", TABS, 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", NULS, 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", BARE_CR, 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.byteLoop", BLANK_LINES, 1, 1),
          new Target("DotDecoding.limited", "DotDecoding.byteLoop", TEXT, 1, 1),
          new Target("DotDecoding.direct", "DotDecoding.byteLoop", TEXT, 1, 1),
          new Target("DotDecoding.ours", "DotDecoding.subEtha", BASE64, 50, 50),
          new Target("DotDecoding.ours", "DotDecoding.commonsNet", BASE64, 50, 50),
          new Target("DotEncoding.ours", "DotEncoding.copy", BASE64, 0.15, 0.35),
          new Target("DotEncoding.ours", "DotEncoding.copy", TEXT, 0.15, 0.25),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", BASE64, 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", UTF8, 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", DOTTED, 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", TABS, 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", BARE_CR, 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.byteLoop", BLANK_LINES, 1, 1),
          new Target("DotEncoding.ours", "DotEncoding.angus", BASE64, 10, 10),
          new Target("DotEncoding.ours", "DotEncoding.commonsNet", BASE64, 10, 10),
          new Target("CommandParsing.ours", "CommandParsing.split", null, 6, 6),
          new Target("ReplyParsing.ours", "ReplyParsing.split", null, 1, 1),
          new Target("ReplyParsing.ours", "ReplyParsing.netty", null, 5, 5));

  double goal() {
    return Runtime.version().feature() >= 25 ? goal25 : goal17;
  }
}
