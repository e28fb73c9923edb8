package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.MessageSource;
import dev.lmtp.testkit.TestNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RouteAgentTest {

  private static final Reply FULL = Reply.of(452, "4.2.2", "Full");

  private final RecordingAgent one = new RecordingAgent();
  private final RecordingAgent two =
      new RecordingAgent(mailbox -> DeliveryAgent.RECIPIENT_OK, mailbox -> FULL);
  private final DeliveryAgent broken =
      message -> {
        throw new IOException("broken");
      };
  private final DeliveryAgent later =
      message -> {
        for (Recipient recipient : message.recipients()) {
          new Thread(recipient::accept).start();
        }
        message.awaitAnswers();
        // Those of the others, whose turn comes later, are not waited for.
        assertTrue(message.recipients().stream().allMatch(Recipient::isAnswered));
      };

  private final RouteAgent agent =
      RouteAgent.byDomain(Map.of("One", one, "two", two, "broken", broken, "later", later));

  private static List<String> recipients(RecordingAgent recorded) {
    return recorded.messages().stream().map(message -> message.recipients().toString()).toList();
  }

  @Test
  @DisplayName("L4: each agent gets its own recipients, and each answer goes where it belongs")
  void routes() throws IOException {
    Arrival arrival =
        Arrival.of("a@one", "b@two", "c@broken", "d@later", "a@one", "e@nowhere", "f@two")
            .deliver(agent, "Subject: x\r\n\r\nhi\r\n");
    assertEquals(
        List.of(
            "250 2.0.0",
            "452 4.2.2",
            "451 4.3.0",
            "250 2.0.0",
            "250 2.0.0",
            "451 4.3.0",
            "452 4.2.2"),
        arrival.answers());
    assertEquals(List.of("[<a@one>, <a@one>]"), recipients(one));
    assertEquals(List.of("[<b@two>, <f@two>]"), recipients(two));
    assertEquals("Subject: x\r\n\r\nhi\r\n", two.messages().get(0).text());
  }

  @Test
  void oneAgentAloneGetsTheMessageAsItComes() throws IOException {
    List<IncomingMessage> got = new ArrayList<>();
    DeliveryAgent adding = got::add;
    DeliveryAgent single = RouteAgent.of(mailbox -> Optional.of(adding));
    IncomingMessage message = Arrival.of("a", "b").message(() -> null);
    single.deliver(message);
    assertEquals(List.of(message), got);
  }

  @Test
  @DisplayName("H21: a content that breaks off reaches no agent, and leaves no file")
  void brokenOff(@TempDir Path directory) throws IOException {
    IncomingMessage.Source content = Arrival.abortedBehind(List.of(new byte[100_000]));
    DeliveryAgent kept = agent.withPlace(new KeptContent.Place(1_000, directory));
    assertThrows(
        ContentAbortedException.class, () -> Arrival.of("a@one", "b@two").deliver(kept, content));
    assertEquals(List.of(), one.messages());
    assertEquals(List.of(), new Spool(directory).files());
  }

  @Test
  void whoIsAskedAtRcpt() throws IOException {
    assertEquals("250 2.1.5", rcpt("a@one"));
    assertEquals("250 2.1.5", rcpt("a@ONE"));
    // A Kelvin sign, which Unicode would fold.
    assertEquals("550 5.1.1", rcpt("a@bro\u212aen"));
    assertThrows(
        IllegalArgumentException.class, () -> RouteAgent.byDomain(Map.of("a", one, "A", two)));
    assertEquals("550 5.1.1", rcpt("a@nowhere"));
    assertEquals("250 2.1.5", rcpt("a@ONE."));
    DeliveryAgent picky =
        new DeliveryAgent() {
          @Override
          public Reply sender(Transaction transaction) {
            return FULL;
          }

          @Override
          public void deliver(IncomingMessage message) {
            throw new AssertionError();
          }
        };
    assertEquals(
        FULL,
        RouteAgent.of(mailbox -> Optional.of(picky))
            .recipient(Arrival.transaction(), ForwardPath.parse("a"), Parameters.NONE));
  }

  private String rcpt(String recipient) throws IOException {
    return Arrival.codes(
        agent.recipient(Arrival.transaction(), ForwardPath.parse(recipient), Parameters.NONE));
  }

  @Test
  @DisplayName("L4: over the wire, an agent that answers later waits for its own recipients only")
  void overTheWire() throws Exception {
    TestNetwork network = new TestNetwork();
    try (LmtpServer server = LmtpServer.builder(agent).listen(network.address("s")).start()) {
      DeliveryResult result =
          LmtpClient.builder(server.addresses().get(0))
              .build()
              .deliver(
                  Envelope.of("s@d", "a@later", "b@one", "c@two", "d@nowhere"),
                  MessageSource.of(Arrival.bytes("hi\r\n")));
      assertEquals(
          List.of(250, 250, 452, 550),
          result.recipients().stream().map(r -> r.reply().orElseThrow().code()).toList());
    }
  }
}
