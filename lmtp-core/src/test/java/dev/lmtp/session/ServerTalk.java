package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A server session whose questions the test answers itself: {@link #until} polls up to an event and
 * agrees to every question before it.
 */
final class ServerTalk {

  static final Reply STORED = Reply.of(250, "2.1.5", "Stored");
  static final Reply FULL = Reply.of(452, "4.2.2", "Full");
  static final Reply GONE = Reply.of(550, "5.2.1", "Gone");
  static final Reply SHUTDOWN = Reply.of(421, "4.3.2", "Shutting down");

  final ServerSession session;
  final List<ServerEvent> events = new ArrayList<>();
  private ByteBuffer in = Octets.none();

  ServerTalk(Protocol protocol) {
    this(protocol, Limits.DEFAULT);
  }

  ServerTalk(Protocol protocol, Limits limits) {
    session = new ServerSession(ServerSettings.of(protocol, "server.example").withLimits(limits));
  }

  /** A session in a transaction with that many recipients; what it said is thrown away. */
  static ServerTalk withRecipients(Protocol protocol, int recipients) {
    return withRecipients(protocol, recipients, Limits.DEFAULT);
  }

  static ServerTalk withRecipients(Protocol protocol, int recipients, Limits limits) {
    ServerTalk talk = new ServerTalk(protocol, limits);
    talk.feed(protocol.hello() + " client.example\r\n");
    talk.transaction(recipients);
    return talk;
  }

  /** Opens a transaction. */
  void transaction(int recipients) {
    feed("MAIL FROM:<a@b>\r\n" + "RCPT TO:<c@d>\r\n".repeat(recipients));
    until(ServerEvent.NEED_INPUT);
    output();
  }

  ServerTalk feed(String octets) {
    in = Octets.of((in.hasRemaining() ? Octets.take(in) : "") + octets);
    return this;
  }

  ServerEvent poll() {
    ServerEvent event = session.poll(in);
    events.add(event);
    assertTrue(event != ServerEvent.NEED_INPUT || !in.hasRemaining(), "input left");
    return event;
  }

  /** Polls up to an event. */
  ServerTalk until(ServerEvent wanted) {
    while (true) {
      ServerEvent event = poll();
      if (event == wanted) {
        return this;
      }
      switch (event) {
        case CONNECTED, HELLO, MAIL, RCPT, CONTENT_START -> session.accept();
        case CONTENT, VIOLATION, ABORTED -> {}
        default -> throw new AssertionError(event + " instead of " + wanted + ", " + events);
      }
    }
  }

  /** What the session has to say. */
  String output() {
    return Octets.take(session.output());
  }

  /** The call is wrong, and the exception names it and the state. */
  void misuse(String call, Runnable wrong) {
    IllegalStateException thrown = assertThrows(IllegalStateException.class, wrong::run);
    assertTrue(thrown.getMessage().contains(call), thrown.getMessage());
    assertTrue(thrown.getMessage().contains(session.state().name()), thrown.getMessage());
  }

  void said(String... lines) {
    assertEquals(lines.length == 0 ? "" : String.join("\r\n", lines) + "\r\n", output());
  }
}
