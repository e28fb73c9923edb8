package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A delivery that goes wrong between two transactions, or takes very many. */
class FurtherTransactionsTest {

  /** Accepts the first, then says that it was one too many, and that RCPTMAX is used up. */
  private static final String[] FIRST = {"250 Ok", "250 Ok", "452 4.5.3 too many", "354 go on"};

  private final List<String> told = new ArrayList<>();
  private ClientSession client;
  private Delivery delivery;

  private void offer(String limits) {
    client = ClientStateTest.sessionIn(Protocol.LMTP, ClientState.HELLO);
    ClientStateTest.hear(client, "250-server.example", "250-PIPELINING", "250 LIMITS " + limits);
    Octets.take(client.output());
  }

  /** Polls up to the end of the input; sends the content where it is asked for. */
  private DeliveryEvent hear(String... lines) {
    ByteBuffer in = lines.length == 0 ? Octets.none() : Octets.lines(lines);
    while (true) {
      DeliveryEvent event = delivery.poll(in);
      switch (event) {
        case RECIPIENT -> told.add(result(delivery.decided()));
        case CONTENT -> client.endContent(ByteBuffer.allocate(5));
        default -> {
          return event;
        }
      }
    }
  }

  private static String result(RecipientResult result) {
    int code = result.reply().map(Reply::code).orElse(0);
    return result.recipient().mailbox()
        + " "
        + result.outcome()
        + " "
        + result.stage()
        + " "
        + code;
  }

  /** Three recipients: sent, put off, waiting for their turn. */
  private void firstOfThree() {
    offer("RCPTMAX=2");
    delivery = new Delivery(client, Envelope.of("a@b", "x", "y", "z"), ContentForm.DATA);
    assertEquals(DeliveryEvent.NEED_INPUT, hear());
    assertEquals(DeliveryEvent.NEED_INPUT, hear(FIRST));
  }

  private void check(String... results) {
    assertEquals(List.of(results), told);
    assertEquals(
        told.stream().sorted().toList(),
        delivery.result().recipients().stream()
            .map(FurtherTransactionsTest::result)
            .sorted()
            .toList());
  }

  @Test
  @DisplayName("S9 L5 lost behind the dot: unknown is only who was sent the message")
  void lostInFirst() {
    firstOfThree();
    delivery.fail("lost");
    assertEquals(DeliveryEvent.DONE, hear());
    check("x UNKNOWN FINAL 0", "y DEFERRED RCPT 452", "z NOT_SENT SESSION 0");
  }

  @Test
  @DisplayName("S9 L5 lost in the second transaction: what the first one said stands")
  void lostInSecond() {
    firstOfThree();
    assertEquals(DeliveryEvent.NEED_INPUT, hear("250 stored"));
    assertEquals(DeliveryEvent.NEED_INPUT, hear("250 Ok", "250 Ok", "354 go on"));
    delivery.fail("lost");
    assertEquals(DeliveryEvent.DONE, hear());
    check("x ACCEPTED FINAL 250", "y UNKNOWN FINAL 0", "z NOT_SENT SESSION 0");
  }

  @Test
  @DisplayName("S11 H53 a 421 is for those whose turn has not come too")
  void closedInFirst() {
    firstOfThree();
    assertEquals(DeliveryEvent.DONE, hear("421 4.3.2 Shutting down"));
    check("x DEFERRED FINAL 421", "y DEFERRED RCPT 452", "z DEFERRED SESSION 421");
  }

  @Test
  @DisplayName("H51 one reply too many is not taken for that to the next MAIL")
  void oneReplyTooMany() {
    firstOfThree();
    assertEquals(DeliveryEvent.DONE, hear("250 stored", "250 stored too"));
    check("x ACCEPTED FINAL 250", "y DEFERRED RCPT 452", "z NOT_SENT SESSION 0");
    assertFalse(client.isReusable());
    firstOfThree();
    told.clear();
    ByteBuffer cut = Octets.of("250 stored\r\n250 half of one");
    while (delivery.poll(cut) != DeliveryEvent.DONE) {
      told.add(result(delivery.decided()));
    }
    check("x ACCEPTED FINAL 250", "y DEFERRED RCPT 452", "z NOT_SENT SESSION 0");
  }

  @Test
  @DisplayName("H16 a second MAIL that is refused decides everyone left")
  void mailRefused() {
    firstOfThree();
    assertEquals(DeliveryEvent.NEED_INPUT, hear("250 stored"));
    assertEquals(DeliveryEvent.DONE, hear("451 4.3.0 no", "503 no mail", "503 no mail"));
    check("x ACCEPTED FINAL 250", "y DEFERRED MAIL 451", "z DEFERRED MAIL 451");
    assertTrue(client.isReusable());
  }

  @Test
  @DisplayName("H54 an early refusal is nobody's but theirs who were sent the content")
  void earlyRefusal() {
    offer("RCPTMAX=1");
    delivery = new Delivery(client, Envelope.of("a@b", "x", "y"), ContentForm.DATA);
    hear();
    assertEquals(
        DeliveryEvent.CONTENT, delivery.poll(Octets.lines("250 Ok", "250 Ok", "354 go on")));
    assertEquals(DeliveryEvent.DONE, hear("552 5.3.4 too big"));
    check("x REJECTED CONTENT 552", "y NOT_SENT SESSION 0");
  }

  @Test
  @DisplayName("E10 a session that used its MAILMAX up is not reusable, other commands may follow")
  void mailMax() {
    offer("MAILMAX=2");
    for (int i = 0; i < 2; i++) {
      assertTrue(client.isReusable());
      client.mail(ReversePath.NULL, Parameters.NONE);
      ClientStateTest.hear(client, "550 no");
      client.rset();
      ClientStateTest.hear(client, "250 Ok");
    }
    assertFalse(client.isReusable());
    client.noop();
    ClientStateTest.hear(client, "250 Ok");
    assertThrows(
        IllegalStateException.class,
        () -> new Delivery(client, Envelope.of("a@b", "x"), ContentForm.DATA));
  }

  @Test
  @DisplayName("S9 a server that takes few at a time is not asked for all of them each time")
  void veryMany() {
    assertEquals(1_000 + 900, commandsTo(100, 1_000));
    assertEquals(40 + 39, commandsTo(1, 40));
  }

  /** Delivers to a server that takes so many recipients at once; gives the number of RCPTs. */
  private int commandsTo(int most, int count) {
    offer("");
    String[] recipients = IntStream.range(0, count).mapToObj(i -> "r" + i).toArray(String[]::new);
    delivery = new Delivery(client, Envelope.of("a@b", recipients), ContentForm.DATA);
    int commands = 0;
    int accepted = 0;
    DeliveryEvent event = hear();
    while (event != DeliveryEvent.DONE) {
      List<String> replies = new ArrayList<>();
      for (String line : Octets.take(client.output()).split("\r\n")) {
        switch (line.split(" ", 2)[0]) {
          case "MAIL" -> {
            accepted = 0;
            replies.add("250 Ok");
          }
          case "RCPT" -> {
            commands++;
            accepted++;
            replies.add(accepted > most ? "452 Too many" : "250 Ok");
          }
          case "DATA" -> {
            replies.add("354 Go on");
            for (int i = 0; i < Math.min(most, accepted); i++) {
              replies.add("250 Stored");
            }
          }
          default -> throw new AssertionError(line);
        }
      }
      for (String reply : replies) {
        event = hear(reply);
      }
    }
    assertTrue(delivery.result().allAccepted());
    return commands;
  }
}
