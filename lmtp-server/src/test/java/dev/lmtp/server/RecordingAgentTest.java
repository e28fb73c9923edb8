package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lmtp.Envelope;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.MessageSource;
import dev.lmtp.testkit.TestNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RecordingAgentTest {

  private final TestNetwork network = new TestNetwork();

  private void send(String from, String... recipients) throws IOException {
    LmtpClient.builder(network.address("s"))
        .build()
        .deliver(Envelope.of(from, recipients), MessageSource.of(Arrival.bytes("Subject: hi\r\n")));
  }

  @Test
  @DisplayName("did my application send that mail?")
  void records() throws Exception {
    Reply unknown = Reply.of(550, "5.1.1", "Unknown");
    Reply full = Reply.of(452, "4.2.2", "Full");
    RecordingAgent agent =
        new RecordingAgent(
            mailbox -> mailbox.localPart().equals("bob") ? unknown : DeliveryAgent.RECIPIENT_OK,
            mailbox -> mailbox.localPart().equals("cat") ? full : DeliveryAgent.RECIPIENT_OK);
    try (LmtpServer server = LmtpServer.builder(agent).listen(network.address("s")).start()) {
      send("app@d", "ada@d", "bob@d", "cat@d");
      assertEquals(1, server.addresses().size());
    }
    RecordingAgent.Message message = agent.messages().get(0);
    assertEquals("<app@d>", message.transaction().reversePath().toString());
    assertEquals("[<ada@d>, <cat@d>]", message.recipients().toString());
    assertEquals("Subject: hi\r\n", message.text());
    assertEquals("Subject: hi\r\n", message.text(), "as often as it is asked for");
    assertEquals(List.of(DeliveryAgent.RECIPIENT_OK, full), message.replies());
  }

  @Test
  void waitsForWhatComes() throws Exception {
    RecordingAgent agent = new RecordingAgent();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (LmtpServer server = LmtpServer.builder(agent).listen(network.address("s")).start()) {
      Future<List<RecordingAgent.Message>> waiting =
          thread.submit(() -> agent.awaitMessages(2, Duration.ofMinutes(1)));
      send("one@d", "ada@d");
      assertEquals(1, agent.awaitMessages(1, Duration.ZERO).size());
      send("two@d", "ada@d");
      assertEquals("<two@d>", waiting.get().get(1).transaction().reversePath().toString());
      assertEquals(1, server.addresses().size());
    } finally {
      thread.shutdownNow();
    }
    assertThrows(TimeoutException.class, () -> agent.awaitMessages(3, Duration.ofMillis(1)));
  }

  @Test
  @DisplayName("H21: what breaks off was not sent")
  void brokenOff() {
    RecordingAgent agent = new RecordingAgent();
    assertThrows(
        ContentAbortedException.class,
        () -> Arrival.of("one").deliver(agent, Arrival.abortedBehind(List.of(new byte[3]))));
    assertEquals(List.of(), agent.messages());
  }
}
