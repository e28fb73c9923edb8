package dev.lmtp.session;

import static dev.lmtp.session.ServerTalk.FULL;
import static dev.lmtp.session.ServerTalk.GONE;
import static dev.lmtp.session.ServerTalk.SHUTDOWN;
import static dev.lmtp.session.ServerTalk.STORED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.Verb;
import dev.lmtp.codec.Violation;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The replies behind a content: who gets one, when and in which order. */
class ServerRepliesTest {

  private static final String LINE_STORED = "250 2.1.5 Stored";
  private static final String LINE_FULL = "452 4.2.2 Full";
  private static final String LINE_GONE = "550 5.2.1 Gone";

  /** A session that has received a content for that many recipients. */
  private static ServerTalk received(Protocol protocol, int recipients) {
    ServerTalk talk = ServerTalk.withRecipients(protocol, recipients);
    talk.feed("DATA\r\nhi\r\n.\r\n").until(ServerEvent.CONTENT_END);
    talk.output();
    return talk;
  }

  @Test
  @DisplayName("L4, L7 Reports in any order leave in RCPT order, each as early as that allows")
  void repliesLeaveInOrder() {
    ServerTalk talk = received(Protocol.LMTP, 4);
    talk.session.report(2, GONE);
    talk.said();
    talk.session.report(0, STORED);
    talk.said(LINE_STORED);
    talk.session.report(3, STORED);
    talk.said();
    talk.session.report(1, FULL);
    talk.said(LINE_FULL, LINE_GONE, LINE_STORED);
    assertEquals(ServerState.READY, talk.session.state());
    assertEquals(ServerEvent.NEED_INPUT, talk.poll());
  }

  @Test
  @DisplayName("L7 Every order of the reports of four recipients gives the same replies")
  void everyOrder() {
    permute(List.of(), List.of(0, 1, 2, 3));
  }

  private static void permute(List<Integer> taken, List<Integer> left) {
    for (Integer next : left) {
      permute(
          Stream.concat(taken.stream(), Stream.of(next)).toList(),
          left.stream().filter(each -> !each.equals(next)).toList());
    }
    if (left.isEmpty()) {
      ServerTalk talk = received(Protocol.LMTP, 4);
      for (int recipient : taken) {
        talk.session.report(recipient, List.of(STORED, FULL, STORED, GONE).get(recipient));
      }
      talk.said(LINE_STORED, LINE_FULL, LINE_STORED, LINE_GONE);
    }
  }

  @Test
  @DisplayName("L4 A reply of several lines is one reply")
  void replyOfSeveralLines() {
    ServerTalk talk = received(Protocol.LMTP, 2);
    talk.session.report(1, STORED);
    talk.session.report(0, new Reply(550, Optional.empty(), List.of("One", "Two")));
    talk.said("550-One", "550 Two", LINE_STORED);
  }

  @Test
  @DisplayName("RFC 5321 In SMTP one reply: the first 4xx, else the first 5xx, else 2xx")
  void oneReplyInSmtp() {
    ServerTalk talk = received(Protocol.SMTP, 3);
    talk.session.report(2, FULL);
    talk.session.report(1, GONE);
    talk.said();
    talk.session.report(0, STORED);
    talk.said(LINE_FULL);

    ServerTalk refused = received(Protocol.SMTP, 2);
    refused.session.report(0, STORED);
    refused.session.report(1, GONE);
    refused.said(LINE_GONE);
  }

  @Test
  @DisplayName("Misuse: a recipient answered twice, none of that index, no final reply")
  void wrongReports() {
    ServerTalk talk = received(Protocol.LMTP, 3);
    talk.session.report(0, STORED);
    talk.session.report(2, STORED);
    assertThrows(IllegalStateException.class, () -> talk.session.report(0, STORED));
    assertThrows(IllegalStateException.class, () -> talk.session.report(2, FULL));
    assertThrows(IllegalArgumentException.class, () -> talk.session.report(3, STORED));
    assertThrows(IllegalArgumentException.class, () -> talk.session.report(-1, STORED));
    assertThrows(
        IllegalArgumentException.class, () -> talk.session.report(1, Reply.plain(354, "Go on")));
    talk.misuse("poll", talk::poll);
    talk.misuse("refuse", () -> talk.session.refuse(GONE));
    talk.session.report(1, GONE);
    talk.said(LINE_STORED, LINE_GONE, LINE_STORED);
    talk.misuse("report", () -> talk.session.report(1, STORED));
  }

  @Test
  @DisplayName("L6 No 2xx before the content is whole; a refusal may come before")
  void noPromiseBeforeTheEnd() {
    for (String start : List.of("DATA\r\nhi\r\n", "BDAT 9\r\nhi", "BDAT 2\r\nhi")) {
      ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 2);
      talk.misuse("report", () -> talk.session.report(0, GONE));
      talk.feed(start).until(ServerEvent.CONTENT_START);
      talk.misuse("report", () -> talk.session.report(0, GONE));
      talk.session.accept();
      talk.until(ServerEvent.NEED_INPUT).output();
      assertThrows(IllegalStateException.class, () -> talk.session.report(0, STORED));
      talk.session.report(0, GONE);
      talk.said();
      boolean chunks = start.startsWith("BDAT");
      boolean within = start.startsWith("BDAT 9");
      talk.feed(chunks ? (within ? "1234567" : "") + "BDAT 0 LAST\r\n" : ".\r\n");
      talk.until(ServerEvent.CONTENT_END);
      talk.session.report(1, STORED);
      String between = within ? "250 2.0.0 9 octets so far\r\n" : "";
      assertEquals(between + LINE_GONE + "\r\n" + LINE_STORED + "\r\n", talk.output());
    }
  }

  @Test
  @DisplayName("Everyone refused before the end: the end is told, and nothing is left to report")
  void everyoneRefusedBefore() {
    ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 2);
    talk.feed("DATA\r\nhi\r\n").until(ServerEvent.NEED_INPUT).output();
    talk.session.report(1, FULL);
    talk.session.report(0, GONE);
    talk.said();
    talk.feed(".\r\nNOOP\r\n").until(ServerEvent.CONTENT_END);
    assertEquals(4, talk.session.contentOctets());
    assertEquals(2, talk.session.recipients().size());
    talk.said(LINE_GONE, LINE_FULL);
    talk.until(ServerEvent.NEED_INPUT).said("250 2.0.0 Ok");
  }

  @Test
  @DisplayName("H24 A content refused halfway is read to its end; who was answered keeps his reply")
  void refusedHalfway() {
    ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 3);
    talk.feed("DATA\r\nsome\r\n").until(ServerEvent.CONTENT);
    talk.session.report(1, FULL);
    talk.session.refuse(GONE);
    talk.misuse("report", () -> talk.session.report(0, FULL));
    talk.misuse("refuse", () -> talk.session.refuse(GONE));
    talk.events.clear();
    talk.feed("RSET\r\n..\r\n").until(ServerEvent.NEED_INPUT).feed(".\r\nNOOP\r\n");
    talk.until(ServerEvent.NEED_INPUT);
    assertEquals(List.of(ServerEvent.NEED_INPUT, ServerEvent.NEED_INPUT), talk.events);
    talk.said(
        "354 End data with <CR><LF>.<CR><LF>", LINE_GONE, LINE_FULL, LINE_GONE, "250 2.0.0 Ok");
  }

  @Test
  @DisplayName("H24, E5 A content refused within or between chunks: every further chunk is too")
  void refusedBetweenChunks() {
    for (boolean between : new boolean[] {true, false}) {
      ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 2);
      talk.feed("BDAT 6\r\nfir");
      talk.until(ServerEvent.CONTENT);
      if (between) {
        talk.feed("st\n").until(ServerEvent.NEED_INPUT);
        assertEquals(ServerState.CHUNKS, talk.session.state());
        talk.said("250 2.0.0 6 octets so far");
      }
      talk.session.refuse(GONE);
      talk.feed(between ? "" : "st\n").until(ServerEvent.NEED_INPUT);
      talk.feed("BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nRSET\r\n").until(ServerEvent.NEED_INPUT);
      String[] twice = {LINE_GONE, LINE_GONE, LINE_GONE};
      String[] thrice = {LINE_GONE, LINE_GONE, LINE_GONE, LINE_GONE};
      talk.said(between ? twice : thrice);
      assertEquals(ServerState.READY, talk.session.state());
    }
  }

  @Test
  @DisplayName("S11 A 421 refuses any question, or a content halfway, and ends the session")
  void refusedBy421() {
    String dialogue = "LHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n%s\r\nhi\r\n.\r\nNOOP\r\n";
    for (String start : List.of("DATA", "BDAT 4 LAST")) {
      for (ServerEvent moment :
          List.of(
              ServerEvent.CONNECTED,
              ServerEvent.HELLO,
              ServerEvent.MAIL,
              ServerEvent.RCPT,
              ServerEvent.CONTENT_START,
              ServerEvent.CONTENT)) {
        ServerTalk talk = new ServerTalk(Protocol.LMTP);
        talk.feed(dialogue.formatted(start)).until(moment);
        talk.output();
        talk.session.refuse(SHUTDOWN);
        talk.said("421 4.3.2 Shutting down");
        assertEquals(ServerState.CLOSED, talk.session.state());
        boolean open = moment.compareTo(ServerEvent.RCPT) >= 0;
        if (open) {
          assertEquals(ServerEvent.ABORTED, talk.poll());
          assertEquals(AbortCause.CLOSED, talk.session.abortCause());
        }
        assertEquals(ServerEvent.CLOSED, talk.poll());
        talk.said();
      }
    }
  }

  @Test
  @DisplayName("H24 Refused content in DATA is read up to a bound, then 421")
  void refusedContentWithoutEnd() {
    ServerTalk talk =
        ServerTalk.withRecipients(Protocol.LMTP, 1, Limits.DEFAULT.withDiscardedContent(100));
    talk.feed("DATA\r\nx\r\n").until(ServerEvent.CONTENT);
    talk.output();
    talk.session.refuse(GONE);
    talk.feed("0123456789".repeat(10)).until(ServerEvent.NEED_INPUT).said();
    talk.feed("x").until(ServerEvent.VIOLATION);
    assertEquals(Violation.ENDLESS_CONTENT, talk.session.violation());
    talk.said("421 4.3.0 Too much refused content");
    assertEquals(ServerEvent.CLOSED, talk.poll());
  }

  @Test
  @DisplayName("H27 The application hears of a violation in the content at once, the peer later")
  void violationInContent() {
    ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 2);
    talk.feed("DATA\r\nbad\nline\r\n").until(ServerEvent.ABORTED);
    assertEquals(AbortCause.VIOLATION, talk.session.abortCause());
    assertEquals(Violation.BARE_LINE_END, talk.session.violation());
    talk.misuse("report", () -> talk.session.report(0, FULL));
    talk.until(ServerEvent.NEED_INPUT).said("354 End data with <CR><LF>.<CR><LF>");
    talk.feed(".\r\n").until(ServerEvent.NEED_INPUT);
    talk.said("550 5.6.11 Bare CR or LF in content", "550 5.6.11 Bare CR or LF in content");
  }

  @Test
  @DisplayName("S2 a hello that is refused leaves the one before it")
  void refusedHello() {
    ServerTalk talk = new ServerTalk(Protocol.SMTP);
    talk.feed("HELO one\r\n").until(ServerEvent.NEED_INPUT);
    talk.feed("EHLO two\r\n").until(ServerEvent.HELLO);
    assertEquals("two", talk.session.helloName());
    assertEquals(Verb.EHLO, talk.session.helloVerb());
    talk.session.refuse(GONE);
    assertEquals("one", talk.session.helloName());
    assertEquals(Verb.HELO, talk.session.helloVerb());
  }

  @Test
  @DisplayName("Misuse: each call without its question, or with a reply that does not fit")
  void wrongAnswers() {
    ServerTalk talk = new ServerTalk(Protocol.LMTP);
    talk.misuse("accept", talk.session::accept);
    talk.misuse("refuse", () -> talk.session.refuse(GONE));
    talk.misuse("report", () -> talk.session.report(0, GONE));
    talk.misuse("recipient", talk.session::recipient);
    talk.misuse("content", talk.session::content);
    talk.misuse("violation", talk.session::violation);
    talk.misuse("abortCause", talk.session::abortCause);
    talk.until(ServerEvent.CONNECTED);
    talk.misuse("poll", talk::poll);
    assertThrows(IllegalArgumentException.class, () -> talk.session.refuse(STORED));
    assertThrows(IllegalArgumentException.class, () -> talk.session.accept(GONE));
    talk.session.accept(Reply.plain(220, "Good day"));
    talk.misuse("accept", talk.session::accept);
    talk.feed("LHLO x\r\n").until(ServerEvent.HELLO);
    assertThrows(IllegalArgumentException.class, () -> talk.session.accept(Reply.plain(354, "x")));
    talk.session.accept();
    talk.output();
    talk.transaction(1);
    talk.feed("DATA\r\n").until(ServerEvent.CONTENT_START);
    assertThrows(IllegalArgumentException.class, () -> talk.session.accept(STORED));
    talk.misuse("poll", talk::poll);
    talk.session.accept();
    talk.misuse("accept", talk.session::accept);
    assertTrue(talk.output().startsWith("354 "));
  }

  @Test
  @DisplayName("S9 At least 100 recipients; one beyond the limit gets 452, and the others stay")
  void tooManyRecipients() {
    ServerTalk talk =
        ServerTalk.withRecipients(Protocol.LMTP, 99, Limits.DEFAULT.withRecipients(100));
    talk.feed("RCPT TO:<x@y>\r\nRCPT TO:<x@y>\r\nDATA\r\n.\r\n").until(ServerEvent.CONTENT_END);
    talk.said(
        "250 2.1.5 Ok", "452 4.5.3 Too many recipients", "354 End data with <CR><LF>.<CR><LF>");
    assertEquals(100, talk.session.recipients().size());
    for (int i = 99; i >= 0; i--) {
      talk.session.report(i, STORED);
    }
    assertEquals((LINE_STORED + "\r\n").repeat(100), talk.output());
  }

  @Test
  @DisplayName(
      "E3 Content of exactly the limit is taken, one octet more is not; by chunks likewise")
  void exactlyTheLimit() {
    Limits limits = Limits.DEFAULT.withMessage(65_536);
    for (int over : new int[] {0, 1}) {
      String octets = "x".repeat(65_534 + over) + "\r\n";
      for (String content :
          List.of(
              "DATA\r\n" + octets + ".\r\n",
              "BDAT " + octets.length() + " LAST\r\n" + octets,
              "BDAT 9\r\n123456789BDAT %d LAST\r\n".formatted(octets.length() - 9)
                  + octets.substring(9))) {
        ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 1, limits);
        talk.feed(content);
        if (over == 0) {
          talk.until(ServerEvent.CONTENT_END);
          assertEquals(65_536, talk.session.contentOctets());
        } else {
          talk.until(ServerEvent.NEED_INPUT);
          assertEquals(AbortCause.VIOLATION, talk.session.abortCause());
          assertEquals(Violation.MESSAGE_TOO_BIG, talk.session.violation());
          assertTrue(talk.output().endsWith("552 5.3.4 Message too big\r\n"));
        }
      }
    }
  }
}
