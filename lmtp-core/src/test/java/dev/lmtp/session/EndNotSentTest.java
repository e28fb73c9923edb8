package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The connection breaks while the octets that end the content wait to be written. */
class EndNotSentTest {

  private final ClientSession session = new ClientSession(ClientSettings.of(Protocol.LMTP, "here"));
  private Delivery delivery;

  @Test
  @DisplayName("H54: a refusal read after the failed write stands for every recipient")
  void earlyRefusal() {
    encodeAll();
    session.endNotSent();

    assertEquals(
        List.of(Outcome.REJECTED, Outcome.REJECTED), outcomes("552 5.3.4 Message too big\r\n"));
    assertEquals(Stage.CONTENT, delivery.result().recipients().get(1).stage());
  }

  @Test
  @DisplayName("H54: an early 250 is no success")
  void early250() {
    encodeAll();
    session.endNotSent();

    assertEquals(List.of(Outcome.NOT_SENT, Outcome.NOT_SENT), outcomes("250 2.0.0 Ok\r\n"));
  }

  @Test
  @DisplayName("L5: not sent, rather than unknown, where the final dot certainly did not leave")
  void notSent() {
    encodeAll();
    session.endNotSent();
    session.endInput();

    assertEquals(List.of(Outcome.NOT_SENT, Outcome.NOT_SENT), outcomes(""));
  }

  @Test
  void onlyAfterTheEndOfAContent() {
    assertThrows(IllegalStateException.class, session::endNotSent);
  }

  private void encodeAll() {
    session.poll(bytes("220 there\r\n"));
    session.hello();
    session.poll(bytes("250-there\r\n250 PIPELINING\r\n"));
    delivery = new Delivery(session, Envelope.of("a@b", "one@c", "two@c"), ContentForm.DATA);
    ByteBuffer replies = bytes("250 Ok\r\n250 Ok\r\n250 Ok\r\n354 Go on\r\n");
    delivery.poll(bytes(""));
    assertEquals(DeliveryEvent.CONTENT, delivery.poll(replies));
    ByteBuffer wire = ByteBuffer.allocate(100);
    session.content(bytes("hi\r\n"), wire);
    session.endContent(wire);
  }

  private List<Outcome> outcomes(String replies) {
    ByteBuffer in = bytes(replies);
    while (delivery.poll(in) == DeliveryEvent.RECIPIENT) {
      // Each is in the result, too.
    }
    DeliveryResult result = delivery.result();
    return result.recipients().stream().map(RecipientResult::outcome).toList();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
