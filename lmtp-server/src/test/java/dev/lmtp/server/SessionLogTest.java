package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.session.ServerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a session leaves in the log for an operator. */
@Timeout(60)
class SessionLogTest {

  @TempDir Path folder;

  private final Logger logger = Logger.getLogger("dev.lmtp.server");
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          if (line.getLevel().intValue() >= Level.INFO.intValue()) {
            log.add(new SimpleFormatter().formatMessage(line));
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void readTheLog() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void leaveTheLog() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  @Test
  @DisplayName("H15: who breaks rules without end has ten lines, why it was closed, and a sum")
  void boundedForASession() throws IOException, InterruptedException {
    try (LmtpServer server =
        LmtpServer.builder(message -> message.recipients().forEach(Recipient::accept))
            .listen("unix:" + folder.resolve("s"))
            .settings(ServerSettings.of(Protocol.LMTP, "there"))
            .start()) {
      try (RawPeer peer = RawPeer.greeted(server)) {
        peer.send("FROB\r\n".repeat(101));
        for (int i = 0; i < 101; i++) {
          peer.expect("500 5.5.1");
        }
        peer.expect("421 4.7.0");
      }
    }
    // The server is closed when its sessions are over.
    assertEquals(12, log.size(), log::toString);
    assertTrue(
        log.get(0).endsWith("broke a rule in READY: UNKNOWN_VERB (RFC 5321 4.2.4), gets 500"));
    assertEquals(10, log.stream().filter(line -> line.contains("UNKNOWN_VERB")).count());
    assertTrue(log.get(10).contains("TOO_MANY_ERRORS"), log::toString);
    assertTrue(log.get(11).endsWith("broke 102 rules, the first 10 told"), log::toString);
  }
}
