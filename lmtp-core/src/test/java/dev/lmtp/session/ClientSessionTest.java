package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.BodyType;
import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.codec.Violation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the client does with servers that go astray. */
class ClientSessionTest {

  private static final Envelope TWO = Envelope.of("a@b", "one@c", "two@c");

  private static ClientSession ready(Protocol protocol) {
    ClientSession client = ClientStateTest.sessionIn(protocol, ClientState.READY);
    Octets.take(client.output());
    return client;
  }

  /** Polls up to the end of the input. */
  private static List<DeliveryEvent> hear(Delivery delivery, String... lines) {
    ByteBuffer in = lines.length == 0 ? Octets.none() : Octets.lines(lines);
    List<DeliveryEvent> events = new ArrayList<>();
    do {
      events.add(delivery.poll(in));
    } while (events.get(events.size() - 1) == DeliveryEvent.RECIPIENT);
    return events;
  }

  private static List<ClientEvent> events(ClientSession client, String... lines) {
    ByteBuffer in = lines.length == 0 ? Octets.none() : Octets.lines(lines);
    List<ClientEvent> events = new ArrayList<>();
    do {
      events.add(client.poll(in));
    } while (events.get(events.size() - 1) != ClientEvent.NEED_INPUT
        && events.get(events.size() - 1) != ClientEvent.CLOSED);
    return events;
  }

  private static List<Outcome> outcomes(Delivery delivery) {
    return delivery.result().recipients().stream().map(RecipientResult::outcome).toList();
  }

  private static List<Stage> stages(Delivery delivery) {
    return delivery.result().recipients().stream().map(RecipientResult::stage).toList();
  }

  private static void sendContent(ClientSession client) {
    ByteBuffer target = ByteBuffer.allocate(64);
    assertTrue(client.content(Octets.of("hi\r\n"), target));
    assertTrue(client.endContent(target));
  }

  @Test
  @DisplayName("L5, L7 Each outcome is told as soon as its reply is there")
  void outcomesAreToldAtOnce() {
    ClientSession client = ready(Protocol.LMTP);
    Delivery delivery =
        new Delivery(client, Envelope.of("a@b", "x@c", "y@c", "z@c"), ContentForm.DATA);
    assertEquals(List.of(DeliveryEvent.NEED_INPUT), hear(delivery));
    assertEquals(
        List.of(DeliveryEvent.RECIPIENT, DeliveryEvent.CONTENT),
        hear(delivery, "250 Ok", "250 Ok", "550 no", "250 Ok", "354 go on"));
    assertEquals(Outcome.REJECTED, delivery.decided().outcome());
    assertThrows(IllegalStateException.class, delivery::result);
    sendContent(client);
    assertEquals(
        List.of(DeliveryEvent.RECIPIENT, DeliveryEvent.NEED_INPUT), hear(delivery, "250 stored"));
    assertEquals(ForwardPath.parse("x@c"), delivery.decided().recipient());
    assertEquals(
        List.of(DeliveryEvent.RECIPIENT, DeliveryEvent.DONE), hear(delivery, "452 4.2.2 full"));
    assertEquals(List.of(Outcome.ACCEPTED, Outcome.REJECTED, Outcome.DEFERRED), outcomes(delivery));
    assertTrue(client.isReusable());
  }

  @Test
  @DisplayName("H53, S11 A 421 completes every outstanding command, whichever it answers")
  void a421CompletesEverything() {
    for (int good = 0; good <= 3; good++) {
      ClientSession client = ready(Protocol.LMTP);
      client.mail(ReversePath.NULL, Parameters.NONE);
      client.rcpt(ForwardPath.parse("x@c"), Parameters.NONE);
      client.rcpt(ForwardPath.parse("y@c"), Parameters.NONE);
      client.data();
      List<String> lines = new ArrayList<>(Collections.nCopies(good, "250 Ok"));
      lines.add("421 4.3.2 Shutting down");
      lines.add("250 this is not read any more");
      assertEquals(
          List.of(
              ClientEvent.MAIL,
              ClientEvent.RCPT,
              ClientEvent.RCPT,
              ClientEvent.DATA,
              ClientEvent.CLOSED),
          events(client, lines.toArray(String[]::new)));
      assertEquals(421, client.reply().code());
      assertEquals(421, client.closingReply().orElseThrow().code());
      assertEquals(ClientState.CLOSED, client.state());
      assertEquals(0, client.outstanding());
      assertFalse(client.isReusable());
    }
  }

  @Test
  @DisplayName("H56 A 421 nobody waited for closes an idle session, and it is not reusable")
  void a421WhileIdle() {
    ClientSession client = ready(Protocol.LMTP);
    assertEquals(List.of(ClientEvent.CLOSED), events(client, "421 4.4.2 Idle for too long"));
    assertFalse(client.isReusable());
    assertThrows(IllegalStateException.class, () -> new Delivery(client, TWO, ContentForm.DATA));
  }

  @Test
  @DisplayName("H53 A 421 while the content is sent defers everyone")
  void a421WithinContent() {
    ClientSession client = ready(Protocol.LMTP);
    Delivery delivery = new Delivery(client, TWO, ContentForm.DATA);
    hear(delivery, "250 Ok", "250 Ok", "250 Ok", "354 go on");
    assertEquals(DeliveryEvent.DONE, last(hear(delivery, "421 4.3.2 Shutting down")));
    assertEquals(List.of(Outcome.DEFERRED, Outcome.DEFERRED), outcomes(delivery));
    assertEquals(List.of(Stage.CONTENT, Stage.CONTENT), stages(delivery));
  }

  private static DeliveryEvent last(List<DeliveryEvent> events) {
    return events.get(events.size() - 1);
  }

  @Test
  @DisplayName("H51 A reply nobody asked for is a violation, told once")
  void unexpectedReply() {
    ClientSession client = ready(Protocol.LMTP);
    assertEquals(
        List.of(ClientEvent.VIOLATION, ClientEvent.CLOSED), events(client, "250 hello again"));
    assertEquals(Violation.UNEXPECTED_REPLY, client.violation());
    assertFalse(client.isReusable());
  }

  @Test
  @DisplayName("H34 The text of a reply is clean, its octets are there as well")
  void replyOctets() {
    ClientSession client = ready(Protocol.LMTP);
    client.noop();
    ByteBuffer in = Octets.of("250 a\u001b\u00ffb\r\n421 \0\r\n");
    assertEquals(ClientEvent.OTHER, client.poll(in));
    assertEquals("250 a \ufffdb", client.reply().toString());
    assertEquals("250 a\u001b\u00ffb\r\n", Octets.take(ByteBuffer.wrap(client.replyOctets())));
    assertEquals(ClientEvent.VIOLATION, client.poll(in));
    assertEquals("421 \0\r\n", Octets.take(ByteBuffer.wrap(client.replyOctets())));
  }

  @Test
  @DisplayName("H51 More replies than recipients: the results stand, the session is not used again")
  void tooManyFinalReplies() {
    for (String tail : List.of("250 one too many\r\n", "250 half of on", "x")) {
      ClientSession client = ready(Protocol.LMTP);
      Delivery delivery = new Delivery(client, TWO, ContentForm.DATA);
      hear(delivery, "250 Ok", "250 Ok", "250 Ok", "354 go on");
      sendContent(client);
      ByteBuffer in = Octets.of("250 stored\r\n452 full\r\n" + tail);
      while (delivery.poll(in) != DeliveryEvent.DONE) {}
      assertEquals(List.of(Outcome.ACCEPTED, Outcome.DEFERRED), outcomes(delivery));
      assertFalse(client.isReusable(), tail);
      assertFalse(in.hasRemaining());
    }
  }

  @Test
  @DisplayName("H50, H51 Garbage before the content leaves everyone not sent")
  void garbageInsteadOfReplies() {
    for (String garbage :
        List.of("HTTP/1.1 400", "25", "199 x", "600 x", "250x", "\r", "250 a\0")) {
      ClientSession client = ready(Protocol.LMTP);
      Delivery delivery = new Delivery(client, TWO, ContentForm.DATA);
      assertEquals(DeliveryEvent.DONE, last(hear(delivery, "250 Ok", garbage, "250 Ok")));
      assertEquals(List.of(Outcome.NOT_SENT, Outcome.NOT_SENT), outcomes(delivery));
      assertEquals(ClientState.CLOSED, client.state());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "299, 299, 399, 299, ACCEPTED",
    "250, 259, 355, 499, DEFERRED",
    "200, 251, 300, 599, REJECTED",
    "459, 250, 354, 250, DEFERRED",
    "599, 250, 354, 250, REJECTED",
    "250, 400, 354, 250, DEFERRED",
    "250, 559, 354, 250, REJECTED",
    "250, 250, 499, 250, DEFERRED",
    "250, 250, 500, 250, REJECTED",
    "399, 250, 354, 250, NOT_SENT",
    "250, 354, 354, 250, NOT_SENT",
    "250, 250, 250, 250, NOT_SENT",
    "250, 250, 354, 354, UNKNOWN"
  })
  @DisplayName("S6 Unknown codes count by their first digit; H51 one of a wrong class is no guess")
  void unknownCodes(int mail, int rcpt, int data, int last, Outcome outcome) {
    ClientSession client = ClientStateTest.sessionIn(Protocol.LMTP, ClientState.HELLO);
    ClientStateTest.hear(client, "250 server.example");
    Delivery delivery = new Delivery(client, Envelope.of("a@b", "x@c"), ContentForm.DATA);
    hear(delivery);
    for (int code : new int[] {mail, rcpt, data, last}) {
      if (client.state() == ClientState.CONTENT) {
        sendContent(client);
      }
      if (client.outstanding() > 0) {
        hear(delivery, code + " so it is");
      }
    }
    assertEquals(List.of(outcome), outcomes(delivery));
    assertEquals(outcome != Outcome.NOT_SENT && outcome != Outcome.UNKNOWN, client.isReusable());
  }

  @Test
  @DisplayName("H54 An early 5xx is everyone's result; the session is over")
  void earlyRefusal() {
    ClientSession client = ready(Protocol.LMTP);
    Delivery delivery = new Delivery(client, TWO, ContentForm.DATA);
    hear(delivery, "250 Ok", "250 Ok", "452 full", "354 go on");
    client.content(Octets.of("some of it\r\n"), ByteBuffer.allocate(64));
    assertEquals(DeliveryEvent.DONE, last(hear(delivery, "552 5.3.4 Message too big")));
    assertEquals(List.of(Outcome.REJECTED, Outcome.DEFERRED), outcomes(delivery));
    assertEquals(List.of(Stage.CONTENT, Stage.RCPT), stages(delivery));
    assertFalse(client.isReusable());
    assertThrows(
        IllegalStateException.class,
        () -> client.content(Octets.of("more"), ByteBuffer.allocate(64)));
  }

  @Test
  @DisplayName("H54 An early 250 is no success, in DATA or in a chunk")
  void earlySuccess() {
    ClientSession data = ready(Protocol.LMTP);
    Delivery delivery = new Delivery(data, TWO, ContentForm.DATA);
    hear(delivery, "250 Ok", "250 Ok", "250 Ok", "354 go on");
    assertEquals(DeliveryEvent.DONE, last(hear(delivery, "250 stored", "250 stored")));
    assertEquals(List.of(Outcome.NOT_SENT, Outcome.NOT_SENT), outcomes(delivery));

    for (boolean last : new boolean[] {true, false}) {
      ClientSession client = ready(Protocol.LMTP);
      Delivery chunks = new Delivery(client, TWO, ContentForm.CHUNKS);
      assertEquals(DeliveryEvent.CONTENT, last(hear(chunks, "250 Ok", "250 Ok", "250 Ok")));
      if (last) {
        client.lastChunk(10);
      } else {
        client.chunk(10);
      }
      client.chunkSent(9);
      assertEquals(DeliveryEvent.DONE, last(hear(chunks, "250 stored")));
      assertEquals(List.of(Outcome.NOT_SENT, Outcome.NOT_SENT), outcomes(chunks));
    }
  }

  @Test
  @DisplayName("H54 A reply that began before the end of the content is not one to it")
  void replyAroundTheEnd() {
    for (String reply : List.of("250 stored", "552 too big")) {
      for (ContentForm form : ContentForm.values()) {
        ClientSession client = ready(Protocol.LMTP);
        Delivery delivery = new Delivery(client, TWO, form);
        hear(delivery, "250 Ok", "250 Ok", "250 Ok");
        if (form == ContentForm.DATA) {
          hear(delivery, "354 go on");
        } else {
          client.lastChunk(4);
        }
        assertEquals(DeliveryEvent.NEED_INPUT, delivery.poll(Octets.of(reply.substring(0, 5))));
        if (form == ContentForm.DATA) {
          sendContent(client);
        } else {
          client.chunkSent(4);
        }
        hear(delivery, reply.substring(5), "250 stored");
        assertEquals(
            reply.startsWith("5")
                ? List.of(Outcome.REJECTED, Outcome.REJECTED)
                : List.of(Outcome.UNKNOWN, Outcome.UNKNOWN),
            outcomes(delivery));
        assertFalse(client.isReusable());
      }
    }
  }

  @Test
  @DisplayName("E5 What has begun may be the reply to a chunk before the last")
  void replyToAnEarlierChunkAroundTheEnd() {
    ClientSession client = ready(Protocol.LMTP);
    Delivery delivery = new Delivery(client, TWO, ContentForm.CHUNKS);
    hear(delivery, "250 Ok", "250 Ok", "250 Ok");
    client.chunk(4);
    client.chunkSent(4);
    delivery.poll(Octets.of("250 4 oct"));
    client.lastChunk(0);
    hear(delivery, "ets", "250 stored", "452 full");
    assertEquals(List.of(Outcome.ACCEPTED, Outcome.DEFERRED), outcomes(delivery));
  }

  @Test
  @DisplayName("E5 Replies to earlier chunks may come while a later one is sent")
  void pipelinedChunks() {
    ClientSession client = ready(Protocol.LMTP);
    Delivery delivery = new Delivery(client, TWO, ContentForm.CHUNKS);
    hear(delivery, "250 Ok", "250 Ok", "250 Ok");
    client.chunk(4);
    client.chunkSent(4);
    client.chunk(4);
    client.chunkSent(1);
    assertEquals(List.of(DeliveryEvent.NEED_INPUT), hear(delivery, "250 4 octets"));
    client.chunkSent(3);
    client.lastChunk(4);
    client.chunkSent(1);
    assertEquals(List.of(DeliveryEvent.NEED_INPUT), hear(delivery, "250 8 octets"));
    client.chunkSent(3);
    assertEquals(DeliveryEvent.DONE, last(hear(delivery, "250 stored", "250 stored")));
    assertEquals(List.of(Outcome.ACCEPTED, Outcome.ACCEPTED), outcomes(delivery));
    assertTrue(client.isReusable());
  }

  @Test
  @DisplayName("L8 BDAT waits for the replies to RCPT, for they tell how many it has itself")
  void chunksWaitForRecipients() {
    ClientSession client = ready(Protocol.LMTP);
    client.mail(ReversePath.NULL, Parameters.NONE);
    client.rcpt(ForwardPath.parse("x@c"), Parameters.NONE);
    assertThrows(IllegalStateException.class, () -> client.lastChunk(1));
    ClientStateTest.hear(client, "250 Ok", "550 no");
    assertThrows(IllegalStateException.class, () -> client.lastChunk(1));
    client.rcpt(ForwardPath.parse("y@c"), Parameters.NONE);
    ClientStateTest.hear(client, "250 Ok");
    client.lastChunk(1);
    assertThrows(IllegalStateException.class, () -> client.chunkSent(2));
    assertFalse(client.isContentSent());
    client.chunkSent(1);
    assertTrue(client.isContentSent());
  }

  @Test
  @DisplayName("E5 No BDAT where CHUNKING is not offered")
  void noChunking() {
    ClientSession client = ClientStateTest.sessionIn(Protocol.LMTP, ClientState.HELLO);
    ClientStateTest.hear(client, "250 server.example");
    client.mail(ReversePath.NULL, Parameters.NONE);
    client.rcpt(ForwardPath.parse("x@c"), Parameters.NONE);
    ClientStateTest.hear(client, "250 Ok", "250 Ok");
    assertThrows(IllegalStateException.class, () -> client.lastChunk(1));
  }

  @Test
  @DisplayName("E5 BINARYMIME never goes behind DATA: that is misuse, noticed before MAIL")
  void binaryInData() {
    Parameters binary = Parameters.of(Parameter.BODY, BodyType.BINARYMIME);
    ClientSession client = ClientStateTest.sessionIn(Protocol.LMTP, ClientState.HELLO);
    ClientStateTest.hear(client, "250-server.example", "250-CHUNKING", "250 BINARYMIME");
    Octets.take(client.output());
    Envelope envelope = Envelope.of("a@b", "x@c").withParameters(binary);
    assertThrows(
        IllegalArgumentException.class, () -> new Delivery(client, envelope, ContentForm.DATA));
    assertEquals("", Octets.take(client.output()));
    client.mail(ReversePath.NULL, binary);
    client.rcpt(ForwardPath.parse("x@c"), Parameters.NONE);
    ClientStateTest.hear(client, "250 Ok", "250 Ok");
    assertThrows(IllegalStateException.class, client::data);
    client.lastChunk(1);
  }

  @Test
  @DisplayName("E10 Nothing is sent for whom an essential parameter is not offered; it is said why")
  void essentialParameters() {
    ClientSession client = ready(Protocol.LMTP);
    Envelope envelope =
        Envelope.of("a@b", "x@c").withParameters(Parameters.of(Parameter.REQUIRETLS, true));
    Delivery delivery = new Delivery(client, envelope, ContentForm.DATA);
    assertEquals(List.of(DeliveryEvent.RECIPIENT, DeliveryEvent.DONE), hear(delivery));
    assertEquals("", Octets.take(client.output()));
    assertTrue(delivery.decided().detail().contains("REQUIRETLS"));
    assertTrue(client.isReusable());
  }

  @Test
  @DisplayName("E1 A window bounds the replies outstanding, so that no peer can block us")
  void windowOfOutstandingReplies() {
    String[] recipients = Collections.nCopies(1_000, "x@c").toArray(String[]::new);
    ClientSession client = ready(Protocol.LMTP);
    Delivery delivery = new Delivery(client, Envelope.of("a@b", recipients), ContentForm.DATA);
    int most = 0;
    int heard = 0;
    DeliveryEvent event = delivery.poll(Octets.none());
    while (event == DeliveryEvent.NEED_INPUT) {
      most = Math.max(most, client.outstanding());
      assertTrue(most <= 100, "outstanding: " + most);
      Octets.take(client.output());
      event = delivery.poll(Octets.lines(++heard <= 1_001 ? "250 Ok" : "354 go on"));
    }
    assertEquals(DeliveryEvent.CONTENT, event);
    assertEquals(1_000, client.accepted());
    assertEquals(100, most);
  }

  @Test
  @DisplayName("E3, E4 Parameters the server does not offer are left out")
  void parametersNotOffered() {
    Parameters parameters =
        Parameters.NONE.with(Parameter.SIZE, 9L).with(Parameter.BODY, BodyType.EIGHTBITMIME);
    assertEquals("MAIL FROM:<a@b>\r\n", mail("250 server.example", parameters));
    assertEquals("MAIL FROM:<a@b> SIZE=9\r\n", mail("250-s\r\n250 SIZE 1", parameters));
    assertEquals("MAIL FROM:<a@b> BODY=8BITMIME\r\n", mail("250-s\r\n250 8bitmime", parameters));
  }

  private static String mail(String helloReply, Parameters parameters) {
    ClientSession client = ClientStateTest.sessionIn(Protocol.SMTP, ClientState.HELLO);
    ClientStateTest.hear(client, helloReply);
    Octets.take(client.output());
    client.mail(ReversePath.parse("a@b"), parameters);
    return Octets.take(client.output());
  }

  @Test
  @DisplayName(
      "H59 A server that hangs up on QUIT is no error; after its reply the session is over")
  void quit() {
    ClientSession client = ready(Protocol.LMTP);
    client.quit();
    client.endInput();
    assertEquals(List.of(ClientEvent.CLOSED), events(client));

    ClientSession answered = ready(Protocol.LMTP);
    answered.quit();
    assertEquals(
        List.of(ClientEvent.OTHER, ClientEvent.CLOSED), events(answered, "221 bye", "250 and?"));
    assertEquals(ClientState.CLOSED, answered.state());
  }

  @Test
  @DisplayName("A delivery given up: not sent before the end of the content, unknown after it")
  void givenUp() {
    for (boolean sent : new boolean[] {false, true}) {
      ClientSession client = ready(Protocol.LMTP);
      Delivery delivery = new Delivery(client, TWO, ContentForm.DATA);
      hear(delivery, "250 Ok", "550 no", "250 Ok", "354 go on");
      if (sent) {
        sendContent(client);
      }
      delivery.fail("timed out");
      assertEquals(DeliveryEvent.DONE, last(hear(delivery)));
      assertEquals(
          List.of(Outcome.REJECTED, sent ? Outcome.UNKNOWN : Outcome.NOT_SENT), outcomes(delivery));
      assertFalse(client.isReusable());
    }
  }

  @Test
  @DisplayName("A delivery wants a session that is ready, and recipients")
  void wrongDeliveries() {
    ClientSession greeted = ClientStateTest.sessionIn(Protocol.LMTP, ClientState.GREETED);
    assertThrows(IllegalStateException.class, () -> new Delivery(greeted, TWO, ContentForm.DATA));
    ClientSession client = ready(Protocol.LMTP);
    assertThrows(
        IllegalArgumentException.class,
        () -> new Delivery(client, Envelope.of("a@b"), ContentForm.DATA));
    Delivery delivery = new Delivery(client, TWO, ContentForm.DATA);
    assertThrows(IllegalStateException.class, delivery::decided);
    assertThrows(IllegalStateException.class, delivery::result);
    assertThrows(IllegalStateException.class, client::violation);
    ClientSession fresh = ClientStateTest.sessionIn(Protocol.LMTP, ClientState.GREETING);
    assertThrows(IllegalStateException.class, fresh::reply);
  }

  @Test
  @DisplayName("S10 Each phase has the patience of RFC 5321 4.5.3.2")
  void patience() {
    assertEquals(5, minutes(ClientState.GREETING));
    assertEquals(5, minutes(ClientState.HELLO));
    assertEquals(5, minutes(ClientState.MAIL));
    assertEquals(2, minutes(ClientState.DATA));
    assertEquals(3, minutes(ClientState.CONTENT));
    assertEquals(3, minutes(ClientState.CHUNK));
    ClientSession client = ClientStateTest.sessionIn(Protocol.LMTP, ClientState.CONTENT);
    sendContent(client);
    assertEquals(10, client.patience().toMinutes());
  }

  private static long minutes(ClientState state) {
    return ClientStateTest.sessionIn(Protocol.LMTP, state).patience().toMinutes();
  }

  @Test
  @DisplayName("endContent without room does nothing and is asked again")
  void noRoomForTheEnd() {
    ClientSession client = ClientStateTest.sessionIn(Protocol.LMTP, ClientState.CONTENT);
    assertFalse(client.endContent(ByteBuffer.allocate(4)));
    assertEquals(ClientState.CONTENT, client.state());
    assertFalse(client.isContentSent());
    assertThrows(IllegalStateException.class, client::endEmptyContent);
    assertTrue(client.endContent(ByteBuffer.allocate(5)));
    assertEquals(Reply.plain(354, "Go on"), client.reply());
  }
}
