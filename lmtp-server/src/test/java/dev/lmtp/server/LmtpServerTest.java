package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.ForwardPath;
import dev.lmtp.Limits;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.session.ServerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server facade over real sockets, against a peer that says exactly what a test writes. */
@Timeout(60)
class LmtpServerTest {

  @TempDir Path folder;

  private final BlockingQueue<String> stored = new LinkedBlockingQueue<>();

  /** Stores the content and accepts; refuses {@code unknown} at RCPT. */
  private final DeliveryAgent agent =
      new DeliveryAgent() {
        @Override
        public Reply recipient(
            Transaction transaction, ForwardPath recipient, Parameters parameters) {
          return recipient.mailbox().localPart().equals("unknown")
              ? Reply.of(550, "5.1.1", "User unknown")
              : RECIPIENT_OK;
        }

        @Override
        public void deliver(IncomingMessage message) throws IOException {
          stored.add(read(message));
          message.recipients().forEach(Recipient::accept);
        }
      };

  private static String read(IncomingMessage message) throws IOException {
    return new String(message.stream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  private LmtpServer.Builder builder(DeliveryAgent deliveryAgent) {
    return LmtpServer.builder(deliveryAgent)
        .listen("unix:" + folder.resolve("s"))
        .settings(ServerSettings.of(Protocol.LMTP, "there"));
  }

  private static final String[] ENVELOPE = {
    "MAIL FROM:<a@b.c>", "RCPT TO:<one@d>", "RCPT TO:<two@d>", "RCPT TO:<three@d>", "DATA"
  };

  private static void envelope(RawPeer peer) throws IOException {
    peer.say(ENVELOPE);
    peer.expect("250 2.1.0", "250 2.1.5", "250 2.1.5", "250 2.1.5", "354 ");
  }

  @Test
  @DisplayName("L4 E1 H19: everything in one write, QUIT too; one reply for each accepted RCPT")
  void pipelined() throws IOException, InterruptedException {
    try (LmtpServer server = builder(agent).start();
        RawPeer peer = RawPeer.greeted(server)) {
      peer.say(
          "MAIL FROM:<a@b.c> SIZE=10",
          "RCPT TO:<one@d>",
          "RCPT TO:<unknown@d>",
          "RCPT TO:<one@d>",
          "DATA",
          "hi",
          "..dot",
          ".",
          "QUIT");
      peer.expect("250 2.1.0", "250 2.1.5", "550 5.1.1", "250 2.1.5", "354 ");
      peer.expect("250 2.0.0", "250 2.0.0", "221 2.0.0");
      peer.expectEnd();
      assertEquals("hi\r\n.dot\r\n", stored.take());
    }
  }

  @Test
  @DisplayName("E5: chunks over TCP")
  void chunksOverTcp() throws IOException, InterruptedException {
    try (LmtpServer server =
            LmtpServer.builder(agent)
                .listen("inet:127.0.0.1:0")
                .settings(ServerSettings.of(Protocol.SMTP, "there"))
                .start();
        RawPeer peer = new RawPeer(server)) {
      peer.say("EHLO here", "MAIL FROM:<>", "RCPT TO:<one@d>");
      peer.send("BDAT 3\r\nhi\rBDAT 4 LAST\r\n\n.\r\nQUIT\r\n");
      peer.expect("220 there ESMTP", "250-there");
      for (String line = peer.line(); line.startsWith("250-"); line = peer.line()) {
        // the offer
      }
      peer.expect("250 2.1.0", "250 2.1.5", "250 2.0.0", "250 2.0.0", "221 ");
      assertEquals("hi\r\n.\r\n", stored.take());
    }
  }

  @Test
  @DisplayName("E5 S5 H21: between chunks VRFY and HELP are answered, and a hello is an abort")
  void commandsBetweenChunks() throws IOException, InterruptedException {
    try (LmtpServer server = builder(agent).start();
        RawPeer peer = RawPeer.greeted(server)) {
      peer.say("MAIL FROM:<a@b.c>", "RCPT TO:<one@d>");
      peer.send("BDAT 2\r\nhiVRFY x\r\nHELP\r\nEXPN x\r\nNOOP\r\nBDAT 2 LAST\r\n\r\n");
      peer.expect("250 2.1.0", "250 2.1.5", "250 2.0.0", "252 ", "214 ", "502 ", "250 2.0.0");
      peer.expect("250 2.0.0");
      assertEquals("hi\r\n", stored.take());

      peer.say("MAIL FROM:<a@b.c>", "RCPT TO:<one@d>");
      peer.send("BDAT 2\r\nnoLHLO again\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<one@d>\r\n");
      peer.send("BDAT 3 LAST\r\nyesQUIT\r\n");
      peer.expect("250 2.1.0", "250 2.1.5", "250 2.0.0", "250-there");
      for (String line = peer.line(); line.startsWith("250-"); line = peer.line()) {
        // the offer
      }
      peer.expect("250 2.1.0", "250 2.1.5", "250 2.0.0", "221 ");
      peer.expectEnd();
      assertEquals("yes", stored.take());
    }
  }

  @Test
  @DisplayName("S13 L7: a slow recipient does not hold back the replies before it")
  void repliesLeaveAsTheyAreKnown() throws IOException, InterruptedException {
    CountDownLatch firstTwoSeen = new CountDownLatch(1);
    DeliveryAgent slow =
        message -> {
          read(message);
          List<Recipient> recipients = message.recipients();
          recipients.get(1).reply(Reply.of(452, "4.2.2", "Full"));
          recipients.get(0).accept();
          await(firstTwoSeen);
          recipients.get(2).accept();
        };
    try (LmtpServer server = builder(slow).start();
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.say("hi", ".");
      peer.expect("250 2.0.0", "452 4.2.2");
      firstTwoSeen.countDown();
      peer.expect("250 2.0.0");
    }
  }

  @Test
  @DisplayName("L4: recipients answered by other threads, last first")
  void answersFromOtherThreads() throws IOException {
    DeliveryAgent parallel =
        message -> {
          read(message);
          List<Recipient> recipients = message.recipients();
          CompletableFuture<Void> last = CompletableFuture.runAsync(recipients.get(2)::accept);
          CompletableFuture<Void> middle =
              last.thenRunAsync(() -> recipients.get(1).reply(Reply.of(550, "5.2.1", "Off")));
          middle.thenRunAsync(recipients.get(0)::accept).join();
        };
    try (LmtpServer server = builder(parallel).start();
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.say("hi", ".");
      peer.expect("250 2.0.0", "550 5.2.1", "250 2.0.0");
    }
  }

  @Test
  @DisplayName("H24: an agent that throws after one answer: the others get 451 4.3.0")
  void agentThrows() throws IOException {
    DeliveryAgent broken =
        message -> {
          read(message);
          message.recipients().get(1).accept();
          throw new IOException("secret\r\n250 forged");
        };
    try (LmtpServer server = builder(broken).start();
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.say("hi", ".", "NOOP");
      peer.expect(
          "451 4.3.0 Not delivered", "250 2.0.0", "451 4.3.0 Not delivered", "250 2.0.0 Ok");
    }
  }

  @Test
  @DisplayName("H24: an agent that returns before it read: the body is swallowed to its real end")
  void agentReadsNothing() throws IOException {
    Recipient[] late = new Recipient[1];
    DeliveryAgent lazy = message -> late[0] = message.recipients().get(0);
    try (LmtpServer server = builder(lazy).start();
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.say("MAIL FROM:<evil@b.c>", "QUIT", ".", "NOOP");
      peer.expect("451 4.3.0", "451 4.3.0", "451 4.3.0", "250 2.0.0 Ok");
      assertFalse(late[0].accept(), "an answer after the delivery does not count");
    }
  }

  @Test
  @DisplayName("L6: a 2xx given before the content is there waits for it")
  void acceptBeforeContent() throws IOException {
    DeliveryAgent discard = message -> message.recipients().forEach(Recipient::accept);
    try (LmtpServer server = builder(discard).start();
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.say("hi", ".", "NOOP");
      peer.expect("250 2.0.0 Del", "250 2.0.0 Del", "250 2.0.0 Del", "250 2.0.0 Ok");
      envelope(peer);
      peer.send("cut off");
      peer.endOutput();
      peer.expectEnd();
    }
  }

  @Test
  @DisplayName("S12 H21: input that ends within the content is an abort for the agent")
  void inputEndsWithinContent() throws IOException, InterruptedException {
    DeliveryAgent reading =
        message -> {
          try {
            stored.add(read(message));
          } catch (ContentAbortedException e) {
            stored.add("aborted");
            throw e;
          }
        };
    try (LmtpServer server = builder(reading).start();
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.send("hi\r\n.\r");
      peer.endOutput();
      peer.expectEnd();
      assertEquals("aborted", stored.take());
    }
  }

  @Test
  @DisplayName("H28: an Error in the agent ends that session with 421, others live")
  void agentError() throws IOException, InterruptedException {
    DeliveryAgent failing =
        message -> {
          if (message.recipients().size() > 1) {
            throw new StackOverflowError("deep");
          }
          agent.deliver(message);
        };
    try (LmtpServer server = builder(failing).start();
        RawPeer other = RawPeer.greeted(server);
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.say("the agent is asked when the content begins");
      peer.expect("421 4.3.0");
      peer.expectEnd();
      other.say("MAIL FROM:<>", "RCPT TO:<one@d>", "DATA", "hi", ".");
      other.expect("250 ", "250 ", "354 ", "250 ");
      assertEquals("hi\r\n", stored.take());
    }
  }

  @Test
  @DisplayName("H25 E3: too big a message is an abort for the agent and 552 for each recipient")
  void tooBig() throws IOException {
    DeliveryAgent reading = message -> read(message);
    ServerSettings small =
        ServerSettings.of(Protocol.LMTP, "there").withLimits(Limits.DEFAULT.withMessage(65_536));
    try (LmtpServer server = builder(reading).settings(small).start();
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.say("x".repeat(70).concat("\r\n").repeat(1_000) + ".", "NOOP");
      peer.expect("552 5.3.4", "552 5.3.4", "552 5.3.4", "250 2.0.0");
    }
  }

  @Test
  @DisplayName("S10: a silent peer gets 421 4.4.2")
  void idle() throws IOException {
    ServerSettings impatient =
        ServerSettings.of(Protocol.LMTP, "there")
            .withPatience(Duration.ofMillis(200), Duration.ofMillis(200));
    try (LmtpServer server = builder(agent).settings(impatient).start();
        RawPeer peer = RawPeer.greeted(server)) {
      peer.expect("421 4.4.2");
      peer.expectEnd();
    }
  }

  @Test
  @DisplayName("H26: a peer that falls silent within the content gets 421, the rest is not read")
  void silentWithinContent() throws IOException {
    ServerSettings impatient =
        ServerSettings.of(Protocol.LMTP, "there")
            .withPatience(Duration.ofMinutes(1), Duration.ofMillis(200));
    try (LmtpServer server = builder(agent).settings(impatient).start();
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.send("hi\r\n");
      peer.expect("421 4.4.2");
      peer.expectEnd();
      assertTrue(stored.isEmpty());
    }
  }

  @Test
  @DisplayName("S11 H73: closing tells idle peers 421 4.3.2 and lets a transaction finish")
  void gracefulClose() throws IOException, InterruptedException {
    LmtpServer server = builder(agent).start();
    Thread closer = new Thread(server::close);
    try (RawPeer idle = RawPeer.greeted(server);
        RawPeer busy = RawPeer.greeted(server)) {
      envelope(busy);
      closer.start();
      idle.expect("421 4.3.2");
      idle.expectEnd();
      busy.say("hi", ".");
      busy.expect("250 2.0.0", "250 2.0.0", "250 2.0.0", "421 4.3.2");
      assertEquals("hi\r\n", stored.take());
    }
    closer.join();
    assertFalse(Files.exists(folder.resolve("s")), "the socket file is gone");
  }

  @Test
  @DisplayName("H73: what is not finished when patience ends is cut off, and nothing delivered")
  void closeCutsOff() throws IOException {
    LmtpServer server = builder(agent).start();
    try (RawPeer busy = RawPeer.greeted(server)) {
      envelope(busy);
      busy.send("hi\r\n");
      server.close(Duration.ofMillis(100));
      busy.expectEnd();
      assertTrue(stored.isEmpty());
    }
  }

  @Test
  @DisplayName("S11 H73: what a peer says while the server ends takes no reply from it")
  void repliesBeforeTheEnd() throws Exception {
    CountDownLatch replied = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    DeliveryAgent waits =
        message -> {
          message.afterReplies(
              fate -> {
                replied.countDown();
                await(goOn);
              });
          message.recipients().forEach(Recipient::accept);
        };
    LmtpServer server =
        LmtpServer.builder(waits)
            .listen("inet:127.0.0.1:0")
            .settings(ServerSettings.of(Protocol.LMTP, "there"))
            .start();
    try (RawPeer idle = RawPeer.greeted(server);
        RawPeer peer = RawPeer.greeted(server)) {
      envelope(peer);
      peer.say("hi", ".");
      replied.await();
      CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
      idle.expect("421 4.3.2");
      // Nobody has read this when the session ends: a plain close would be a reset.
      peer.say("QUIT");
      goOn.countDown();
      peer.expect("250 2.0.0", "250 2.0.0", "250 2.0.0", "421 4.3.2");
      peer.expectEnd();
      closed.get();
    }
  }

  @Test
  @DisplayName("H71: beyond the limit a peer gets 421 4.3.2 at once")
  void tooManyConnections() throws IOException {
    try (LmtpServer server = builder(agent).maxConnections(1).start();
        RawPeer first = RawPeer.greeted(server);
        RawPeer second = new RawPeer(server)) {
      second.expect("421 4.3.2");
      second.expectEnd();
      first.say("NOOP");
      first.expect("250 ");
    }
  }

  @Test
  @DisplayName("H71: one peer has no more than its share, another one is served")
  void tooManyConnectionsOfOnePeer() throws IOException {
    try (LmtpServer server =
            builder(agent).listen("inet:127.0.0.1:0").maxConnectionsPerPeer(1).start();
        RawPeer local = RawPeer.greeted(server);
        RawPeer sameUser = new RawPeer(server);
        RawPeer first = RawPeer.at(server.addresses().get(1));
        RawPeer sameAddress = RawPeer.at(server.addresses().get(1))) {
      sameUser.expect("421 4.3.2");
      first.expect("220 ");
      sameAddress.expect("421 4.3.2");
      sameAddress.expectEnd();
      local.say("NOOP");
      local.expect("250 ");
      first.say("QUIT");
      first.expect("221 ");
      first.expectEnd();
      RawPeer next = awaitPlace(server);
      next.say("QUIT");
      next.expect("221 ");
      next.close();
    }
  }

  /** Its place is free when the server is done with a connection, a moment behind its end. */
  private static RawPeer awaitPlace(LmtpServer server) throws IOException {
    while (true) {
      RawPeer next = RawPeer.at(server.addresses().get(1));
      if (next.line().startsWith("220 ")) {
        return next;
      }
      next.close();
    }
  }

  /** Answers when it may, and notes what became of its replies. */
  private static final class Noting implements DeliveryAgent {
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final BlockingQueue<AfterReplies.Fate> fates = new LinkedBlockingQueue<>();

    @Override
    public void deliver(IncomingMessage message) throws IOException {
      message.afterReplies(fates::add);
      read(message);
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      message.replyAll(Reply.of(250, "2.0.0", "Stored"));
    }
  }

  @Test
  @DisplayName("H29: the agent learns whether its replies left")
  void replied() throws IOException, InterruptedException {
    Noting noting = new Noting();
    try (LmtpServer server = builder(noting).start()) {
      RawPeer gone = RawPeer.greeted(server);
      envelope(gone);
      gone.send("hi\r\n.\r\n");
      gone.close();
      noting.goOn.countDown();
      assertEquals(AfterReplies.Fate.LOST, noting.fates.take());
      try (RawPeer peer = RawPeer.greeted(server)) {
        envelope(peer);
        peer.send("hi\r\n.\r\n");
        peer.expect("250 2.0.0", "250 2.0.0", "250 2.0.0");
        assertEquals(AfterReplies.Fate.SENT, noting.fates.take());
        peer.say("MAIL FROM:<a@b.c>", "RCPT TO:<one@d>", "DATA");
        peer.expect("250 ", "250 ", "354 ");
      }
    }
    assertTrue(noting.fates.isEmpty(), "a content that never ended has no replies");
  }

  @Test
  @DisplayName("H70: who drips octet by octet gets 421 4.4.2, in a command and in a content")
  void dripping() throws IOException, InterruptedException {
    Duration patience = Duration.ofMillis(200);
    try (LmtpServer server =
        builder(agent)
            .settings(ServerSettings.of(Protocol.LMTP, "there").withPatience(patience, patience))
            .start()) {
      try (RawPeer peer = RawPeer.greeted(server)) {
        drip(peer);
        peer.expect("421 4.4.2");
        peer.expectEnd();
      }
      try (RawPeer peer = RawPeer.greeted(server)) {
        envelope(peer);
        drip(peer);
        peer.expect("421 4.4.2");
        peer.expectEnd();
      }
      assertTrue(stored.isEmpty());
    }
  }

  /** Sends octets until the server has had enough. */
  private static void drip(RawPeer peer) throws InterruptedException {
    try {
      while (true) {
        peer.send("x");
        Thread.sleep(20);
      }
    } catch (IOException e) {
      // The server has closed.
    }
  }

  @Test
  @DisplayName("L10: LMTP on TCP port 25 is refused at configuration")
  void port25() {
    LmtpServer.Builder builder = LmtpServer.builder(agent).listen("inet:127.0.0.1:25");
    String message = assertThrows(IllegalArgumentException.class, builder::start).getMessage();
    assertTrue(message.contains("RFC 2033"), message);
  }

  @Test
  void noAddress() {
    assertThrows(IllegalArgumentException.class, LmtpServer.builder(agent)::start);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
