package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Reply;
import dev.lmtp.testing.LocalPartAgent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A server session under any input, with an application that never looks at how the octets are cut.
 * It holds the session to its bounds: events for each octet of input, output that waits, output in
 * all.
 */
final class FuzzedServer {

  /** What waits for a peer that does not read: the mark, and the replies of one event. */
  private static final int MOST_WAITING = 8_192;

  /** A hello of eight octets has the longest reply. */
  private static final int OUTPUT_FOR_AN_OCTET = 60;

  final ServerSession session;
  final List<String> told = new ArrayList<>();
  int accepted;

  /** The content of the message that ended with the octets heard last. */
  Optional<String> message = Optional.empty();

  private final StringBuilder content = new StringBuilder();
  private final StringBuilder said = new StringBuilder();
  private long input;
  private long output;
  private long events;

  FuzzedServer(ServerSettings settings) {
    session = new ServerSession(settings);
    hear(Octets.none());
  }

  /** Feeds octets; what the server says to them. */
  String hear(ByteBuffer in) {
    input += in.remaining();
    said.setLength(0);
    message = Optional.empty();
    int position = in.position();
    while (true) {
      ServerEvent event = session.poll(in);
      assertTrue(in.position() >= position, "input is given back");
      position = in.position();
      events++;
      int replies = 100 * (accepted + 10);
      assertTrue(session.output().remaining() <= MOST_WAITING + replies, "much output waits");
      switch (event) {
        case FLUSH -> takeOutput();
        case NEED_INPUT, CLOSED -> {
          takeOutput();
          assertTrue(event == ServerEvent.CLOSED || !in.hasRemaining(), "wants more, has some");
          assertTrue(events <= 4 * input + 8, () -> events + " events for " + input + " octets");
          assertTrue(
              output <= OUTPUT_FOR_AN_OCTET * input + 1_000,
              () -> output + " octets of output for " + input);
          return said.toString();
        }
        default -> answer(event);
      }
    }
  }

  String endInput() {
    session.endInput();
    return hear(Octets.none());
  }

  private void takeOutput() {
    String taken = Octets.take(session.output());
    output += taken.length();
    said.append(taken);
  }

  private void answer(ServerEvent event) {
    switch (event) {
      case CONNECTED, COMMAND -> session.accept();
      case HELLO -> decide(LocalPartAgent.hello(session.helloName()));
      case MAIL -> {
        if (decide(LocalPartAgent.sender(session.reversePath()))) {
          accepted = 0;
        }
      }
      case RCPT -> {
        if (decide(LocalPartAgent.recipient(session.recipient().path()))) {
          accepted++;
        }
      }
      case CONTENT_START -> {
        content.setLength(0);
        if (decide(LocalPartAgent.contentStart(session.reversePath()))) {
          report(true);
        }
      }
      case CONTENT -> content.append(Octets.take(session.content()));
      case CONTENT_END -> {
        message = Optional.of(content.toString());
        told.add("message to " + session.recipients() + ": " + content);
        report(false);
      }
      case ABORTED -> told.add("aborted " + session.abortCause());
      case VIOLATION -> told.add("violation " + session.violation());
      default -> {}
    }
  }

  private boolean decide(Optional<Reply> refusal) {
    refusal.ifPresentOrElse(session::refuse, session::accept);
    return refusal.isEmpty();
  }

  private void report(boolean early) {
    // Indexes are what a report is for; the last one first.
    for (int i = session.recipients().size() - 1; i >= 0; i--) {
      Optional<Reply> hasty = LocalPartAgent.early(session.recipients().get(i).path());
      if (hasty.isPresent() == early) {
        session.report(
            i, hasty.orElse(LocalPartAgent.delivered(session.recipients().get(i).path())));
      }
    }
  }
}
