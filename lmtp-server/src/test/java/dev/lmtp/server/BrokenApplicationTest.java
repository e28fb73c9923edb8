package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testkit.ScriptedPeer;
import dev.lmtp.testkit.TestNetwork;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.UnsupportedCallbackException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an application throws costs a session nothing but a temporary failure, and has one line. */
class BrokenApplicationTest {
  private final TestNetwork network = new TestNetwork();
  private final Logger logger = Logger.getLogger("dev.lmtp.server");
  private final List<LogRecord> log = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          if (line.getLevel().intValue() >= Level.INFO.intValue()) {
            log.add(line);
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
  }

  @AfterEach
  void leaveTheLog() {
    logger.removeHandler(handler);
  }

  private static CallbackHandler throwing(String what) {
    return callbacks -> {
      switch (what) {
        case "IO" -> throw new IOException("the database is away");
        case "UNCHECKED" -> throw new IllegalStateException("a bug of the application's");
        default -> throw new UnsupportedCallbackException(callbacks[0]);
      }
    };
  }

  @ParameterizedTest
  @CsvSource({
    "PLAIN, IO",
    "PLAIN, UNCHECKED",
    "PLAIN, UNSUPPORTED",
    "CRAM-MD5, IO",
    "CRAM-MD5, UNCHECKED",
    "CRAM-MD5, UNSUPPORTED"
  })
  @DisplayName("a handler that fails: 454, a warning with the cause, and the session goes on")
  void handlerFails(String mechanism, String what) throws Exception {
    DeliveryAgent agent = message -> message.recipients().forEach(Recipient::accept);
    try (LmtpServer server =
        LmtpServer.builder(agent)
            .listen(network.address("lmtp"))
            .authentication(throwing(what), mechanism)
            .start()) {
      ScriptedPeer.connect(
          server.addresses().get(0),
          peer -> {
            peer.expect("220 *");
            peer.say("LHLO me");
            for (String line = peer.line(); line.charAt(3) == '-'; line = peer.line()) {
              // the extensions
            }
            if (mechanism.equals("PLAIN")) {
              peer.say("AUTH PLAIN AGEAYg==");
            } else {
              peer.say("AUTH CRAM-MD5");
              peer.expect("334 *");
              peer.say("YSAwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMQ==");
            }
            peer.expect("454 4.7.0 *");
            peer.say("NOOP", "QUIT");
            peer.expect("250 *");
            peer.expect("221 *");
            peer.expectEnd();
          });
    }
    assertEquals(1, log.size(), () -> log.get(0).getMessage());
    assertEquals(Level.WARNING, log.get(0).getLevel());
    assertTrue(log.get(0).getThrown() != null);
  }

  @Test
  @DisplayName("a trust policy that fails trusts nobody")
  void policyFails() throws Exception {
    DeliveryAgent agent = message -> message.recipients().forEach(Recipient::accept);
    try (LmtpServer server =
        LmtpServer.builder(agent)
            .listen(network.address("lmtp"))
            .authentication(throwing("IO"), "CRAM-MD5")
            .requireAuthentication()
            .trust(
                identity -> {
                  throw new IllegalStateException("a bug");
                })
            .start()) {
      ScriptedPeer.connect(
          server.addresses().get(0),
          peer -> {
            peer.expect("220 *");
            peer.say("LHLO me");
            for (String line = peer.line(); line.charAt(3) == '-'; line = peer.line()) {
              // the extensions
            }
            peer.say("MAIL FROM:<a@b.c>", "QUIT");
            peer.expect("530 5.7.0 *");
            peer.expect("221 *");
          });
    }
    assertEquals(Level.WARNING, log.get(0).getLevel());
    assertEquals("a bug", log.get(0).getThrown().getMessage());
  }
}
