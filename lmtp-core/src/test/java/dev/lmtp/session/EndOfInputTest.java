package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.testing.ServerPlayer;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The connection ends behind every octet of a transaction, in either direction. */
class EndOfInputTest {

  private static final String START =
      "LHLO client.example\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@c>\r\nRCPT TO:<unknown@c>\r\n";

  @Test
  @DisplayName("S12, H21 Server: no message before its last octet, an abort where one was begun")
  void serverInput() {
    everyEnd(START + "DATA\r\nhi\r\n..\r\n.\r\n");
    everyEnd(START + "BDAT 2\r\nhiBDAT 4\r\n\r\n.\rBDAT 1 LAST\r\n\n");
    everyEnd(START + "BDAT 4\r\nhi\r\nBDAT 0 LAST\r\n");
  }

  private static void everyEnd(String transaction) {
    int mailEnd = transaction.indexOf("RCPT");
    for (int end = 0; end <= transaction.length(); end++) {
      ServerPlayer server = ServerPlayer.of(Protocol.LMTP);
      server.send(transaction.substring(0, end));
      server.endInput();
      assertEquals(ServerState.CLOSED, server.session().state());
      List<String> told = server.told();
      if (end == transaction.length()) {
        assertTrue(told.size() == 1 && told.get(0).startsWith("message <a@b> to <x@c> "));
      } else if (end >= mailEnd) {
        assertEquals(List.of("aborted END_OF_INPUT"), told, transaction.substring(0, end));
      } else {
        assertEquals(List.of(), told, transaction.substring(0, end));
      }
    }
  }

  private static final String GREETING = "220 s\r\n250-s\r\n250-PIPELINING\r\n250 CHUNKING\r\n";
  private static final String RECIPIENTS = "250 Ok\r\n250 Ok\r\n550 no\r\n250 Ok\r\n";
  private static final String FINAL = "250 stored\r\n452 full\r\n";

  @Test
  @DisplayName(
      "L5, H55 Client: not sent before the end of the content, unknown after; replies stand")
  void clientInput() {
    for (ContentForm form : ContentForm.values()) {
      String replies = RECIPIENTS + (form == ContentForm.DATA ? "354 go on\r\n" : "");
      for (int end = 0; end <= replies.length() + FINAL.length(); end++) {
        ClientSession client = ready();
        Delivery delivery = new Delivery(client, Envelope.of("a@b", "x@c", "y@c", "z@c"), form);
        boolean sent = run(delivery, client, (replies + FINAL).substring(0, end), form);
        assertEquals(end >= replies.length(), sent);
        List<Outcome> outcomes =
            delivery.result().recipients().stream().map(RecipientResult::outcome).toList();
        Outcome open = sent ? Outcome.UNKNOWN : Outcome.NOT_SENT;
        boolean first = end >= replies.length() + FINAL.indexOf("452");
        boolean second = end >= RECIPIENTS.lastIndexOf("250 Ok");
        boolean third = end == replies.length() + FINAL.length();
        assertEquals(
            List.of(
                first ? Outcome.ACCEPTED : open,
                second ? Outcome.REJECTED : open,
                third ? Outcome.DEFERRED : open),
            outcomes,
            form + " after " + end);
        assertFalse(client.isReusable());
      }
    }
  }

  private static ClientSession ready() {
    ClientSession client = new ClientSession(ClientSettings.of(Protocol.LMTP, "c"));
    ByteBuffer in = Octets.of(GREETING);
    while (client.poll(in) != ClientEvent.NEED_INPUT) {
      if (client.state() == ClientState.GREETED) {
        client.hello();
      }
    }
    return client;
  }

  /** Whether the content was sent. The server's last octets come only behind the content. */
  private static boolean run(
      Delivery delivery, ClientSession client, String replies, ContentForm form) {
    boolean sent = false;
    int heard = 0;
    while (true) {
      ByteBuffer in = heard < replies.length() ? Octets.of("" + replies.charAt(heard)) : null;
      if (in == null) {
        client.endInput();
      }
      heard++;
      DeliveryEvent event;
      do {
        event = delivery.poll(in == null ? Octets.none() : in);
        if (event == DeliveryEvent.CONTENT) {
          sent = true;
          sendContent(client, form);
        }
      } while (event != DeliveryEvent.NEED_INPUT && event != DeliveryEvent.DONE);
      if (event == DeliveryEvent.DONE) {
        client.endInput();
        return sent;
      }
    }
  }

  private static void sendContent(ClientSession client, ContentForm form) {
    if (form == ContentForm.DATA) {
      client.endContent(ByteBuffer.allocate(5));
    } else {
      client.lastChunk(2);
      client.chunkSent(2);
    }
  }

  @Test
  @DisplayName("H21, L5 Client: given up behind every octet of the content it sends")
  void clientOutput() {
    for (int octets = 0; octets <= 6; octets++) {
      ClientSession client = ready();
      Delivery delivery = new Delivery(client, Envelope.of("a@b", "x@c"), ContentForm.CHUNKS);
      delivery.poll(Octets.lines("250 Ok", "250 Ok"));
      client.chunk(3);
      client.chunkSent(Math.min(3, octets));
      if (octets >= 3) {
        client.lastChunk(3);
        client.chunkSent(octets - 3);
      }
      delivery.fail("reset by peer");
      assertEquals(DeliveryEvent.RECIPIENT, delivery.poll(Octets.none()));
      Outcome outcome = octets == 6 ? Outcome.UNKNOWN : Outcome.NOT_SENT;
      assertEquals(outcome, delivery.decided().outcome(), octets + " octets");
    }
  }
}
