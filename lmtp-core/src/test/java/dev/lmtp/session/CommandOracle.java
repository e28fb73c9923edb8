package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.Verb;
import dev.lmtp.codec.Violation;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server may say to which octet, said once more: a command is answered at its line end, once
 * and as {@link ServerState} has it; a content at its end, by as many replies as its recipients
 * want; a chunk behind the last of its octets; and nothing is said anywhere else.
 */
final class CommandOracle {

  private static final Pattern CHUNK = Pattern.compile("(?i)BDAT[ \t]+([0-9]+)([ \t]+LAST)?[ \t]*");
  private static final Pattern PLAIN_CHUNK = Pattern.compile("(?i)BDAT [0-9]+( LAST)?");
  private static final Pattern REPLY =
      Pattern.compile("(?:(\\d{3})-[ -~]*\r\n)*(\\d{3})( [ -~]*)?\r\n");
  private static final Set<String> HTTP =
      Set.of("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE");

  private final FuzzedServer server;
  private final Protocol protocol;
  private final int limit;
  private final StringBuilder line = new StringBuilder();
  private final StringBuilder body = new StringBuilder();
  private long octetsDue;
  private ServerState chunkIn;
  private boolean lastChunk;

  CommandOracle(FuzzedServer server, ServerSettings settings) {
    this.server = server;
    this.protocol = settings.protocol();
    this.limit = settings.limits().commandLine();
  }

  /** Feeds one octet and holds the server to what may come of it. */
  void feed(char octet) {
    ServerState before = server.session.state();
    int accepted = server.accepted;
    List<Integer> codes = codes(server.hear(Octets.of(String.valueOf(octet))));
    ServerState after = server.session.state();
    switch (before) {
      case CLOSED -> assertEquals(List.of(), codes);
      case DATA -> {
        body.append(octet);
        content(after, accepted, codes);
      }
      case CHUNK -> {
        body.append(octet);
        octetsDue--;
        chunk(after, accepted, codes);
      }
      default -> {
        line.append(octet);
        if (line.length() > 1 && line.substring(line.length() - 2).equals("\r\n")) {
          line.setLength(line.length() - 2);
          boolean tooLong = line.length() + 2 > limit;
          command(line.toString(), tooLong, before, after, accepted, codes);
          line.setLength(0);
        } else if (after == ServerState.CLOSED) {
          boolean chunk = line.substring(0, 5).matches("(?i)BDAT[ \t]");
          assertEquals(List.of(chunk ? 501 : 500), codes, "a line without end");
          assertTrue(line.length() > 16 * limit);
        } else {
          assertEquals(List.of(), codes, "an answer to half a line");
          assertEquals(before, after);
        }
      }
    }
  }

  private static List<Integer> codes(String said) {
    List<Integer> codes = new ArrayList<>();
    Matcher reply = REPLY.matcher(said);
    int end = 0;
    while (end < said.length()) {
      assertTrue(reply.find() && reply.start() == end, () -> "no reply: " + said);
      codes.add(Integer.parseInt(reply.group(2)));
      end = reply.end();
    }
    return codes;
  }

  private void content(ServerState after, int accepted, List<Integer> codes) {
    boolean ends = body.length() > 4 && body.substring(body.length() - 5).equals("\r\n.\r\n");
    assertEquals(ends, after != ServerState.DATA, "only CRLF . CRLF ends a content");
    if (!ends) {
      assertEquals(List.of(), codes, "an answer within a content");
      return;
    }
    assertEquals(ServerState.READY, after);
    assertEquals(protocol.finalReplies(accepted), codes.size(), "final replies");
    String lines = body.substring(0, body.length() - 3).replace("\r\n.", "\r\n").substring(2);
    assertEquals(server.message.orElse(lines), lines, "the dots are taken out, and nothing else");
  }

  private void command(
      String text,
      boolean tooLong,
      ServerState before,
      ServerState after,
      int accepted,
      List<Integer> codes) {
    boolean bad = tooLong || text.matches("(?s).*[\r\n\0].*");
    String name = text.split("[ \t]", 2)[0].toUpperCase(Locale.ROOT);
    Verb verb = HTTP.contains(name) ? Verb.HTTP : Verb.named(name);
    if (verb == Verb.BDAT) {
      startChunk(text, bad, before, after, accepted, codes);
      return;
    }
    Violation wrong = protocol.has(verb) ? before.violation(verb) : Violation.OTHER_PROTOCOL;
    if (isSpent(codes, after)) {
      return;
    }
    assertEquals(1, codes.size(), () -> "replies to " + text + ": " + codes);
    int code = codes.get(0);
    if (bad) {
      assertEquals(500, code, text);
      assertEquals(before, after, text);
    } else if (wrong != null) {
      boolean own = wrong == Violation.RECIPIENT_FIRST;
      int due = own ? protocol.noRecipients().code() : wrong.reply().orElseThrow().code();
      assertEquals(due, code, text);
      assertEquals(wrong.isFatal() ? ServerState.CLOSED : before, after, text);
    } else if (code < 400) {
      assertEquals(before.next(verb), after, text);
      if (verb == Verb.DATA) {
        // Its line end is the first of the content. A NOOP between chunks begins nothing.
        body.setLength(0);
        body.append("\r\n");
      }
    } else if (code == 421) {
      assertEquals(ServerState.CLOSED, after, text);
    } else if (verb == Verb.DATA && before == ServerState.RCPT && after != before) {
      // The application's refusal ends the transaction.
      assertEquals(ServerState.READY, after, text);
    } else {
      assertEquals(before, after, text);
    }
  }

  /** Whether a budget was used up by the command: one more reply, the last. */
  private static boolean isSpent(List<Integer> codes, ServerState after) {
    return after == ServerState.CLOSED && codes.size() == 2 && codes.get(1) == 421;
  }

  private void startChunk(
      String text,
      boolean bad,
      ServerState before,
      ServerState after,
      int accepted,
      List<Integer> codes) {
    Matcher chunk = CHUNK.matcher(text);
    boolean readable = !bad && chunk.matches() && isLong(chunk.group(1));
    boolean plain = PLAIN_CHUNK.matcher(text).matches();
    if (!readable || (!plain && after == ServerState.CLOSED)) {
      assertEquals(List.of(501), codes, text);
      assertEquals(ServerState.CLOSED, after, text);
      return;
    }
    octetsDue = Long.parseLong(chunk.group(1));
    lastChunk = chunk.group(2) != null;
    chunkIn = before;
    if (before == ServerState.RCPT) {
      body.setLength(0);
    }
    chunk(after, accepted, codes);
  }

  private static boolean isLong(String digits) {
    return new BigInteger(digits).bitLength() < 64;
  }

  private void chunk(ServerState after, int accepted, List<Integer> codes) {
    if (octetsDue > 0) {
      assertEquals(ServerState.CHUNK, after, "octets are still to come");
      assertEquals(List.of(), codes, "an answer within a chunk");
      return;
    }
    if (isSpent(codes, after) || (after == ServerState.CLOSED && codes.equals(List.of(421)))) {
      return;
    }
    boolean inTransaction =
        switch (chunkIn) {
          case MAIL, RCPT, CHUNKS, CHUNKS_FAILED -> true;
          default -> false;
        };
    boolean failed = chunkIn == ServerState.CHUNKS_FAILED || chunkIn == ServerState.MAIL;
    int recipients = inTransaction ? accepted : 0;
    int replies = lastChunk ? protocol.finalReplies(recipients) : 1;
    assertEquals(replies, codes.size(), () -> "replies to a chunk in " + chunkIn + ": " + codes);
    if (failed || !inTransaction) {
      assertTrue(codes.stream().allMatch(code -> code >= 400), "success of a failed chunk");
    }
    if (!inTransaction) {
      assertEquals(chunkIn, after);
    } else if (lastChunk) {
      assertEquals(ServerState.READY, after);
      String octets = body.toString();
      assertEquals(server.message.orElse(octets), octets, "every octet of every chunk");
    } else {
      assertEquals(codes.get(0) < 400 ? ServerState.CHUNKS : ServerState.CHUNKS_FAILED, after);
    }
  }
}
