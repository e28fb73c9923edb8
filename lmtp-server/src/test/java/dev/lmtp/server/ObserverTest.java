package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.MessageSource;
import dev.lmtp.codec.Violation;
import dev.lmtp.io.Transport;
import dev.lmtp.testkit.TestNetwork;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import jdk.jfr.EventType;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of sessions: to observers, to the flight recorder, and in the wire log. */
class ObserverTest {
  private static final Duration LONG = Duration.ofDays(1);

  private static final Set<String> STANDARD =
      Set.of("startTime", "duration", "eventThread", "stackTrace");

  @TempDir Path folder;

  private final TestNetwork network = new TestNetwork();
  private final SocketAddress address = network.address("observed");

  /** Answers by the recipients' names. */
  private static final DeliveryAgent AGENT =
      message -> {
        message.stream().readAllBytes();
        for (Recipient recipient : message.recipients()) {
          boolean full = recipient.path().mailbox().toString().startsWith("full");
          recipient.reply(full ? Reply.of(452, "4.2.2", "Full") : Reply.of(250, "2.0.0", "Stored"));
        }
      };

  private LmtpServer.Builder server() {
    return LmtpServer.builder(AGENT)
        .listen(address)
        .authentication(callbacks -> {}, "PLAIN")
        .wireLog(50);
  }

  /** Says all of it, and returns what the server said to the end of the session. */
  private String talk(String commands) throws IOException {
    try (Transport peer = Transport.connect(address, LONG)) {
      peer.drain(StandardCharsets.US_ASCII.encode(commands.replace("\n", "\r\n")), LONG);
      StringBuilder said = new StringBuilder();
      ByteBuffer in = ByteBuffer.allocate(10_000);
      while (peer.fill(in.clear(), LONG) > 0) {
        said.append(StandardCharsets.US_ASCII.decode(in.flip()));
      }
      return said.toString();
    }
  }

  private static final String SESSION =
      """
      LHLO client.example
      FROB secret
      MAIL FROM:<a@b.c>
      RCPT TO:<ann@d>
      RCPT TO:<full@d>
      DATA
      hello
      .
      MAIL FROM:<a@b.c>
      RSET
      QUIT
      """;

  @Test
  @DisplayName("an observer is told of each session, transaction, recipient and violation")
  void observers() throws IOException {
    List<String> told = new CopyOnWriteArrayList<>();
    ServerObserver broken =
        new ServerObserver() {
          @Override
          public void connected(String id, SocketAddress peer) {
            throw new IllegalStateException("an observer harms nobody");
          }
        };
    ServerObserver observer =
        new ServerObserver() {
          @Override
          public void connected(String id, SocketAddress peer) {
            told.add("connected");
          }

          @Override
          public void closed(Session session) {
            assertTrue(session.sent() > 100 && session.received() > 100, session::toString);
            told.add("closed " + session.transactions() + " " + session.violations());
          }

          @Override
          public void violated(Peer peer, Violation violation) {
            told.add(violation.name());
          }

          @Override
          public void authenticated(Peer peer, String mechanism, Optional<String> identity) {
            told.add(mechanism + identity.orElse(" failed"));
          }

          @Override
          public void ended(Message message) {
            told.add(
                message.aborted().map(Enum::name).orElse(message.octets() + "")
                    + message.recipients().stream()
                        .map(one -> " " + one.reply().code())
                        .collect(Collectors.joining()));
          }
        };
    try (LmtpServer server = server().observer(broken).observer(observer).start()) {
      talk(SESSION);
      assertFalse(server.addresses().isEmpty());
    }
    assertEquals(List.of("connected", "UNKNOWN_VERB", "7 250 452", "RSET", "closed 2 1"), told);
  }

  @Test
  @DisplayName("the flight recorder has the same")
  void flightRecorder() throws IOException {
    Path file = folder.resolve("recording.jfr");
    try (Recording recording = new Recording()) {
      for (String name : List.of("Session", "Transaction", "Recipient", "Violation")) {
        recording.enable("dev.lmtp.server." + name);
      }
      recording.start();
      try (LmtpServer server = server().start()) {
        talk(SESSION);
        assertFalse(server.addresses().isEmpty());
      }
      recording.dump(file);
    }
    List<String> found = new ArrayList<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      String name = event.getEventType().getName().replace("dev.lmtp.server.", "");
      switch (name) {
        case "Recipient" -> found.add(name + event.getInt("code") + event.getString("enhanced"));
        case "Transaction" -> found.add(name + event.getLong("octets"));
        case "Violation" -> found.add(name + event.getString("rule"));
        default -> found.add(name + event.getInt("transactions"));
      }
    }
    assertEquals(
        Set.of(
            "ViolationUNKNOWN_VERB",
            "Transaction7",
            "Recipient2502.0.0",
            "Recipient4524.2.2",
            "Transaction0",
            "Session2"),
        Set.copyOf(found));
  }

  @Test
  @DisplayName("H46: the wire log of a session that ends badly, without content or passwords")
  void wireLog() throws IOException {
    List<String> logged = new CopyOnWriteArrayList<>();
    Logger logger = Logger.getLogger("dev.lmtp.server");
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            logged.add(line.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    String secret =
        Base64.getEncoder().encodeToString("\0ann\0sesame".getBytes(StandardCharsets.US_ASCII));
    try (LmtpServer server = server().start()) {
      talk(SESSION);
      assertTrue(logged.stream().noneMatch(line -> line.contains("last lines")), logged::toString);
      try (Transport peer = Transport.connect(address, LONG)) {
        peer.drain(
            StandardCharsets.US_ASCII.encode(
                "LHLO client.example\r\nAUTH PLAIN "
                    + secret
                    + "\r\n"
                    + secret
                    + "\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<ann@d>\r\nDATA\r\nhello\r\n.\r\nNOOP \u0001\r\n"),
            LONG);
        assertTrue(peer.fill(ByteBuffer.allocate(1), LONG) > 0);
        network.advanceToDeadline(Duration.ofMinutes(5));
        while (peer.fill(ByteBuffer.allocate(1_000), LONG) > 0) {
          // to the end
        }
      }
    } finally {
      logger.removeHandler(handler);
    }
    String log =
        logged.stream().filter(line -> line.contains("last lines")).findFirst().orElseThrow();
    assertFalse(log.contains(secret) || log.contains("hello"), log);
    assertTrue(log.contains("C: AUTH ...\n"), log);
    assertTrue(log.contains("C: [" + secret.length() + " octets]\n"), log);
    assertTrue(log.contains("C: RCPT TO:<ann@d>\n"), log);
    assertTrue(log.contains("C: [7 octets of content]\n"), log);
    assertTrue(log.contains("C: NOOP ?\n"), log);
    assertTrue(log.endsWith("S: 421 4.4.2 Timeout, closing"), log);
  }

  @Test
  @DisplayName("docs/observing.md names every event and every field, and no other")
  void document() throws Exception {
    // An event is known to the recorder once it is made.
    new FlightRecorder().authenticated(Arrival.peer(), "PLAIN", Optional.empty());
    observers();
    try (LmtpServer server = server().start()) {
      assertTrue(
          LmtpClient.builder(server.addresses().get(0))
              .build()
              .deliver(Envelope.of("a@b.c", "ann@d"), MessageSource.of(new byte[0]))
              .allAccepted());
    }
    String document = Files.readString(Path.of("../docs/observing.md"));
    List<String> found = new ArrayList<>();
    List<String> documented =
        document.lines().filter(line -> line.startsWith("| `dev.lmtp.")).toList();
    for (EventType type : jdk.jfr.FlightRecorder.getFlightRecorder().getEventTypes()) {
      if (type.getName().startsWith("dev.lmtp.")) {
        String fields =
            type.getFields().stream()
                .map(ValueDescriptor::getName)
                .filter(name -> !STANDARD.contains(name))
                .collect(Collectors.joining(", "));
        String row = "| `" + type.getName() + "` | " + fields + " |";
        found.add(row);
      }
    }
    assertEquals(Set.copyOf(documented), Set.copyOf(found));
  }
}
