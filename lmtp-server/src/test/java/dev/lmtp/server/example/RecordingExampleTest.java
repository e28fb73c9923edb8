package dev.lmtp.server.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.MessageSource;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.KeptContent;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.server.Recipient;
import dev.lmtp.server.RecordingAgent;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What agents.md shows works. */
@Timeout(60)
class RecordingExampleTest {

  private static void sendWelcome(String server) throws Exception {
    DeliveryResult result =
        LmtpClient.to(server)
            .deliver(
                Envelope.of("shop@example.org", "ada@example.org"),
                MessageSource.of("Subject: Welcome\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
    assertTrue(result.allAccepted());
  }

  @Test
  void theApplicationSendsMail() throws Exception {
    // agents.md begins
    RecordingAgent mail = new RecordingAgent();
    try (LmtpServer server = LmtpServer.builder(mail).listen("memory:mail").start()) {
      sendWelcome("memory:mail"); // the application under test
      RecordingAgent.Message sent = mail.awaitMessages(1, Duration.ofSeconds(10)).get(0);
      assertEquals("[<ada@example.org>]", sent.recipients().toString());
      assertTrue(sent.text().contains("Subject: Welcome"));
    }
    // agents.md ends
  }

  @Test
  void keeping() throws Exception {
    Map<String, ByteArrayOutputStream> stored = new ConcurrentHashMap<>();
    KeepingExample.Store store =
        (recipient, key) ->
            Channels.newChannel(
                stored.computeIfAbsent(
                    recipient.index() + " " + key.substring(0, 8),
                    any -> new ByteArrayOutputStream()));
    DeliveryAgent agent =
        message -> {
          try {
            KeepingExample.keep(message, store, task -> new Thread(task).start());
          } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
          }
        };
    byte[] content = "S: x\r\n\r\nabc\r\n".getBytes(StandardCharsets.UTF_8);
    try (LmtpServer server = LmtpServer.builder(agent).listen("memory:keeping").start()) {
      LmtpClient client = LmtpClient.builder(server.addresses().get(0)).build();
      Envelope envelope = Envelope.of("", "ada", "bob");
      assertTrue(client.deliver(envelope, MessageSource.of(content)).allAccepted());
      byte[] junk = "X-Spam: yes\r\n\r\nabc\r\n".getBytes(StandardCharsets.UTF_8);
      DeliveryResult refused = client.deliver(envelope, MessageSource.of(junk));
      assertEquals(KeepingExample.JUNK, refused.recipients().get(1).reply().orElseThrow());
    }
    assertEquals(2, stored.size());
    stored.values().forEach(copy -> assertArrayEquals(content, copy.toByteArray()));
  }

  @Test
  void traced() throws Exception {
    RecordingAgent recorded = new RecordingAgent();
    DeliveryAgent agent =
        message -> {
          try (KeptContent kept = message.keep()) {
            Recipient first = message.recipients().get(0);
            recorded.deliver(
                message.part(KeepingExample.traced(message, first, kept), message.recipients()));
          }
        };
    try (LmtpServer server = LmtpServer.builder(agent).listen("memory:traced").start()) {
      sendWelcome("memory:traced");
      assertEquals(1, server.addresses().size());
    }
    String text = recorded.messages().get(0).text();
    assertTrue(
        text.startsWith("Return-Path: <shop@example.org>\r\nDelivered-To: ada@example.org\r\nRec"),
        text);
    assertTrue(text.endsWith("\r\nX-Scanned: yes\r\nSubject: Welcome\r\n\r\n"), text);
  }

  @Test
  void composing() throws Exception {
    RecordingAgent mailboxes = new RecordingAgent();
    DeliveryAgent agent = KeepingExample.compose(mailboxes);
    try (LmtpServer server = LmtpServer.builder(agent).listen("memory:composed").start()) {
      sendWelcome("memory:composed");
      assertEquals(1, server.addresses().size());
    }
    assertEquals(1, mailboxes.messages().size());
  }
}
