package dev.lmtp.server.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.server.RecordingAgent;
import dev.lmtp.server.RouteAgent;
import dev.lmtp.testkit.FaultyServer;
import dev.lmtp.testkit.TestNetwork;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The examples do what they say, over connections in memory. */
@Timeout(60)
class ExampleAgentsTest {

  private static final String CONTENT = "Subject: hi\r\n\r\n.body\r\n";
  private static final Reply UNKNOWN = Reply.of(550, "5.1.1", "Unknown");

  private final TestNetwork network = new TestNetwork();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
  }

  private LmtpServer serve(String name, DeliveryAgent agent) throws IOException {
    return LmtpServer.builder(agent).listen(network.address(name)).start();
  }

  private LmtpClient client(String name) {
    return LmtpClient.builder(network.address(name)).build();
  }

  private DeliveryResult send(String... recipients) throws IOException {
    byte[] content = CONTENT.getBytes(StandardCharsets.US_ASCII);
    return client("s").deliver(Envelope.of("s@d", recipients), MessageSource.of(content));
  }

  private static List<String> replies(DeliveryResult result) {
    return result.recipients().stream()
        .map(one -> one.reply().orElseThrow())
        .map(reply -> reply.code() + " " + reply.enhanced().orElseThrow())
        .toList();
  }

  /** A content that fails in the middle, so that the connection is cut. */
  private void sendHalf(String... recipients) throws IOException {
    InputStream failing = InputStream.nullInputStream();
    failing.close();
    InputStream half =
        new SequenceInputStream(new ByteArrayInputStream(new byte[200_000]), failing);
    try (LmtpConnection connection = client("s").connect()) {
      connection.deliver(Envelope.of("s@d", recipients), MessageSource.of(half));
    } catch (IOException e) {
      assertTrue(e.toString().contains("Stream closed"), e.toString());
    }
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.toString().replaceAll(".*\\.", ".")).toList();
    }
  }

  @Test
  @DisplayName("L6, H21: the directory has a whole message or none")
  void directory(@TempDir Path directory) throws IOException {
    try (LmtpServer server = serve("s", new DirectoryAgent(directory))) {
      sendHalf("ada");
      assertEquals(List.of("250 2.1.5", "250 2.1.5"), replies(send("ada", "bob")));
      assertEquals(1, server.addresses().size());
    }
    assertEquals(List.of(".eml"), files(directory));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(CONTENT, Files.readString(files.findFirst().orElseThrow()));
    }
  }

  @Test
  @DisplayName("L4: a database answers in its own time and order")
  void database() throws IOException {
    Map<String, CompletableFuture<Boolean>> asked = new ConcurrentHashMap<>();
    DatabaseAgent.Database database =
        (user, content) -> {
          asked.put(user, new CompletableFuture<>());
          assertEquals(CONTENT, new String(content, StandardCharsets.US_ASCII));
          if (user.equals("cat")) {
            threads.execute(() -> asked.get("cat").complete(false));
            threads.execute(() -> asked.get("bob").completeExceptionally(new IOException("gone")));
            threads.execute(() -> asked.get("ada").complete(true));
          }
          return asked.get(user);
        };
    try (LmtpServer server = serve("s", new DatabaseAgent(database))) {
      assertEquals(
          List.of("250 2.1.5", "451 4.3.0", "550 5.1.1"), replies(send("ada", "bob", "cat")));
      assertEquals(1, server.addresses().size());
    }
  }

  @Test
  @DisplayName("one domain's limit is 451 for it, and nothing to another domain")
  void limitForEachDomain() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    DeliveryAgent slow =
        message -> {
          inside.countDown();
          try {
            leave.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          message.replyAll(DeliveryAgent.RECIPIENT_OK);
        };
    RecordingAgent fast = new RecordingAgent();
    Map<String, DeliveryAgent> byDomain =
        Map.of("slow", new LimitedAgent(slow, 1), "fast", new LimitedAgent(fast, 1));
    try (LmtpServer server = serve("s", RouteAgent.byDomain(byDomain))) {
      Future<DeliveryResult> first = threads.submit(() -> send("ada@slow"));
      inside.await();
      assertEquals(List.of("451 4.3.0", "250 2.0.0"), replies(send("bob@slow", "bob@fast")));
      leave.countDown();
      assertEquals(List.of("250 2.1.5"), replies(first.get()));
      assertEquals(List.of("250 2.1.5"), replies(send("cat@slow")));
      assertEquals(1, server.addresses().size());
    }
  }

  @Test
  void allOrNothing() throws IOException {
    Set<String> users = Set.of("ada", "bob");
    RecordingAgent recorded =
        new RecordingAgent(
            mailbox -> users.contains(mailbox.localPart()) ? DeliveryAgent.RECIPIENT_OK : UNKNOWN,
            mailbox -> DeliveryAgent.RECIPIENT_OK);
    try (LmtpServer server = serve("s", new AllOrNothingAgent(recorded))) {
      assertEquals(List.of("550 5.1.1", "550 5.1.1"), replies(send("ada", "eve")));
      assertEquals(List.of(), recorded.messages());
      assertEquals(List.of("250 2.1.5", "250 2.1.5"), replies(send("ada", "bob")));
      assertEquals(1, server.addresses().size());
    }
  }

  @Test
  @DisplayName("L4, L5: the proxy passes each recipient's answer through, refused at RCPT or later")
  void proxy() throws IOException {
    Reply full = Reply.of(452, "4.2.2", "Full");
    RecordingAgent backend =
        new RecordingAgent(
            mailbox -> mailbox.localPart().equals("eve") ? UNKNOWN : DeliveryAgent.RECIPIENT_OK,
            mailbox -> mailbox.localPart().equals("bob") ? full : DeliveryAgent.RECIPIENT_OK);
    try (LmtpServer proxy = serve("s", new ProxyAgent(client("backend"), "proxy.example.org"))) {
      assertEquals(List.of("451 4.4.2"), replies(send("ada")), "no backend");
      try (LmtpServer behind = serve("backend", backend)) {
        assertEquals(
            List.of("250 2.1.5", "550 5.1.1", "452 4.2.2", "250 2.1.5"),
            replies(send("ada", "eve", "bob", "ada")));
        sendHalf("ada");
        assertEquals(proxy.addresses().size(), behind.addresses().size());
      }
    }
    assertEquals(1, backend.messages().size(), "half a message goes nowhere");
    RecordingAgent.Message message = backend.messages().get(0);
    assertEquals("[<ada>, <bob>, <ada>]", message.recipients().toString());
    assertTrue(message.text().startsWith("Received: from "), message.text());
    assertTrue(message.text().endsWith("+0000\r\n" + CONTENT), message.text());
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("L5: wherever the next server is lost before its answer, the sender tries again")
  void proxyLosesTheNextServer(FaultyServer.Moment moment) throws IOException {
    try (LmtpServer proxy = serve("s", new ProxyAgent(client("backend"), "proxy.example.org"));
        FaultyServer behind =
            FaultyServer.start(network.address("backend"), FaultyServer.Fault.cut(moment))) {
      String reply = moment == FaultyServer.Moment.QUIT ? "250 2.0.0" : "451 4.4.2";
      assertEquals(List.of(reply, reply), replies(send("ada", "bob")));
      boolean whole = moment.compareTo(FaultyServer.Moment.FINAL) >= 0;
      assertEquals(whole ? proxy.addresses().size() : 0, behind.contents().size());
    }
  }

  @Test
  @DisplayName("L5: what may have been delivered is tried again, and no reply is made up")
  void proxyWithoutReply() {
    ForwardPath ada = ForwardPath.parse("ada");
    for (Outcome outcome : List.of(Outcome.UNKNOWN, Outcome.NOT_SENT, Outcome.DEFERRED)) {
      RecipientResult result = RecipientResult.withoutReply(ada, outcome, Stage.FINAL, "lost");
      assertEquals(451, ProxyAgent.reply(result).code());
    }
    Reply early = Reply.of(250, "2.0.0", "Too early");
    assertEquals(451, ProxyAgent.reply(RecipientResult.of(ada, Stage.DATA, early)).code());
    RecipientResult rejected =
        RecipientResult.withoutReply(ada, Outcome.REJECTED, Stage.SESSION, "no REQUIRETLS");
    assertEquals(554, ProxyAgent.reply(rejected).code());
  }
}
