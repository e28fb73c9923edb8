package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.session.ServerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Scanner;
import java.util.Set;
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
  private Level least = Level.INFO;
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          if (line.getLevel().intValue() >= least.intValue()) {
            log.add(new SimpleFormatter().formatMessage(line) + thrown(line));
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private static String thrown(LogRecord line) {
    StringWriter trace = new StringWriter();
    if (line.getThrown() != null) {
      line.getThrown().printStackTrace(new PrintWriter(trace));
    }
    return trace.toString();
  }

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
  @DisplayName("H46: of an authentication, nothing is logged that the client said, at any level")
  void nothingSecret() throws IOException {
    least = Level.ALL;
    logger.setLevel(Level.ALL);
    Path passwords = Files.writeString(folder.resolve("p"), "joe:{PLAIN}open-sesame\n");
    List<String> secrets = List.of("open-sesame", "wrong-guess", "joe", "eve");
    try (LmtpServer server =
        LmtpServer.builder(message -> message.recipients().forEach(Recipient::accept))
            .listen("unix:" + folder.resolve("s"))
            .settings(ServerSettings.of(Protocol.LMTP, "there"))
            .authentication(PasswordFile.read(passwords), "PLAIN", "LOGIN", "CRAM-MD5")
            .start()) {
      try (RawPeer peer = RawPeer.greeted(server)) {
        for (String user : List.of("joe", "eve")) {
          peer.say("AUTH PLAIN " + base64("\0" + user + "\0wrong-guess"));
          peer.expect("535 5.7.8");
          peer.say("AUTH PLAIN !" + base64("\0" + user + "\0open-sesame"));
          peer.expect("501 5.5.2");
          peer.say("AUTH " + base64("\0" + user + "\0open-sesame"));
          peer.expect("504 5.5.4");
          peer.say("AUTH LOGIN", base64(user), "wrong-guess");
          peer.expect("334 ", "334 ", "501 5.5.2");
          peer.say("AUTH CRAM-MD5", base64(user + " open-sesame"));
          peer.expect("334 ", "535 5.7.8");
        }
        peer.say("AUTH PLAIN " + base64("\0joe\0open-sesame"));
        peer.expect("235 2.7.0");
      }
    } finally {
      logger.setLevel(null);
    }
    assertTrue(log.stream().anyMatch(line -> line.contains("authentication by PLAIN failed")));
    for (String line : log) {
      for (String secret : secrets) {
        assertFalse(line.contains(secret) || line.contains(base64(secret)), line);
      }
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
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

  @Test
  @DisplayName(
      "E11 H44: HAProxy's check, a LOCAL header, a hello, QUIT and a reset, leaves no line")
  void healthCheck() throws IOException {
    String octets = "\r\n\r\n\0\r\nQUIT\n \0\0\0" + "LHLO haproxy.example.org\r\nQUIT\r\n";
    try (LmtpServer server =
            LmtpServer.builder(message -> message.recipients().forEach(Recipient::accept))
                .listen("inet:127.0.0.1:0")
                .settings(ServerSettings.of(Protocol.LMTP, "there"))
                .trust(TrustPolicy.LOCAL.trusting("127.0.0.1", Set.of(Privilege.PROXY)))
                .start();
        SocketChannel peer = SocketChannel.open(server.addresses().get(0))) {
      peer.setOption(StandardSocketOptions.SO_LINGER, 0);
      peer.write(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)));
      Scanner replies = new Scanner(peer, StandardCharsets.US_ASCII);
      assertTrue(replies.nextLine().startsWith("220 "));
      assertTrue(replies.findWithinHorizon("\r\n221 2\\.0\\.0 there", 0) != null);
    }
    // The peer is closed first, and the server when its sessions are over.
    assertEquals(List.of(), log);
  }
}
