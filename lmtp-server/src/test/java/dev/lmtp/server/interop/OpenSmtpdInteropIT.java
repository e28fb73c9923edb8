package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpClient.LongLines;
import dev.lmtp.client.MessageSource;
import dev.lmtp.server.interop.RecordingServer.Received;
import dev.lmtp.session.Offer;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.OpenSmtpdInstance;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real OpenSMTPD hands mail to our server. */
class OpenSmtpdInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final String ANN = "ann@example.org";
  private static final String BEN = "ben@example.org";
  private static final String NOBODY = "unknown@example.org";
  private static final String AWAY = "away@example.org";
  private static final String FULL = "full@example.org";

  private static final String DELIVER =
      """
      table domains { "@example.org" = vmail }
      action ours lmtp "%s" %s virtual <domains>
      match from any for any action ours
      """;

  private static final String RELAY =
      """
      action ours relay host lmtp://%s
      match from any for any action ours
      """;

  private static final Pattern ON_TOP =
      Pattern.compile(
          "\\AReturn-Path: <(.*)>\r\nDelivered-To: (.*)\r\nReceived: from .*\r\n(\t.*\r\n)+");

  /** What it takes by SMTP. */
  private static final int LONGEST_LINE = 60_000;

  @TempDir Path home;

  @ParameterizedTest(name = "over {0}")
  @EnumSource(names = {"UNIX", "INET"})
  @DisplayName("L4 S7 S12: a connection for each recipient; what we refuse is tried again")
  void deliver(Endpoint endpoint) throws Exception {
    String message =
        AwkwardMessage.from(SENDER)
                .replaceFirst("(long\\.)+", "long.".repeat(LONGEST_LINE / 5))
                .replace("\n", "\r\n")
            + "\r\n";
    try (RecordingServer server = server(endpoint);
        OpenSmtpdInstance smtpd = deliver(server, "rcpt-to")) {
      submit(smtpd, message, ANN, NOBODY, AWAY, FULL, BEN);

      smtpd.awaitLog("rcpt=<" + ANN + ">.* result=Ok stat=Delivered");
      smtpd.awaitLog("rcpt=<" + BEN + ">.* result=Ok stat=Delivered");
      smtpd.awaitLog("rcpt=<" + AWAY + ">.* result=TempFail .*: 450 4\\.2\\.1 ");
      smtpd.awaitLog("rcpt=<" + FULL + ">.* result=TempFail .*: 452 4\\.2\\.2 ");
      // Its own opinion of 5xx.
      smtpd.awaitLog("rcpt=<" + NOBODY + ">.* result=TempFail .*: 550 5\\.1\\.1 ");
      List<Received> received = server.await(3);
      assertEquals(5, server.wiretap().commands().size());
      for (Received one : received) {
        assertEquals("<" + SENDER + "> ", one.from() + " " + one.parameters());
        var found = ON_TOP.matcher(one.content());
        assertTrue(found.find(), one::content);
        assertEquals(List.of("<" + found.group(2) + ">"), one.recipients());
        assertEquals(message, one.content().substring(found.end()));
      }
    }
  }

  @Test
  @DisplayName("H17: without rcpt-to the recipient is the local user, and has no domain")
  void localUser() throws Exception {
    try (RecordingServer server = server(Endpoint.UNIX);
        OpenSmtpdInstance smtpd = deliver(server, "")) {
      submit(smtpd, "Subject: x\r\n\r\n", ANN);

      assertEquals(List.of("<vmail>"), server.await(1).get(0).recipients());
    }
  }

  @Test
  @DisplayName("L4 S12: relay host lmtp://, one recipient a message: 5xx bounces by the same way")
  void relay() throws Exception {
    try (RecordingServer server = server(Endpoint.INET);
        OpenSmtpdInstance smtpd = relay(server)) {
      for (String recipient : List.of(ANN, NOBODY, FULL)) {
        submit(smtpd, "Subject: x\r\n\r\n.x\r\n", recipient);
      }

      smtpd.awaitLog("to=<" + ANN + ">.* result=\"Ok\" stat=\"250 2\\.1\\.5 ");
      smtpd.awaitLog("to=<" + FULL + ">.* result=\"TempFail\" stat=\"452 4\\.2\\.2 ");
      smtpd.awaitLog("to=<" + NOBODY + ">.* result=\"PermFail\" stat=\"550 5\\.1\\.1 ");
      List<Received> received = server.await(3);
      assertEquals(List.of("<" + SENDER + ">"), only(received, "<>").recipients());
      assertTrue(
          only(received, "<>").content().contains("Final-Recipient: rfc822; " + NOBODY + "\r\n"));
    }
  }

  /** OpenSMTPD sends again what is stored; only the replies can be held against us. */
  @Test
  @DisplayName("L4 L7: relay host lmtp://, a reply for each recipient is too much data for it")
  void relayToSeveral() throws Exception {
    try (RecordingServer server = server(Endpoint.INET);
        OpenSmtpdInstance smtpd = relay(server)) {
      submit(smtpd, "Subject: x\r\n\r\n", ANN, BEN, NOBODY, "eve@example.org");

      smtpd.awaitLog("to=<" + NOBODY + ">.* result=\"PermFail\" stat=\"550 5\\.1\\.1 ");
      assertEquals(3, only(server.await(2), "<" + SENDER + ">").to().size());
      String stored = "S: 250 2.1.5 Stored\n";
      String dialogue = server.wiretap().dialogues().get(0);
      assertTrue(dialogue.contains("C: .\n" + stored.repeat(3)), dialogue);
    }
  }

  private static Received only(List<Received> received, String from) {
    List<Received> found = received.stream().filter(r -> r.from().toString().equals(from)).toList();
    assertEquals(1, found.size(), received::toString);
    return found.get(0);
  }

  private RecordingServer server(Endpoint endpoint) throws Exception {
    return RecordingServer.start(
        home,
        endpoint.listen(home.resolve("socket")),
        RecordingServer.settings(Protocol.LMTP).withOffer(Offer.DEFAULT));
  }

  private OpenSmtpdInstance deliver(RecordingServer server, String recipient) throws Exception {
    String address = server.address().replaceFirst("^(unix|inet):", "");
    return OpenSmtpdInstance.start(home, DELIVER.formatted(address, recipient));
  }

  private OpenSmtpdInstance relay(RecordingServer server) throws Exception {
    return OpenSmtpdInstance.start(
        home, RELAY.formatted(server.address().replaceFirst("inet:", "")));
  }

  /** Hands it over by SMTP; OpenSMTPD asks us only later. */
  private static void submit(OpenSmtpdInstance smtpd, String message, String... recipients)
      throws Exception {
    DeliveryResult result =
        LmtpClient.builder(smtpd.smtp())
            .protocol(Protocol.SMTP)
            .longLines(LongLines.SEND)
            .build()
            .deliver(
                Envelope.of(SENDER, recipients), MessageSource.of(AwkwardMessage.bytes(message)));
    assertEquals(
        recipients.length, result.count(RecipientResult.Outcome.ACCEPTED), result::toString);
  }
}
