package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult.Stage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DeliveryStageTest {

  @Test
  void lostWhileMailIsUnanswered() {
    ClientSession session = new ClientSession(ClientSettings.of(Protocol.LMTP, "here"));
    session.poll(bytes("220 there\r\n"));
    session.hello();
    session.poll(bytes("250 there\r\n"));
    Delivery delivery = new Delivery(session, Envelope.of("a@b", "c@d"), ContentForm.DATA);
    assertEquals(DeliveryEvent.NEED_INPUT, delivery.poll(bytes("")));
    delivery.fail("lost");
    assertEquals(DeliveryEvent.RECIPIENT, delivery.poll(bytes("")));
    assertEquals(Stage.MAIL, delivery.decided().stage());
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
