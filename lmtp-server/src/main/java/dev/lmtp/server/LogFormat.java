package dev.lmtp.server;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** One line an event on standard error, for the program; a library leaves its log to others. */
final class LogFormat extends Formatter {

  // Held here: the log manager itself would let it be collected, and its level with it.
  private static final Logger OURS = Logger.getLogger("dev.lmtp");

  private static volatile Handler handler;
  private static volatile Level level;

  private LogFormat() {}

  static void install(boolean verbose) {
    LogManager.getLogManager().reset();
    handler = new ConsoleHandler();
    handler.setFormatter(new LogFormat());
    handler.setLevel(Level.ALL);
    Logger.getLogger("").addHandler(handler);
    level = verbose ? Level.ALL : Level.INFO;
    OURS.setLevel(level);
  }

  /**
   * Goes on telling while the program ends: the log manager has a shutdown hook of its own, which
   * takes all handlers away. For the thread of another hook, beside which that one runs.
   */
  static void outlastShutdown() {
    Logger root = Logger.getLogger("");
    for (int i = 0; i < 1_000 && root.getHandlers().length > 0; i++) {
      LockSupport.parkNanos(100_000);
    }
    if (root.getHandlers().length == 0) {
      // Waits until the other reset has ended: it comes by the root more than once.
      LogManager.getLogManager().reset();
      root.addHandler(handler);
      OURS.setLevel(level);
    }
  }

  @Override
  public String format(LogRecord record) {
    StringBuilder line = new StringBuilder();
    line.append(Instant.ofEpochMilli(record.getMillis()).truncatedTo(ChronoUnit.MILLIS));
    line.append(' ').append(record.getLevel()).append(' ').append(formatMessage(record));
    if (record.getThrown() != null) {
      StringWriter trace = new StringWriter();
      record.getThrown().printStackTrace(new PrintWriter(trace, true));
      line.append(": ").append(trace.toString().stripTrailing());
    }
    return line.append('\n').toString();
  }
}
