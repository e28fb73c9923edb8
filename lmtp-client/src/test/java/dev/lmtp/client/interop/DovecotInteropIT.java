package dev.lmtp.client.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.client.Outgoing;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.DovecotInstance;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our client hands mail to a real Dovecot. */
class DovecotInteropIT {
  private static final String SENDER = "sender@example.org";

  @TempDir Path home;

  @ParameterizedTest(name = "over {0}")
  @ValueSource(strings = {"unix", "inet"})
  @DisplayName("L5 E1 E3 E4 E5: two stored, one unknown, one over quota behind the content")
  void fourRecipients(String kind) throws Exception {
    String message = AwkwardMessage.from(SENDER) + "\n";
    try (DovecotInstance dovecot = DovecotInstance.start(home, "");
        TappedClient client =
            TappedClient.connect(
                home, kind.equals("unix") ? dovecot.unix() : dovecot.inet(), Protocol.LMTP)) {
      List<String> outcomes =
          client.deliver(
              Envelope.of(
                  SENDER,
                  "ann@example.org",
                  "unknown@example.org",
                  "full@example.org",
                  "ben@example.org"),
              message.replace("\n", "\r\n"));
      assertEquals(
          List.of(
              "ACCEPTED FINAL 250 2.0.0",
              "REJECTED RCPT 550 5.1.1",
              "REJECTED FINAL 552 5.2.2",
              "ACCEPTED FINAL 250 2.0.0"),
          outcomes);
      assertTrue(client.commands().contains(" BODY=8BITMIME\r\n"), client::dialogue);
      assertFalse(client.commands().contains("SIZE="), client::dialogue);
      assertTrue(client.commands().contains("\r\nBDAT "), client::dialogue);
      assertFalse(client.commands().contains("\r\nDATA\r\n"), client::dialogue);
      assertTrue(dovecot.mail("ann").awaitMessage("Subject: dots").endsWith("\n" + message));
      assertTrue(dovecot.mail("ben").awaitMessage("Subject: dots").endsWith("\n" + message));
      assertEquals(List.of(), dovecot.mail("full").messages());
    }
  }

  @Test
  @DisplayName("S8: each envelope behind the content before it, in chunks and behind DATA")
  void train() throws Exception {
    try (DovecotInstance dovecot = DovecotInstance.start(home, "")) {
      for (LmtpClient.Chunking chunking : LmtpClient.Chunking.values()) {
        List<Outgoing> messages = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          String text = "Subject: " + i + "\r\n\r\ntext\r\n";
          messages.add(
              new Outgoing(
                  Envelope.of(SENDER, "ann@example.org", "unknown@example.org", "ben@example.org"),
                  MessageSource.of(text.getBytes(StandardCharsets.US_ASCII))));
        }
        LmtpClient client = LmtpClient.builder(dovecot.unix()).chunking(chunking).build();
        try (LmtpConnection connection = client.connect()) {
          connection.deliverAll(
              messages.iterator(),
              (message, result) -> {
                assertEquals(2, result.count(RecipientResult.Outcome.ACCEPTED));
                assertEquals(1, result.count(RecipientResult.Outcome.REJECTED));
              });
        }
      }
      assertEquals(20, dovecot.mail("ann").messages().size());
      assertEquals(20, dovecot.mail("ben").messages().size());
    }
  }

  @Test
  @DisplayName("L5: over quota is known at RCPT where Dovecot is told to look; nobody is left")
  void overQuotaAtRcpt() throws Exception {
    try (DovecotInstance dovecot = DovecotInstance.start(home, "lmtp_rcpt_check_quota = yes\n");
        TappedClient client = TappedClient.connect(home, dovecot.unix(), Protocol.LMTP)) {
      dovecot.fill("full");

      assertEquals(
          List.of("ACCEPTED FINAL 250 2.0.0", "REJECTED RCPT 552 5.2.2"),
          client.deliver(
              Envelope.of(SENDER, "ann@example.org", "full@example.org"), "Subject: 1\r\n\r\n"));
      assertEquals(
          List.of("REJECTED RCPT 552 5.2.2"),
          client.deliver(Envelope.of(SENDER, "full@example.org"), "Subject: 2\r\n\r\n"));
      assertEquals(
          List.of("ACCEPTED FINAL 250 2.0.0", "ACCEPTED FINAL 250 2.0.0"),
          client.deliver(
              Envelope.of(SENDER, "ann@example.org", "ann@example.org"), "Subject: 3\r\n\r\n"));
    }
  }
}
