package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.PostfixInstance;
import dev.lmtp.testing.peer.PostfixLog;
import dev.lmtp.testing.peer.PostfixLog.Attempt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A real Postfix hands mail to our server program, by each of its routes and over each kind of
 * address. Of four recipients two are stored, one is unknown and one over quota; Postfix has to
 * understand each of these answers, and the stored content has to be the bytes that went in.
 */
class PostfixInteropIT {
  private static final String DOMAIN = "example.org";
  private static final String SENDER = "interop-sender@" + DOMAIN;
  private static final String ANN = "interop-ann@" + DOMAIN;
  private static final String BEN = "interop-ben@" + DOMAIN;
  private static final String NOBODY = "interop-nobody@" + DOMAIN;
  private static final String FULL = "interop-full@" + DOMAIN;

  private static final long QUOTA = 1_000_000;

  private static final Pattern POSTFIX_RECEIVED =
      Pattern.compile(
          "\\AReceived: by mail\\.example\\.org \\(Postfix, from userid \\d+\\)\\R\tid \\w+; .+\\R");

  @TempDir Path home;

  static Stream<Arguments> routes() {
    return Stream.of(PostfixRoute.values())
        .flatMap(
            route -> Stream.of(Endpoint.values()).map(endpoint -> Arguments.of(route, endpoint)));
  }

  @ParameterizedTest(name = "{0} over {1}")
  @MethodSource("routes")
  @DisplayName("L4 S7 E1 E2 E4: two stored byte for byte, one bounced, one deferred")
  void eachRecipientHasItsFate(PostfixRoute route, Endpoint endpoint) throws Exception {
    Maildirs maildirs = Maildirs.under(home.resolve("mail"));
    maildirs.add(ANN);
    maildirs.add(BEN);
    maildirs.add(SENDER);
    maildirs.addFilled(FULL, QUOTA + 1);
    String message = AwkwardMessage.from(SENDER);

    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        ServerProgram server =
            ServerProgram.start(
                home,
                List.of(endpoint.listen(postfix.socketDirectory().resolve("socket"))),
                "--maildir",
                maildirs.template(),
                "--quota",
                Long.toString(QUOTA))) {
      String nextHop = endpoint.nextHop(postfix.queue(), server.address(0));
      postfix.start(route.parameters(DOMAIN, nextHop), endpoint.service());
      postfix.submit(SENDER, List.of(ANN, NOBODY, FULL, BEN), AwkwardMessage.bytes(message));

      PostfixLog log = postfix.log();
      assertSent(log.awaitAttempt(ANN));
      assertSent(log.awaitAttempt(BEN));
      assertRefused(log.awaitAttempt(NOBODY), "bounced", "5.1.1", "550 5.1.1 ");
      assertRefused(log.awaitAttempt(FULL), "deferred", "4.2.2", "452 4.2.2 ");
      // The bounce comes back by the same way, for its sender is at home here.
      assertSent(log.awaitAttempt(SENDER));
      assertEquals(List.of(), log.complaints(), log::text);
    }

    assertStored(maildirs, ANN, message);
    assertStored(maildirs, BEN, message);
    assertBounce(onlyMessage(maildirs, SENDER));
    assertEquals(List.of(), maildirs.newMessages(FULL));
    assertFalse(maildirs.exists(NOBODY));
    for (String recipient : List.of(ANN, BEN, SENDER, FULL)) {
      assertEquals(List.of(), maildirs.unfinished(recipient));
    }
  }

  private static void assertSent(Attempt attempt) {
    assertEquals("sent", attempt.status(), attempt::toString);
    assertTrue(attempt.dsn().startsWith("2."), attempt::toString);
    assertTrue(attempt.text().startsWith("250 " + attempt.dsn()), attempt::toString);
  }

  private static void assertRefused(Attempt attempt, String status, String dsn, String reply) {
    assertEquals(status, attempt.status(), attempt::toString);
    assertEquals(dsn, attempt.dsn(), attempt::toString);
    assertTrue(attempt.text().contains(" said: " + reply), attempt::toString);
  }

  /** The content is what went in: below Postfix's own Received field, and with a last line end. */
  private static void assertStored(Maildirs maildirs, String recipient, String message)
      throws IOException {
    StoredMessage stored = onlyMessage(maildirs, recipient);
    assertEquals("Return-Path: <" + SENDER + ">\n", stored.returnPath());
    assertEquals("Delivered-To: " + recipient + "\n", stored.deliveredTo());
    assertTrue(stored.received().startsWith("Received: from mail.example.org"), stored::received);
    assertTrue(stored.received().contains(" with LMTP"), stored::received);
    String content = stored.content();
    assertTrue(POSTFIX_RECEIVED.matcher(content).find(), content.substring(0, 200));
    assertEquals(message + "\n", POSTFIX_RECEIVED.matcher(content).replaceFirst(""));
  }

  private static void assertBounce(StoredMessage bounce) {
    assertEquals("Return-Path: <>\n", bounce.returnPath());
    assertTrue(bounce.content().contains("Final-Recipient: rfc822; " + NOBODY), bounce::content);
    assertTrue(bounce.content().contains("Status: 5.1.1"), bounce::content);
  }

  private static StoredMessage onlyMessage(Maildirs maildirs, String recipient) throws IOException {
    List<StoredMessage> messages = maildirs.newMessages(recipient);
    assertEquals(1, messages.size(), () -> "messages for " + recipient);
    return messages.get(0);
  }
}
