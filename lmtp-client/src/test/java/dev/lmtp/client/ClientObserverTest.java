package dev.lmtp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.testkit.FaultyServer;
import dev.lmtp.testkit.FaultyServer.Fault;
import dev.lmtp.testkit.FaultyServer.Moment;
import dev.lmtp.testkit.TestNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client tells of itself: to an observer, to the flight recorder, and in the wire log. */
class ClientObserverTest {
  private static final MessageSource MESSAGE =
      MessageSource.of("hello\r\n".getBytes(StandardCharsets.US_ASCII));

  @TempDir Path folder;

  private final TestNetwork network = new TestNetwork();
  private final List<String> told = new ArrayList<>();

  private LmtpClient.Builder client() {
    return LmtpClient.builder(network.address("lmtp"))
        .observer(
            new ClientObserver() {
              @Override
              public void opened(String server, Duration took) {
                told.add("opened " + server);
                throw new IllegalStateException("an observer harms nobody");
              }

              @Override
              public void failed(String server, LmtpException failure) {
                told.add(failure.kind() + " " + server);
              }

              @Override
              public void delivered(Delivered delivered) {
                assertTrue(delivered.sent() > 50, delivered::toString);
                told.add("accepted " + delivered.result().count(Outcome.ACCEPTED));
              }

              @Override
              public void closed(String server, int messages, Duration lasted) {
                told.add("closed " + messages);
              }
            });
  }

  private static Envelope envelope() {
    return Envelope.of("a@b.c", "one@d", "two@d");
  }

  @Test
  void observer() throws IOException {
    assertThrows(LmtpException.class, client().build()::connect);
    try (FaultyServer server =
            FaultyServer.start(
                network.address("lmtp"), Fault.refuse(Moment.FINAL, "452 4.2.2 Full").times(1));
        LmtpConnection connection = client().build().connect()) {
      connection.deliver(envelope(), MESSAGE);
      connection.deliver(envelope(), MESSAGE);
      assertEquals(2, server.contents().size());
    }
    assertEquals(
        List.of(
            "CONNECT memory:lmtp", "opened memory:lmtp", "accepted 1", "accepted 2", "closed 2"),
        told);
  }

  @Test
  void flightRecorder() throws IOException {
    Path file = folder.resolve("recording.jfr");
    try (Recording recording = new Recording()) {
      for (String name : List.of("Connection", "Delivery", "Recipient")) {
        recording.enable("dev.lmtp.client." + name);
      }
      recording.start();
      observer();
      recording.dump(file);
    }
    List<String> found = new ArrayList<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      String name = event.getEventType().getName().replace("dev.lmtp.client.", "");
      switch (name) {
        case "Connection" -> found.add(name + event.getString("failure"));
        case "Delivery" -> found.add(name + event.getInt("accepted"));
        default -> found.add(name + event.getString("outcome") + event.getInt("code"));
      }
    }
    found.sort(null);
    assertEquals(
        List.of(
            "ConnectionCONNECT",
            "Connectionnull",
            "Delivery1",
            "Delivery2",
            "RecipientACCEPTED250",
            "RecipientACCEPTED250",
            "RecipientACCEPTED250",
            "RecipientDEFERRED452"),
        found);
  }

  @Test
  @DisplayName("the wire log of a connection that ends badly; none of one that does not")
  void wireLog() throws IOException {
    List<String> logged = new CopyOnWriteArrayList<>();
    Logger logger = Logger.getLogger("dev.lmtp.client");
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
    LmtpClient client = LmtpClient.builder(network.address("lmtp")).wireLog(6).build();
    try (FaultyServer server =
        FaultyServer.start(network.address("lmtp"), Fault.cut(Moment.FINAL).times(1))) {
      client.deliver(envelope(), MESSAGE);
      client.deliver(envelope(), MESSAGE);
      assertEquals(2, server.connections());
    } finally {
      logger.removeHandler(handler);
    }
    assertEquals(
        List.of(
            """
            memory:lmtp ended badly, its last lines:
              S: 250 2.1.0 Ok
              S: 250 2.1.5 Ok
              S: 250 2.1.5 Ok
              S: 354 Go on
              C: [7 octets of content]
              C: ."""),
        logged);
  }
}
