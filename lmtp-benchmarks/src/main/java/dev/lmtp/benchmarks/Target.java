package dev.lmtp.benchmarks;

import java.util.List;

/**
 * What a comparison within one class of benchmarks is to come to.
 *
 * @param row the row of {@link Targets} it belongs to; 0 for none
 * @param ours the benchmark that is ours, as {@code Class.method}, behind a colon its own parameter
 * @param other what it is compared with, likewise
 * @param parameter {@code name=value} of what both are given, or empty
 * @param goal17 how many times as fast as the other ours is to be on Java 17, at least; 0 for no
 *     goal
 * @param goal25 the same on Java 25 and later
 */
record Target(int row, String ours, String other, String parameter, double goal17, double goal25) {

  private static final boolean VECTORS = Runtime.version().feature() >= 25;

  /** Decoding has a row for either Java. */
  private static final int DECODING = VECTORS ? 1 : 2;

  static final List<Target> ALL =
      List.of(
          new Target(DECODING, "DotDecoding.ours", "DotDecoding.copy", "corpus=BASE64", 0.17, 0.40),
          new Target(DECODING, "DotDecoding.ours", "DotDecoding.copy", "corpus=TEXT", 0, 0.30),
          new Target(DECODING, "DotDecoding.ours", "DotDecoding.byteLoop", "corpus=BASE64", 4, 4),
          new Target(DECODING, "DotDecoding.ours", "DotDecoding.byteLoop", "corpus=TEXT", 4, 4),
          new Target(3, "DotDecoding.ours", "DotDecoding.byteLoop", "corpus=UTF8", 1, 1),
          new Target(3, "DotDecoding.ours", "DotDecoding.byteLoop", "corpus=DOTTED", 2, 2),
          new Target(3, "DotDecoding.ours", "DotDecoding.byteLoop", "corpus=LONG_LINES", 1, 1),
          new Target(3, "DotDecoding.ours", "DotDecoding.byteLoop", "corpus=TABS", 1, 1),
          new Target(3, "DotDecoding.ours", "DotDecoding.byteLoop", "corpus=NULS", 1, 1),
          new Target(3, "DotDecoding.ours", "DotDecoding.byteLoop", "corpus=BARE_CR", 1, 1),
          new Target(3, "DotDecoding.ours", "DotDecoding.byteLoop", "corpus=BLANK_LINES", 1, 1),
          new Target(3, "DotDecoding.limited", "DotDecoding.byteLoop", "corpus=TEXT", 1, 1),
          new Target(3, "DotDecoding.direct", "DotDecoding.byteLoop", "corpus=TEXT", 1, 1),
          new Target(6, "DotDecoding.ours", "DotDecoding.subEtha", "corpus=BASE64", 50, 50),
          new Target(0, "DotDecoding.ours", "DotDecoding.commonsNet", "corpus=BASE64", 50, 50),
          new Target(4, "DotEncoding.ours", "DotEncoding.copy", "corpus=BASE64", 0.15, 0.35),
          new Target(4, "DotEncoding.ours", "DotEncoding.copy", "corpus=TEXT", 0.15, 0.25),
          new Target(3, "DotEncoding.ours", "DotEncoding.byteLoop", "corpus=BASE64", 1, 1),
          new Target(3, "DotEncoding.ours", "DotEncoding.byteLoop", "corpus=UTF8", 1, 1),
          new Target(3, "DotEncoding.ours", "DotEncoding.byteLoop", "corpus=DOTTED", 1, 1),
          new Target(3, "DotEncoding.ours", "DotEncoding.byteLoop", "corpus=TABS", 1, 1),
          new Target(3, "DotEncoding.ours", "DotEncoding.byteLoop", "corpus=BARE_CR", 1, 1),
          new Target(3, "DotEncoding.ours", "DotEncoding.byteLoop", "corpus=BLANK_LINES", 1, 1),
          new Target(6, "DotEncoding.ours", "DotEncoding.angus", "corpus=BASE64", 10, 10),
          new Target(0, "DotEncoding.ours", "DotEncoding.commonsNet", "corpus=BASE64", 10, 10),
          new Target(5, "CommandParsing.ours", "CommandParsing.split", "", 6, 6),
          new Target(5, "ReplyParsing.ours", "ReplyParsing.split", "", 1, 1),
          new Target(5, "ReplyParsing.ours", "ReplyParsing.netty", "", 5, 5),
          new Target(0, "Conversations.server", "Conversations.naive", "recipients=1", 1, 1),
          clients("angus", 1_024),
          clients("angus", 102_400),
          clients("commonsNet", 1_024),
          clients("commonsNet", 102_400),
          clients("hubSpot", 1_024),
          clients("hubSpot", 102_400),
          servers("OURS", "SUB_ETHA", 1_024),
          servers("OURS", "SUB_ETHA", 102_400),
          servers("OURS", "JAMES", 1_024),
          servers("OURS", "JAMES", 102_400),
          servers("OURS_LMTP", "JAMES_LMTP", 1_024),
          servers("OURS_LMTP", "JAMES_LMTP", 102_400),
          new Target(0, "Encryption.tls", "Encryption.sslSockets", "size=1024", 1, 1),
          new Target(0, "Encryption.tls", "Encryption.sslSockets", "size=102400", 1, 1),
          new Target(0, "Encryption.tls", "Encryption.plain", "size=1024", 0, 0),
          new Target(0, "Encryption.tls", "Encryption.plain", "size=102400", 0, 0),
          new Target(0, "Handshakes.ours", "Handshakes.sslSockets", "kind=FULL", 0, 0),
          new Target(0, "Handshakes.ours", "Handshakes.sslSockets", "kind=RESUMED", 0, 0),
          new Target(11, "FileSending.chunks", "FileSending.memory", "mib=10", 0.9, 0.9),
          new Target(11, "FileSending.chunks", "FileSending.memory", "mib=100", 0.9, 0.9),
          new Target(11, "FileSending.data", "FileSending.unscanned", "mib=10", 0.6, 0.6),
          new Target(11, "FileSending.data", "FileSending.unscanned", "mib=100", 0.6, 0.6));

  private static Target clients(String other, int size) {
    return new Target(0, "Clients.ours", "Clients." + other, "size=" + size, 1, 1);
  }

  private static Target servers(String ours, String other, int size) {
    String deliver = "Servers.deliver:server=";
    return new Target(0, deliver + ours, deliver + other, "size=" + size, 1, 1);
  }

  double goal() {
    return VECTORS ? goal25 : goal17;
  }
}
