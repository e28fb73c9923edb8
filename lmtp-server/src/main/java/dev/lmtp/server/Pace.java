package dev.lmtp.server;

import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerSettings;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps time for one peer: how long it may take for its next octets. A command has its patience as
 * a whole, however it drips in (RFC 5321 §4.5.3.2.7); a content has its patience and then must come
 * at a least rate; a transaction has an end. Time in which the peer was not waited for, because an
 * agent was busy, counts for the transaction alone.
 */
final class Pace {

  private enum Rule {
    NONE,
    NO_COMMAND,
    NO_CONTENT,
    SLOW_CONTENT,
    SLOW_TRANSACTION
  }

  /** Longer than any session; so that no sum overflows. */
  private static final long FOREVER = Long.MAX_VALUE / 4;

  private final long command;
  private final long content;
  private final long transaction;
  private final int leastRate;
  private final LongSupplier clock;

  private Rule rule = Rule.NONE;
  private long commands = -1;
  private long commandSince;
  private boolean inContent;
  private long contentWaited;
  private long contentOctets;
  private boolean inTransaction;
  private long transactionSince;

  /**
   * The time for a peer that has just connected.
   *
   * @param transaction from {@code MAIL} to the end of the content
   * @param leastRate octets of content a second, behind the patience for content
   * @param clock nanoseconds from any origin
   */
  Pace(ServerSettings settings, Duration transaction, int leastRate, LongSupplier clock) {
    this.command = nanos(settings.commandPatience());
    this.content = nanos(settings.contentPatience());
    this.transaction = nanos(transaction);
    this.leastRate = leastRate;
    this.clock = clock;
  }

  private static long nanos(Duration patience) {
    boolean endless = patience.compareTo(Duration.ofNanos(FOREVER)) > 0;
    return endless ? FOREVER : patience.toNanos();
  }

  /** How long the peer may take from now on; not positive where its time is up. */
  Duration allowance(ServerSession session) {
    long now = clock.getAsLong();
    boolean transacting =
        switch (session.state()) {
          case MAIL, RCPT, DATA, CHUNK, CHUNKS, CHUNKS_FAILED -> true;
          default -> false;
        };
    if (transacting && !inTransaction) {
      transactionSince = now;
    }
    inTransaction = transacting;
    long left =
        switch (session.state()) {
          case DATA, CHUNK -> content();
          default -> command(session.commands(), now);
        };
    long end = transaction - (now - transactionSince);
    if (transacting && end < left) {
      rule = Rule.SLOW_TRANSACTION;
      left = end;
    }
    return Duration.ofNanos(left);
  }

  private long command(long seen, long now) {
    inContent = false;
    if (seen != commands) {
      commands = seen;
      commandSince = now;
    }
    rule = Rule.NO_COMMAND;
    return command - (now - commandSince);
  }

  private long content() {
    if (!inContent) {
      inContent = true;
      contentWaited = 0;
      contentOctets = 0;
    }
    long earned = (long) (contentOctets * 1e9 / leastRate);
    long left = content + earned - contentWaited;
    rule = left >= content ? Rule.NO_CONTENT : Rule.SLOW_CONTENT;
    return Math.min(left, content);
  }

  /** Takes note that the peer was waited for, since so many nanoseconds, and what came. */
  void waited(long nanos, int octets) {
    contentWaited += nanos;
    contentOctets += Math.max(0, octets);
  }

  /** What the peer did not keep to, for the log. */
  String rule() {
    return switch (rule) {
      case NONE -> "";
      case NO_COMMAND -> "sent no command for " + Duration.ofNanos(command);
      case NO_CONTENT -> "sent no content for " + Duration.ofNanos(content);
      case SLOW_CONTENT -> "sent less than " + leastRate + " octets a second";
      case SLOW_TRANSACTION ->
          "took longer than " + Duration.ofNanos(transaction) + " for a transaction";
    };
  }
}
