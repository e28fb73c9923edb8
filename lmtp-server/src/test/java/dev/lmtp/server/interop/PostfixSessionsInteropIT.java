package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Limits;
import dev.lmtp.Parameter;
import dev.lmtp.Protocol;
import dev.lmtp.server.interop.RecordingServer.Received;
import dev.lmtp.session.Offer;
import dev.lmtp.session.ServerSettings;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.PostfixInstance;
import dev.lmtp.testing.peer.PostfixLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a real Postfix uses sessions with our server: many recipients, many messages, and sizes. */
class PostfixSessionsInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final String ANN = "ann@example.org";
  private static final byte[] SMALL = AwkwardMessage.bytes("Subject: x\n\nx\n");

  private static final int FIELDS = 1_500;
  private static final byte[] MANY_FIELDS = AwkwardMessage.bytes("X: y\n".repeat(FIELDS) + "\nx\n");

  /** What lmtp(8) adds itself is not in the SIZE that it declares. */
  private static final Map<String, String> GROWING =
      Map.of("lmtp_header_checks", "static:{PREPEND X-Long: " + "x".repeat(100) + "}");

  @TempDir Path home;

  @ParameterizedTest(name = "over {0}")
  @EnumSource(names = {"UNIX", "INET"})
  @DisplayName(
      "L4 E1: fifty recipients in one transaction, one more in the next; each has its fate")
  void fiftyRecipients(Endpoint endpoint) throws Exception {
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        RecordingServer server = start(postfix, endpoint, Limits.DEFAULT, Map.of())) {
      List<String> recipients =
          new ArrayList<>(IntStream.range(0, 48).mapToObj(i -> "r" + i + "@example.org").toList());
      recipients.add(7, "unknown@example.org");
      recipients.add(20, "full@example.org");
      recipients.add(33, "spam@example.org");

      postfix.submit(SENDER, recipients, SMALL);

      PostfixLog log = postfix.log();
      for (String recipient : recipients) {
        String said = log.awaitAttempt(recipient).status() + log.awaitAttempt(recipient).dsn();
        switch (recipient.split("@")[0]) {
          case "unknown" -> assertEquals("bounced5.1.1", said);
          case "full" -> assertEquals("deferred4.2.2", said);
          case "spam" -> assertEquals("bounced5.7.1", said);
          default -> assertEquals("sent2.1.5", said);
        }
      }
      List<Received> received =
          server.await(2).stream().filter(r -> r.from().toString().length() > 2).toList();
      assertEquals(50, received.stream().mapToInt(r -> r.to().size()).sum());
      assertTrue(received.stream().anyMatch(r -> r.to().size() >= 49), received::toString);
      assertEquals(List.of(), log.complaints(), log::text);
    }
  }

  @ParameterizedTest(name = "over {0}")
  @EnumSource
  @DisplayName(
      "S2 S5 S11: connection cache: message after message, and behind our restart a new one")
  void connectionCache(Endpoint endpoint) throws Exception {
    try (PostfixInstance postfix = PostfixInstance.prepare(home)) {
      Map<String, String> cache =
          Map.of(
              "lmtp_connection_cache_time_limit",
              "300s",
              "lmtp_connection_cache_destinations",
              "127.0.0.1, inline:{lmtp/socket=yes}, inline:{"
                  + postfix.socketDirectory().resolve("socket")
                  + "=yes}");
      String at;
      try (RecordingServer server = start(postfix, endpoint, Limits.DEFAULT, cache)) {
        at = server.address();
        for (int i = 0; i < 3; i++) {
          submit(postfix, "r" + i + "@example.org");
        }
        assertEquals(1, server.wiretap().commands().size());
        assertTrue(server.commands().contains("\r\nRSET\r\n"), server::commands);
      }
      try (RecordingServer again = RecordingServer.start(home, at, settings(Limits.DEFAULT))) {
        submit(postfix, "again@example.org");
        assertEquals(1, again.received().size());
      }
      assertEquals(List.of(), postfix.log().complaints(), postfix.log()::text);
    }
  }

  private static void submit(PostfixInstance postfix, String recipient) throws Exception {
    postfix.submit(SENDER, List.of(recipient), SMALL);
    assertEquals("sent", postfix.log().awaitAttempt(recipient).status());
  }

  @Test
  @DisplayName("E3: a message larger than the SIZE it was declared with is taken")
  void largerThanDeclared() throws Exception {
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        RecordingServer server = start(postfix, Endpoint.INET, Limits.DEFAULT, GROWING)) {
      postfix.submit(SENDER, List.of(ANN), MANY_FIELDS);

      Received received = server.await(1).get(0);
      long declared = received.parameters().value(Parameter.SIZE).orElseThrow();
      assertTrue(
          received.content().length() > declared + 100 * FIELDS,
          () -> declared + " " + received.content().length());
    }
  }

  @Test
  @DisplayName(
      "E3 H25 H27: beyond our limit only on the wire: a 552 for each, and the session goes on")
  void beyondTheLimit() throws Exception {
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        RecordingServer server =
            start(postfix, Endpoint.INET, Limits.DEFAULT.withMessage(70_000), GROWING)) {
      postfix.submit(SENDER, List.of(ANN, "ben@example.org"), MANY_FIELDS);

      for (String recipient : List.of(ANN, "ben@example.org")) {
        var attempt = postfix.log().awaitAttempt(recipient);
        assertEquals("bounced 5.3.4", attempt.status() + " " + attempt.dsn());
        assertTrue(attempt.text().endsWith("(in reply to end of DATA command)"), attempt::text);
      }
      assertEquals("<>", server.await(1).get(0).from().toString());
      assertEquals(List.of(), postfix.log().complaints(), postfix.log()::text);
    }
  }

  private RecordingServer start(
      PostfixInstance postfix, Endpoint endpoint, Limits limits, Map<String, String> more)
      throws Exception {
    RecordingServer server =
        RecordingServer.start(
            home, endpoint.listen(postfix.socketDirectory().resolve("socket")), settings(limits));
    Map<String, String> parameters =
        new HashMap<>(
            PostfixRoute.VIRTUAL_TRANSPORT.parameters(
                "example.org", endpoint.nextHop(postfix.queue(), server.address())));
    parameters.putAll(more);
    postfix.start(parameters, endpoint.service());
    return server;
  }

  private static ServerSettings settings(Limits limits) {
    return RecordingServer.settings(Protocol.LMTP).withOffer(Offer.DEFAULT).withLimits(limits);
  }
}
