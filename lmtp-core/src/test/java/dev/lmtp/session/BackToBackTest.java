package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class BackToBackTest {

  @Test
  void delivers() {
    ServerSession server = new ServerSession(ServerSettings.of(Protocol.LMTP, "there"));
    ClientSession client = new ClientSession(ClientSettings.of(Protocol.LMTP, "here"));
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    ByteBuffer toServer = ByteBuffer.allocate(4096).flip();
    ByteBuffer toClient = ByteBuffer.allocate(4096).flip();
    boolean hello = false;
    Delivery delivery = null;
    for (int round = 0; round < 100; round++) {
      for (boolean more = true; more; ) {
        switch (server.poll(toServer)) {
          case NEED_INPUT, FLUSH, CLOSED -> more = false;
          case CONNECTED, HELLO, MAIL, CONTENT_START -> server.accept();
          case RCPT -> {
            if (server.forwardPath().mailbox().localPart().equals("nobody")) {
              server.refuse(Reply.of(550, "5.1.1", "No such user"));
            } else {
              server.accept();
            }
          }
          case CONTENT -> {
            while (server.content().hasRemaining()) {
              got.write(server.content().get());
            }
          }
          case CONTENT_END -> {
            server.report(1, Reply.of(452, "4.2.2", "Over quota"));
            server.report(0, Reply.of(250, "2.1.5", "Stored"));
          }
          case ABORTED, VIOLATION -> throw new AssertionError(server.state().toString());
        }
      }
      toClient.clear().put(server.output()).flip();
      if (delivery == null) {
        switch (client.poll(toClient)) {
          case GREETING -> client.hello();
          case HELLO -> hello = true;
          default -> {}
        }
        if (hello) {
          delivery =
              new Delivery(
                  client, Envelope.of("a@b", "one@c", "nobody@c", "two@c"), ContentForm.DATA);
        }
      }
      toServer.clear();
      if (delivery != null) {
        for (boolean more = true; more; ) {
          switch (delivery.poll(toClient)) {
            case NEED_INPUT -> more = false;
            case RECIPIENT -> {}
            case CONTENT -> {
              toServer.put(client.output());
              client.content(
                  ByteBuffer.wrap("hi\n.dot\n".getBytes(StandardCharsets.US_ASCII)), toServer);
              client.endContent(toServer);
            }
            case DONE -> {
              DeliveryResult result = delivery.result();
              assertEquals(
                  List.of("ACCEPTED", "REJECTED", "DEFERRED"),
                  result.recipients().stream()
                      .map(RecipientResult::outcome)
                      .map(Enum::name)
                      .collect(Collectors.toList()));
              assertEquals("hi\r\n.dot\r\n", got.toString(StandardCharsets.US_ASCII));
              return;
            }
          }
        }
      }
      toServer.put(client.output()).flip();
    }
    throw new AssertionError("no end");
  }
}
