package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replies, and what they mean for a recipient. */
class ReplyTest {

  @Test
  @DisplayName("E2 the class of the enhanced code is the first digit of the code")
  void classes() {
    for (int code : new int[] {250, 354, 450, 550}) {
      for (int statusClass : new int[] {2, 4, 5}) {
        String enhanced = statusClass + ".0.0";
        if (code / 100 == statusClass) {
          assertEquals(enhanced, Reply.of(code, enhanced, "x").enhanced().orElseThrow().toString());
        } else {
          assertThrows(
              IllegalArgumentException.class, () -> Reply.of(code, enhanced, "x"), code + enhanced);
        }
      }
    }
    for (int code : new int[] {0, 25, 199, 600, 2500, -250}) {
      assertThrows(IllegalArgumentException.class, () -> Reply.plain(code, "x"));
    }
  }

  @Property(tries = 300)
  @Label("H31 the text never holds a control character, and is never endless")
  void clean(@ForAll String text) {
    Reply reply = new Reply(250, Optional.empty(), List.of(text, "x".repeat(5_000) + text));
    assertTrue(reply.toString().chars().noneMatch(Character::isISOControl));
    assertEquals(Math.min(4_096, text.length()), reply.lines().get(0).length());
    assertEquals(4_096, reply.lines().get(1).length());
  }

  @Test
  void text() {
    assertEquals("550 5.1.1 no such user", Reply.of(550, "5.1.1", "no such user").toString());
    assertEquals("250 a b c", Reply.plain(250, "a", "b", "c").toString());
    assertEquals("250", Reply.plain(250).toString());
    assertEquals(List.of(""), Reply.plain(250).lines());
  }

  @ParameterizedTest
  @CsvSource({
    "250, FINAL, ACCEPTED",
    "299, FINAL, ACCEPTED",
    "354, FINAL, DEFERRED",
    "421, FINAL, DEFERRED",
    "499, FINAL, DEFERRED",
    "500, FINAL, REJECTED",
    "599, FINAL, REJECTED",
    "250, RCPT, DEFERRED",
    "250, DATA, DEFERRED",
    "452, RCPT, DEFERRED",
    "550, RCPT, REJECTED",
    "421, SESSION, DEFERRED",
    "554, MAIL, REJECTED",
    "250, CONTENT, DEFERRED"
  })
  @DisplayName(
      "S6, L5, L6, H54 the first digit decides, and only behind the content 2xx is a promise")
  void outcomes(int code, RecipientResult.Stage stage, RecipientResult.Outcome outcome) {
    ForwardPath recipient = ForwardPath.parse("a@b");
    Reply reply = Reply.plain(code, "what");
    RecipientResult result = RecipientResult.of(recipient, stage, reply);
    assertEquals(
        new RecipientResult(recipient, outcome, stage, Optional.of(reply), "what"), result);
  }

  @Test
  void deliveryResult() {
    ForwardPath recipient = ForwardPath.parse("a@b");
    RecipientResult accepted =
        RecipientResult.of(recipient, RecipientResult.Stage.FINAL, Reply.plain(250));
    RecipientResult unknown =
        RecipientResult.withoutReply(
            recipient, RecipientResult.Outcome.UNKNOWN, RecipientResult.Stage.FINAL, "lost");
    assertTrue(new DeliveryResult(List.of(accepted, accepted)).allAccepted());
    DeliveryResult mixed = new DeliveryResult(List.of(accepted, unknown));
    assertEquals(false, mixed.allAccepted());
    assertEquals(1, mixed.count(RecipientResult.Outcome.UNKNOWN));
    assertEquals(0, mixed.count(RecipientResult.Outcome.REJECTED));
  }

  @Test
  @DisplayName("L1, L2, L3, L4 the two protocols differ in the hello and in the final replies")
  void protocols() {
    assertEquals(Verb.LHLO, Protocol.LMTP.hello());
    assertEquals(Verb.EHLO, Protocol.SMTP.hello());
    for (Verb verb : Verb.values()) {
      boolean lmtpOnly = verb == Verb.LHLO;
      boolean smtpOnly = verb == Verb.EHLO || verb == Verb.HELO;
      assertEquals(!smtpOnly, Protocol.LMTP.has(verb), verb.name());
      assertEquals(!lmtpOnly, Protocol.SMTP.has(verb), verb.name());
    }
    assertEquals(List.of(0, 1, 3), List.of(lmtp(0), lmtp(1), lmtp(3)));
    assertEquals(1, Protocol.SMTP.finalReplies(3));
    assertEquals(503, Protocol.LMTP.noRecipients().code());
    assertEquals(554, Protocol.SMTP.noRecipients().code());
  }

  private static int lmtp(int accepted) {
    return Protocol.LMTP.finalReplies(accepted);
  }
}
