package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.testing.ServerPlayer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("H15 H22 A peer that brings nothing is told so and closed")
class CommandBudgetTest {

  private static final int MOST = 20;

  private final ServerPlayer server =
      ServerPlayer.of(
          ServerSettings.of(Protocol.SMTP, "server.example")
              .withLimits(Limits.DEFAULT.withErrors(MOST, MOST).withRecipients(100)));

  private String begun() {
    server.send("");
    return server.say("HELO client.example");
  }

  private static int count(String said, String line) {
    return said.split(line, -1).length - 1;
  }

  @ParameterizedTest
  @ValueSource(strings = {"FROB", "MAIL FROM:<", "MAIL FROM:<a@b> FROB=1", "QUIT now", "LHLO x"})
  @DisplayName("errors: the limit is answered one by one, the next ends the session")
  void errors(String line) {
    begun();
    String said = server.say(line);
    for (int i = 1; i < MOST; i++) {
      said = server.say(line);
      assertFalse(said.contains("421"), said);
    }
    said = server.say(line);
    assertTrue(said.endsWith("421 4.7.0 Too many errors, closing\r\n"), said);
    assertEquals(2, count(said, "\r\n"), said);
    assertEquals("", server.say("NOOP"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"NOOP", "RSET", "VRFY x", "EXPN x", "HELP", "EHLO x", "HELO x"})
  @DisplayName("commands without mail: likewise, pipelined in one write as well")
  void idle(String line) {
    begun();
    // The hello was the first.
    String said = server.say((line + "\r\n").repeat(MOST + 500) + line);
    assertTrue(said.endsWith("421 4.7.0 Too many commands without mail\r\n"), said);
    int answered = line.startsWith("EHLO") ? count(said, "250 CHUNKING") : count(said, "\r\n") - 1;
    assertEquals(MOST, answered);
    assertEquals(ServerState.CLOSED, server.session().state());
  }

  @Test
  @DisplayName("empty chunks count as commands without mail, octets do not")
  void emptyChunks() {
    begun();
    server.say("MAIL FROM:<a@b>", "RCPT TO:<c@d>");
    for (int i = 0; i < 3 * MOST; i++) {
      assertTrue(server.send("BDAT 1\r\nx").startsWith("250"));
    }
    String said = server.say("BDAT 0\r\n".repeat(2 * MOST) + "NOOP");
    assertTrue(said.endsWith("421 4.7.0 Too many commands without mail\r\n"), said);
  }

  @Test
  @DisplayName("a whole message renews both budgets")
  void renewed() {
    begun();
    for (int message = 0; message < 5; message++) {
      server.say("NOOP\r\n".repeat(MOST - 2) + "FROB\r\n".repeat(MOST - 1) + "FROB");
      String said = server.say("MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA", "hi", ".");
      assertTrue(said.endsWith("250 2.1.5 Stored\r\n"), said);
    }
    assertEquals(ServerState.READY, server.session().state());
  }

  @Test
  @DisplayName("E1 recipients pipelined behind a refused MAIL, or beyond the limit, are no fault")
  void following() {
    begun();
    String refused =
        server.say("MAIL FROM:<banned@b>\r\n" + "RCPT TO:<c@d>\r\n".repeat(900) + "DATA");
    assertEquals(901, count(refused, "503 5.5.1"), refused);
    String many = server.say("MAIL FROM:<a@b>\r\n" + "RCPT TO:<c@d>\r\n".repeat(150) + "NOOP");
    assertEquals(50, count(many, "452 4.5.3"), many);
    String endless = server.say("RCPT TO:<c@d>\r\n".repeat(1_000) + "NOOP");
    assertTrue(endless.endsWith("421 4.7.0 Too many errors, closing\r\n"), endless);
  }
}
