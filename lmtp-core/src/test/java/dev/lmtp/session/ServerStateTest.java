package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lmtp.Protocol;
import dev.lmtp.Verb;
import dev.lmtp.codec.Violation;
import dev.lmtp.testing.ServerPlayer;
import dev.lmtp.testkit.Dialogue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Goes through the server's table of states and verbs cell by cell, with a session in each state.
 */
@DisplayName("S4, S5, H12 The server's state x verb table is what a session does")
class ServerStateTest {

  static final List<ServerState> READING =
      Arrays.stream(ServerState.values()).filter(ServerState::readsCommands).toList();

  /** A command, and for the two forms of BDAT the octets behind it. */
  record Command(Verb verb, String line, String octets) {}

  /** What came of a command: the code of its reply, 0 for none, and the state behind it. */
  record Cell(int code, ServerState next) {}

  static final List<Command> COMMANDS = commands();

  private static List<Command> commands() {
    List<Command> commands = new ArrayList<>();
    for (Verb verb : Verb.values()) {
      String line =
          switch (verb) {
            case LHLO, EHLO, HELO -> verb + " client.example";
            case MAIL -> "MAIL FROM:<a@b>";
            case RCPT -> "RCPT TO:<c@d>";
            case BDAT -> "BDAT 2";
            case VRFY, EXPN -> verb + " someone";
            case UNRECOGNIZED -> "FROB";
            case REGISTERED -> "XFROB";
            case HTTP -> "GET / HTTP/1.1";
            case AUTH -> "AUTH PLAIN";
            default -> verb.name();
          };
      commands.add(new Command(verb, line, verb == Verb.BDAT ? "hi" : ""));
      if (verb == Verb.BDAT) {
        commands.add(new Command(verb, "BDAT 2 LAST", "hi"));
      }
    }
    return commands;
  }

  static ServerPlayer sessionIn(Protocol protocol, ServerState state) {
    String head =
        "protocol: "
            + protocol.name().toLowerCase(Locale.ROOT)
            + "\ncommand: XFROB\noffer: STARTTLS\noffer: AUTH PLAIN\n";
    if (state == ServerState.NO_SERVICE) {
      head += "greeting: 554 5.3.2 No mail here\n";
    }
    ServerPlayer server = ServerPlayer.of(Dialogue.parse("a " + state, head));
    server.send("");
    List<String> way =
        List.of(
            protocol.hello() + " client.example\r\n", "MAIL FROM:<a@b>\r\n", "RCPT TO:<c@d>\r\n");
    int length =
        switch (state) {
          case NO_SERVICE, GREETED -> 0;
          case READY -> 1;
          case MAIL -> 2;
          default -> 3;
        };
    for (String line : way.subList(0, length)) {
      server.send(state == ServerState.CHUNKS_FAILED ? line.replace("a@b", "midway@b") : line);
    }
    if (state == ServerState.CHUNKS || state == ServerState.CHUNKS_FAILED) {
      server.send("BDAT 2\r\nhi");
    }
    assertEquals(state, server.session().state());
    return server;
  }

  /** Tries a cell out; every reply but a hello's has an enhanced code of its class (E2). */
  static Cell tried(Protocol protocol, ServerState state, Command command) {
    ServerPlayer server = sessionIn(protocol, state);
    String said = server.say(command.line());
    if (command.verb() == Verb.BDAT) {
      assertEquals("", said, "a chunk is answered behind its octets");
      assertEquals(ServerState.CHUNK, server.session().state());
      said = server.send(command.octets());
    }
    boolean hello = said.startsWith("250") && command.line().matches("(LHLO|EHLO|HELO) .*");
    if (!hello && !said.isEmpty() && !said.matches("3[35]4 [^\r]*\r\n")) {
      assertTrue(said.matches("([245])\\d\\d \\1\\.\\d+\\.\\d+ .*\r\n"), "E2: " + said);
    }
    int code = said.isEmpty() ? 0 : Integer.parseInt(said.substring(0, 3));
    return new Cell(code, server.session().state());
  }

  @TestFactory
  Stream<DynamicTest> everyCell() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      for (ServerState state : READING) {
        for (Command command : COMMANDS) {
          tests.add(
              dynamicTest(
                  protocol + " " + state + " " + command.line(),
                  () ->
                      assertEquals(
                          expected(protocol, state, command), tried(protocol, state, command))));
        }
      }
    }
    return tests.stream();
  }

  private static Cell expected(Protocol protocol, ServerState state, Command command) {
    Verb verb = command.verb();
    Violation violation = protocol.has(verb) ? state.violation(verb) : Violation.OTHER_PROTOCOL;
    if (verb == Verb.BDAT) {
      return chunk(protocol, state, command.line().endsWith("LAST"), violation);
    }
    if (violation == Violation.RECIPIENT_FIRST) {
      return new Cell(protocol.noRecipients().code(), state);
    }
    if (violation != null) {
      ServerState next = violation.isFatal() ? ServerState.CLOSED : state;
      return new Cell(violation.reply().orElseThrow().code(), next);
    }
    int code =
        switch (verb) {
          case DATA -> 354;
          case VRFY -> 252;
          case EXPN -> 502;
          case HELP -> 214;
          case QUIT -> 221;
          case STARTTLS -> 220;
          case AUTH -> 334;
          default -> 250;
        };
    return new Cell(code, state.next(verb));
  }

  private static Cell chunk(
      Protocol protocol, ServerState state, boolean last, Violation violation) {
    int replies = last && violation != null ? protocol.finalReplies(0) : 1;
    if (violation == Violation.RECIPIENT_FIRST) {
      return new Cell(503 * replies, last ? ServerState.READY : ServerState.CHUNKS_FAILED);
    }
    if (violation != null) {
      return new Cell(503 * replies, state);
    }
    boolean failed = state == ServerState.CHUNKS_FAILED;
    ServerState between = failed ? ServerState.CHUNKS_FAILED : ServerState.CHUNKS;
    return new Cell(failed ? 554 : 250, last ? ServerState.READY : between);
  }

  @Test
  @DisplayName("Where no command is read the table says so")
  void noCommandIsRead() {
    for (ServerState state : ServerState.values()) {
      if (!state.readsCommands()) {
        for (Verb verb : Verb.values()) {
          assertThrows(IllegalStateException.class, () -> state.next(verb));
          assertThrows(IllegalStateException.class, () -> state.violation(verb));
        }
      }
    }
    assertEquals(7, READING.size());
  }
}
