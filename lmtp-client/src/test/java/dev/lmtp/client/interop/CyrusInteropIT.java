package dev.lmtp.client.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpClient.LongLines;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.LmtpPool;
import dev.lmtp.client.MessageSource;
import dev.lmtp.client.Outgoing;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.CyrusInstance;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Our client hands mail to a real Cyrus that trusts it. */
class CyrusInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final String ACCEPTED = "ACCEPTED FINAL 250 2.1.5";
  private static final String OVER_QUOTA = "DEFERRED RCPT 452 4.2.2";

  /** What a line is cut at, and what stands there in one made for the purpose. */
  private static final String SMUGGLED =
      "x".repeat(8_189) + ".\r\nMAIL FROM:<x@example.org>\r\nRCPT TO:<ben@example.org>\r\n";

  /** More than the quota of {@code full}; Cyrus takes what comes before a mailbox is full. */
  private static final String TWO_KIB = message("two", "0123456789abcd\r\n".repeat(128));

  /**
   * Cyrus (3.6) reads lines in pieces of 8,189 octets, and takes a dot at the start of any piece
   * for one that was stuffed.
   */
  private static final int LONGEST_LINE = 8_000;

  @TempDir Path home;

  @ParameterizedTest(name = "over {0}")
  @ValueSource(strings = {"unix", "inet"})
  @DisplayName("L5 S6 S7 E1 E3 E4: two stored, one unknown in three lines, one over quota")
  void fourRecipients(String kind) throws Exception {
    String message =
        AwkwardMessage.from(SENDER)
                .replaceFirst("(long\\.)+", "long.".repeat(LONGEST_LINE / 5))
                .replace("\n", "\r\n")
            + "\r\n";
    try (CyrusInstance cyrus = CyrusInstance.start(home);
        TappedClient client = connect(kind.equals("unix") ? cyrus.unix() : cyrus.preauthorized())) {
      assertEquals(
          List.of(ACCEPTED), client.deliver(Envelope.of(SENDER, "full@example.org"), TWO_KIB));
      assertEquals(
          List.of(ACCEPTED, "REJECTED RCPT 550 5.1.1", OVER_QUOTA, ACCEPTED),
          client.deliver(
              Envelope.of(
                  SENDER,
                  "ann@example.org",
                  "unknown@example.org",
                  "full@example.org",
                  "ben@example.org"),
              message));

      assertTrue(
          client.commands().contains(" SIZE=" + message.length() + " BODY=8BITMIME\r\n"),
          client::dialogue);
      assertTrue(client.commands().contains("\r\nDATA\r\n"), client::dialogue);
      assertStored(message, cyrus.mail("ann"));
      assertStored(message, cyrus.mail("ben"));
      assertStored(TWO_KIB, cyrus.mail("full"));
    }
  }

  /** Where Message-ID or Date is missing Cyrus adds it. */
  private static String message(String id, String text) {
    return "Date: Thu, 1 Jan 2026 12:00:00 +0000\r\nMessage-ID: <%s@example.org>\r\n\r\n%s"
        .formatted(id, text);
  }

  /** Its own fields are on top. */
  private static void assertStored(String message, List<String> mail) {
    assertEquals(1, mail.size());
    assertTrue(mail.get(0).startsWith("Return-Path: <" + SENDER + ">\r\n"), mail.get(0));
    assertTrue(mail.get(0).endsWith("\r\n" + message), mail.get(0));
  }

  @Test
  @DisplayName("H5: a dot where Cyrus cuts a long line ends nothing, since we fold the line")
  void longLine() throws Exception {
    try (CyrusInstance cyrus = CyrusInstance.start(home);
        TappedClient client =
            TappedClient.connect(
                home, cyrus.unix(), Protocol.LMTP, builder -> builder.longLines(LongLines.FOLD))) {
      assertEquals(
          List.of(ACCEPTED),
          client.deliver(Envelope.of(SENDER, "ann@example.org"), message("long", SMUGGLED)));
      assertStored(message("long", SMUGGLED), List.of(unfolded(cyrus.mail("ann"))));
      assertEquals(List.of(), cyrus.mail("ben"));
    }
  }

  private static String unfolded(List<String> mail) {
    return mail.get(0).replaceAll("(x{997})\r\n (?=x)", "$1");
  }

  @ParameterizedTest(name = "duplicatesuppression: {0}")
  @CsvSource({"yes, 1", "no, 2"})
  @DisplayName("L4 L5: one recipient twice: a reply for each, and as many copies as Cyrus wants")
  void sameTwice(String suppression, int copies) throws Exception {
    try (CyrusInstance cyrus = CyrusInstance.start(home, "duplicatesuppression: " + suppression);
        TappedClient client = connect(cyrus.unix())) {
      assertEquals(
          List.of(ACCEPTED, ACCEPTED),
          client.deliver(
              Envelope.of(SENDER, "ann@example.org", "ann@example.org"), message("1", "")));
      assertEquals(copies, cyrus.mail("ann").size());
    }
  }

  @Test
  @DisplayName("L5 H57: many on one connection, each behind one that had nobody left")
  void manyMessages() throws Exception {
    try (CyrusInstance cyrus = CyrusInstance.start(home);
        TappedClient client = connect(cyrus.unix())) {
      for (int i = 0; i < 20; i++) {
        assertEquals(
            List.of("REJECTED RCPT 550 5.1.1"),
            client.deliver(Envelope.of(SENDER, "unknown@example.org"), message("no" + i, "")));
        assertEquals(
            List.of(ACCEPTED),
            client.deliver(Envelope.of("", "ann@example.org"), message("" + i, "text\r\n")));
      }
      List<String> mail = cyrus.mail("ann");
      assertEquals(20, mail.size());
      for (int i = 0; i < 20; i++) {
        assertTrue(mail.get(i).startsWith("Return-Path: <>\r\n"), mail.get(i));
        assertTrue(mail.get(i).endsWith("\r\n" + message("" + i, "text\r\n")), mail.get(i));
      }
    }
  }

  @Test
  @DisplayName("L5: four threads share two connections of a pool")
  void pool() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (CyrusInstance cyrus = CyrusInstance.start(home);
        LmtpPool pool = LmtpPool.builder().connections(2).messages(7).build()) {
      LmtpClient client = LmtpClient.builder(cyrus.unix()).build();
      List<Callable<DeliveryResult>> deliveries = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        byte[] content = message("" + i, "text\r\n").getBytes(StandardCharsets.US_ASCII);
        Envelope envelope = Envelope.of(SENDER, "ann@example.org", "unknown@example.org");
        deliveries.add(() -> pool.deliver(client, envelope, MessageSource.of(content)));
      }
      for (Future<DeliveryResult> delivery : threads.invokeAll(deliveries)) {
        assertEquals(1, delivery.get().count(Outcome.ACCEPTED));
        assertEquals(1, delivery.get().count(Outcome.REJECTED));
      }
      assertEquals(20, cyrus.mail("ann").size());
    } finally {
      threads.shutdown();
    }
  }

  @Test
  @DisplayName("S8: each envelope behind the content before it")
  void train() throws Exception {
    List<Outgoing> messages = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      byte[] content = message("" + i, "text\r\n").getBytes(StandardCharsets.US_ASCII);
      Envelope envelope = Envelope.of(SENDER, "ann@example.org", "unknown@example.org");
      messages.add(new Outgoing(envelope, MessageSource.of(content)));
    }
    try (CyrusInstance cyrus = CyrusInstance.start(home);
        LmtpConnection client = LmtpClient.builder(cyrus.unix()).build().connect()) {
      client.deliverAll(
          messages.iterator(),
          (message, result) -> {
            assertEquals(1, result.count(Outcome.ACCEPTED));
            assertEquals(1, result.count(Outcome.REJECTED));
          });
      assertEquals(20, cyrus.mail("ann").size());
    }
  }

  @Test
  @DisplayName("S7 E3: 16 MiB of lines with dots arrive as they were")
  void large() throws Exception {
    String message = message("large", (".dot" + "x".repeat(58) + "\r\n").repeat(1 << 18));
    try (CyrusInstance cyrus = CyrusInstance.start(home);
        TappedClient client = connect(cyrus.preauthorized())) {
      assertEquals(
          List.of(ACCEPTED), client.deliver(Envelope.of(SENDER, "ann@example.org"), message));
      String stored = cyrus.mail("ann").get(0);
      // No assertEquals: nobody wants to read both.
      assertTrue(stored.endsWith("\r\n" + message), () -> stored.length() + " octets");
    }
  }

  @ParameterizedTest(name = "lmtp_over_quota_perm_failure: {0}")
  @CsvSource({"no, DEFERRED RCPT 452 4.2.2", "yes, REJECTED RCPT 552 5.2.2"})
  @DisplayName("E3: with lmtp_strict_quota the SIZE at MAIL decides at RCPT who has no room")
  void strictQuota(String permanent, String outcome) throws Exception {
    try (CyrusInstance cyrus =
            CyrusInstance.start(
                home, "lmtp_strict_quota: yes", "lmtp_over_quota_perm_failure: " + permanent);
        TappedClient client = connect(cyrus.unix())) {
      Envelope envelope = Envelope.of(SENDER, "full@example.org", "ann@example.org");
      assertEquals(List.of(outcome, ACCEPTED), client.deliver(envelope, TWO_KIB));
      assertEquals(List.of(ACCEPTED, ACCEPTED), client.deliver(envelope, message("small", "")));
      assertEquals(1, cyrus.mail("full").size());
    }
  }

  /** Content would be stored for them, though MAIL was refused: only the connection's end helps. */
  @Test
  @DisplayName("E3 H16: beyond maxmessagesize MAIL is refused, and RCPT and DATA are accepted")
  void tooLarge() throws Exception {
    try (CyrusInstance cyrus = CyrusInstance.start(home, "maxmessagesize: 1000")) {
      Envelope envelope = Envelope.of(SENDER, "ann@example.org", "ben@example.org");
      try (TappedClient client = connect(cyrus.unix())) {
        assertEquals(List.of(ACCEPTED, ACCEPTED), client.deliver(envelope, message("1", "")));
        assertEquals(
            List.of("REJECTED MAIL 552 5.2.3", "REJECTED MAIL 552 5.2.3"),
            client.deliver(envelope, TWO_KIB));
        assertFalse(client.connection().isReusable());
      }
      assertEquals(1, cyrus.mail("ann").size());
      assertEquals(1, cyrus.mail("ben").size());
    }
  }

  private TappedClient connect(SocketAddress server) throws Exception {
    return TappedClient.connect(home, server, Protocol.LMTP);
  }
}
