package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.session.ServerEvent;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("H70 S10 A peer that drips has no more time than one that is silent")
class PaceTest {

  private static final int RATE = 100;

  private final ServerSettings settings =
      ServerSettings.of(Protocol.LMTP, "there")
          .withPatience(Duration.ofMinutes(5), Duration.ofMinutes(3));
  private final ServerSession session = new ServerSession(settings);
  private long seconds;
  private final Pace pace =
      new Pace(settings, Duration.ofHours(1), RATE, () -> seconds * 1_000_000_000L);

  private void hear(String octets) {
    ByteBuffer in = ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1));
    ServerEvent event = session.poll(in);
    while (event != ServerEvent.NEED_INPUT) {
      switch (event) {
        case CONNECTED, HELLO, MAIL, RCPT, CONTENT_START -> session.accept();
        case CONTENT_END -> {
          seconds += 1_000;
          session.report(0, DeliveryAgent.RECIPIENT_OK);
        }
        default -> {}
      }
      event = session.poll(in);
    }
  }

  private long left() {
    return pace.allowance(session).toSeconds();
  }

  /** The peer is waited for, and says that. */
  private void drip(long wait, String octets) {
    pace.allowance(session);
    seconds += wait;
    pace.waited(wait * 1_000_000_000L, octets.length());
    hear(octets);
  }

  @Test
  @DisplayName("a command has its patience as a whole; each whole one starts anew")
  void command() {
    hear("");
    assertEquals(300, left());
    drip(100, "LH");
    drip(100, "LO");
    assertEquals(100, left());
    assertEquals("sent no command for PT5M", pace.rule());
    drip(100, " here");
    assertTrue(left() <= 0);
    hear("\r\n");
    assertEquals(300, left());
  }

  @Test
  @DisplayName("content has its patience for each wait, and must keep the least rate behind it")
  void content() {
    hear("LHLO here\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n");
    assertEquals(180, left());
    drip(100, "x".repeat(50 * RATE));
    assertEquals(130, left(), "180 seconds, 50 earned, 100 spent");
    assertEquals("sent less than 100 octets a second", pace.rule());
    drip(100, "x".repeat(500 * RATE));
    assertEquals(180, left(), "fast enough: silence alone counts");
    assertEquals("sent no content for PT3M", pace.rule());
    for (int i = 0; i < 5; i++) {
      drip(150, "x");
    }
    assertTrue(left() <= 0);
  }

  @Test
  @DisplayName("an agent's time is not the peer's")
  void agent() {
    hear("LHLO here\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n");
    assertEquals(180, left());
    seconds += 1_000;
    assertEquals(180, left(), "the agent was slow to read");
    hear("\r\n.\r\nNO");
    assertEquals(300, left(), "and slow to deliver");
  }

  @Test
  @DisplayName("a transaction ends, whatever comes in it")
  void transaction() {
    hear("LHLO here\r\nMAIL FROM:<>\r\n");
    for (int i = 0; i < 35; i++) {
      drip(100, "NOOP\r\n");
    }
    assertEquals(100, left());
    assertEquals("took longer than PT1H for a transaction", pace.rule());
    hear("RSET\r\nMAIL FROM:<>\r\n");
    assertEquals(100, left(), "seen as one: the peer was not waited for between them");
    drip(1, "RSET\r\n");
    drip(1, "MAIL FROM:<>\r\n");
    assertEquals(300, left());
  }

  @Test
  @DisplayName("patience without end is no overflow")
  void forever() {
    Duration forever = Duration.ofSeconds(Long.MAX_VALUE);
    Pace endless =
        new Pace(settings.withPatience(forever, forever), forever, 1, () -> Long.MAX_VALUE);
    assertTrue(endless.allowance(session).toDays() > 365);
    hear("LHLO here\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n");
    endless.waited(Long.MAX_VALUE / 8, Integer.MAX_VALUE);
    assertTrue(endless.allowance(session).toDays() > 365);
  }
}
