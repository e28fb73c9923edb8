package dev.lmtp.session;

import static dev.lmtp.session.ServerTalk.SHUTDOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.testing.ServerPlayer;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Buffers, bounds, and the end of a session at any moment. */
class ServerContractTest {

  private static final Limits NO_BUDGET =
      Limits.DEFAULT.withErrors(Integer.MAX_VALUE, Integer.MAX_VALUE);

  /** Moments of a session: what is fed, and the event the test stops at. */
  private record Moment(String octets, ServerEvent event, AbortCause cause) {}

  private static final String HELLO = "LHLO x\r\n";
  private static final String MAIL = HELLO + "MAIL FROM:<a@b>\r\n";
  private static final String RCPT = MAIL + "RCPT TO:<c@d>\r\n";

  private static final List<Moment> MOMENTS =
      List.of(
          new Moment("", ServerEvent.CONNECTED, null),
          new Moment("", ServerEvent.NEED_INPUT, null),
          new Moment(HELLO, ServerEvent.HELLO, null),
          new Moment(HELLO, ServerEvent.NEED_INPUT, null),
          new Moment(MAIL, ServerEvent.MAIL, null),
          new Moment(MAIL, ServerEvent.NEED_INPUT, AbortCause.CLOSED),
          new Moment(RCPT, ServerEvent.RCPT, AbortCause.CLOSED),
          new Moment(RCPT, ServerEvent.NEED_INPUT, AbortCause.CLOSED),
          new Moment(RCPT + "DATA\r\n", ServerEvent.CONTENT_START, AbortCause.CLOSED),
          new Moment(RCPT + "DATA\r\n", ServerEvent.NEED_INPUT, AbortCause.CLOSED),
          new Moment(RCPT + "DATA\r\nhi", ServerEvent.CONTENT, AbortCause.CLOSED),
          new Moment(RCPT + "DATA\r\n.\r\n", ServerEvent.CONTENT_END, null),
          new Moment(RCPT + "BDAT 9\r\n", ServerEvent.CONTENT_START, AbortCause.CLOSED),
          new Moment(RCPT + "BDAT 9\r\nhi", ServerEvent.CONTENT, AbortCause.CLOSED),
          new Moment(RCPT + "BDAT 2\r\nhi", ServerEvent.NEED_INPUT, AbortCause.CLOSED),
          new Moment(RCPT + "BDAT 2 LAST\r\nhi", ServerEvent.CONTENT_END, null),
          new Moment(MAIL + "BDAT 9\r\nhi", ServerEvent.NEED_INPUT, AbortCause.VIOLATION),
          new Moment(RCPT + "RSET\r\n", ServerEvent.ABORTED, null),
          new Moment("FROB\r\n", ServerEvent.VIOLATION, null),
          new Moment("QUIT\r\n", ServerEvent.CLOSED, null));

  @Test
  @DisplayName("S11 close at every moment: one reply, an open transaction is aborted, then the end")
  void closeAtEveryMoment() {
    for (Moment moment : MOMENTS) {
      ServerTalk talk = new ServerTalk(Protocol.LMTP);
      talk.feed(moment.octets()).until(moment.event()).output();
      boolean over = moment.event() == ServerEvent.CLOSED;
      talk.session.close(SHUTDOWN);
      talk.session.close(SHUTDOWN);
      assertEquals(over ? "" : "421 4.3.2 Shutting down\r\n", talk.output(), moment.toString());
      ends(talk, moment, AbortCause.CLOSED);
    }
  }

  private static void ends(ServerTalk talk, Moment moment, AbortCause closing) {
    talk.events.clear();
    boolean aborts = moment.cause() == AbortCause.CLOSED;
    talk.until(ServerEvent.CLOSED);
    assertEquals(
        aborts ? List.of(ServerEvent.ABORTED, ServerEvent.CLOSED) : List.of(ServerEvent.CLOSED),
        talk.events,
        moment.toString());
    if (aborts) {
      assertEquals(closing, talk.session.abortCause());
    }
    assertEquals(ServerState.CLOSED, talk.session.state());
    talk.feed("NOOP\r\n");
    assertEquals(ServerEvent.CLOSED, talk.poll());
    talk.said();
    talk.misuse("accept", talk.session::accept);
    talk.misuse("report", () -> talk.session.report(0, SHUTDOWN));
  }

  @Test
  @DisplayName("S12 endInput at every moment: what was fed is read, then an abort, never a message")
  void endInputAtEveryMoment() {
    for (Moment moment : MOMENTS) {
      ServerTalk talk = new ServerTalk(Protocol.LMTP);
      talk.feed(moment.octets()).until(moment.event());
      talk.session.endInput();
      switch (moment.event()) {
        case CONNECTED, HELLO, MAIL, RCPT, CONTENT_START -> talk.session.accept();
        case CONTENT_END -> talk.session.report(0, ServerTalk.STORED);
        default -> {}
      }
      boolean opens = moment.cause() == AbortCause.CLOSED || moment.event() == ServerEvent.MAIL;
      Moment after = new Moment("", moment.event(), opens ? AbortCause.CLOSED : null);
      talk.output();
      ends(talk, after, AbortCause.END_OF_INPUT);
    }
  }

  @Test
  @DisplayName("H22 A million pipelined NOOPs: output stays below its mark and one reply")
  void manyNoops() {
    ServerTalk talk = new ServerTalk(Protocol.LMTP, NO_BUDGET);
    talk.until(ServerEvent.NEED_INPUT).output();
    flood(talk.session, "NOOP\r\n");
  }

  @Test
  @DisplayName("H22 A million refused chunks of nothing or of one octet: bounded, each answered")
  void manyChunks() {
    for (String command : List.of("BDAT 0\r\n", "BDAT 1\r\nx")) {
      ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 1, NO_BUDGET);
      talk.feed("BDAT 0\r\n").until(ServerEvent.CONTENT_START);
      talk.session.refuse(ServerTalk.FULL);
      talk.until(ServerEvent.NEED_INPUT).output();
      flood(talk.session, command);
    }
  }

  /** Feeds a million commands in buffers of 64 KiB; each has a reply, and few of them wait. */
  private static void flood(ServerSession session, String command) {
    ByteBuffer in = Octets.of(command.repeat(65_536 / command.length()));
    int commands = 0;
    int most = 0;
    long replies = 0;
    while (commands < 1_000_000) {
      in.rewind();
      commands += in.capacity() / command.length();
      ServerEvent event;
      do {
        event = session.poll(in);
        ByteBuffer out = session.output();
        most = Math.max(most, out.remaining());
        while (out.hasRemaining()) {
          replies += out.get() == '\n' ? 1 : 0;
        }
      } while (event == ServerEvent.FLUSH);
      assertEquals(ServerEvent.NEED_INPUT, event);
      assertFalse(in.hasRemaining());
    }
    assertEquals(commands, replies);
    assertTrue(most > 8_192 && most < 8_192 + 64, "most output: " + most);
  }

  @Test
  @DisplayName("H22 A peer that does not read is not read from: FLUSH until the output is taken")
  void flushUntilTaken() {
    ServerTalk talk = new ServerTalk(Protocol.LMTP, NO_BUDGET);
    talk.feed("NOOP\r\n".repeat(2_000)).until(ServerEvent.FLUSH);
    int waiting = talk.session.output().remaining();
    for (int i = 0; i < 3; i++) {
      assertEquals(ServerEvent.FLUSH, talk.poll());
      assertEquals(waiting, talk.session.output().remaining());
    }
    ByteBuffer lent = talk.session.output();
    lent.position(lent.position() + 100);
    assertEquals(waiting - 100, talk.session.output().remaining());
    long replies = 0;
    ServerEvent event;
    do {
      replies += talk.output().lines().count();
      event = talk.poll();
    } while (event == ServerEvent.FLUSH);
    assertEquals(ServerEvent.NEED_INPUT, event);
    // The taken octets were the greeting and some of the first replies.
    assertTrue(replies + talk.output().lines().count() > 1_990);
  }

  @Test
  @DisplayName("Between transactions the session holds no reference to the input")
  void keepsNoInput() {
    for (String content :
        List.of("BDAT 2 LAST\r\nhi", "BDAT 2\r\nhiRSET\r\n", "DATA\r\nhi\r\n.\r\n")) {
      ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 1);
      WeakReference<byte[]> input = message(talk, content);
      for (int i = 0; i < 50 && input.get() != null; i++) {
        System.gc();
      }
      assertNull(input.get(), content);
      assertEquals(ServerState.READY, talk.session.state());
    }
  }

  private static WeakReference<byte[]> message(ServerTalk talk, String content) {
    byte[] octets = content.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer in = ByteBuffer.wrap(octets);
    ServerEvent event = talk.session.poll(in);
    while (event != ServerEvent.NEED_INPUT) {
      if (event == ServerEvent.CONTENT_START) {
        talk.session.accept();
      } else if (event == ServerEvent.CONTENT_END) {
        talk.session.report(0, ServerTalk.STORED);
      }
      event = talk.session.poll(in);
    }
    return new WeakReference<>(octets);
  }

  @Test
  @DisplayName("S10 Patience is that of the phase")
  void patience() {
    ServerSettings settings =
        ServerSettings.of(Protocol.LMTP, "server.example")
            .withPatience(Duration.ofSeconds(7), Duration.ofSeconds(3));
    ServerPlayer server = ServerPlayer.of(settings);
    server.say("LHLO x", "MAIL FROM:<a@b>", "RCPT TO:<c@d>");
    assertEquals(7, server.session().patience().toSeconds());
    server.say("BDAT 2");
    assertEquals(3, server.session().patience().toSeconds());
    server.send("hi");
    assertEquals(7, server.session().patience().toSeconds());
    server.say("RSET", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA");
    assertEquals(3, server.session().patience().toSeconds());
  }
}
