package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.Protocol;
import dev.lmtp.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Renders what the sessions do in each state into {@code docs/states.md}, and fails where the file
 * says something else: a change of behaviour is then a change of the document, to be read.
 */
@DisplayName("docs/states.md is what the sessions do")
class StatesDocumentTest {

  private static final Path DOCUMENT =
      Path.of(System.getProperty("basedir", ""), "..", "docs", "states.md");

  private static final String INTRODUCTION =
      """
      # States and commands

      What each side does with each command in each state. The tables are written by a test that
      brings a session into every state and tries every command, so they are what happens, not what
      is meant to happen. They are kept in `ServerState` and `ClientState`, one file a side; RFC 5321
      section 4.1.4, RFC 2033 section 4 and RFC 3030 section 2 are where they come from.

      ## The server

      A column is a state, a row a command with good arguments to which the application agrees. A
      cell has the code of the reply and, behind an arrow, the state that follows where it is another
      one; a dash stands for no reply at all. Bad arguments and an application that says no leave the
      state as it is, except that a refused `DATA` ends the transaction.

      The states in which no command is read are not shown: `CONNECTED` before the greeting,
      `DATA` and `CHUNK` within a content, `REPLIES` while answers to a content are missing, `CLOSED`.
      The octets behind `BDAT` are always consumed and its reply comes behind them; the state `CHUNK`
      in between is left out. In `CHUNKS_FAILED` a chunk gets the reply that the first failure got,
      here a 554.
      """;

  private static final String CLIENT =
      """
      ## The client

      What may be sent in which state, and the state that sending leads to; an empty cell is an
      `IllegalStateException`. With PIPELINING a client is ahead of the replies, so these are states
      of what was sent. A reply changes the state in these places: the greeting leads from
      `GREETING` to `GREETED`, a 2xx to the hello from `HELLO` to `READY` and any other back to
      `GREETED`, 354 from `DATA` to `CONTENT` and any other back to `RCPT`, the reply to `QUIT` to
      `CLOSED`. The final dot leads from `CONTENT` to `READY`, the last octet of a chunk from `CHUNK`
      to `CHUNKS`, of the last chunk to `READY`. `LHLO` is LMTP's, `EHLO` and `HELO` are SMTP's.
      """;

  @Test
  void isUpToDate() throws IOException {
    String rendered = render();
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(DOCUMENT.getParent());
      Files.writeString(DOCUMENT, rendered);
    }
    String written = Files.exists(DOCUMENT) ? Files.readString(DOCUMENT) : "";
    assertEquals(
        rendered, written, "docs/states.md differs: run with -Dgolden.update=true, read the diff");
  }

  private static String render() {
    StringBuilder document = new StringBuilder(INTRODUCTION);
    for (Protocol protocol : Protocol.values()) {
      document.append("\n### ").append(protocol).append("\n\n").append(server(protocol));
    }
    return document.append('\n').append(CLIENT).append('\n').append(client()).toString();
  }

  private static String server(Protocol protocol) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("", ServerStateTest.READING));
    for (ServerStateTest.Command command : ServerStateTest.COMMANDS) {
      List<String> row = new ArrayList<>();
      row.add(
          switch (command.verb()) {
            case BDAT -> command.line().endsWith("LAST") ? "BDAT LAST" : "BDAT";
            case UNRECOGNIZED -> "any other";
            default -> command.verb().name();
          });
      for (ServerState state : ServerStateTest.READING) {
        ServerStateTest.Cell cell = ServerStateTest.tried(protocol, state, command);
        String code = cell.code() == 0 ? "-" : "" + cell.code();
        row.add(cell.next() == state ? code : code + " → " + cell.next());
      }
      rows.add(row);
    }
    return table(rows);
  }

  private static String client() {
    List<ClientState> states = new ArrayList<>();
    for (ClientState state : ClientState.values()) {
      if (ClientStateTest.SENT.stream().anyMatch(verb -> state.next(verb) != null)) {
        states.add(state);
      }
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("", states));
    for (Verb verb : ClientStateTest.SENT) {
      List<String> row = new ArrayList<>();
      row.add(verb.name());
      for (ClientState state : states) {
        row.add(state.next(verb) == null ? "" : state.next(verb).name());
      }
      rows.add(row);
    }
    return table(rows);
  }

  private static List<String> row(String first, List<? extends Enum<?>> states) {
    List<String> row = new ArrayList<>();
    row.add(first);
    states.forEach(state -> row.add(state.name()));
    return row;
  }

  private static String table(List<List<String>> rows) {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        String cell = row.get(i);
        table.append("| ").append(cell).append(" ".repeat(widths[i] - cell.length() + 1));
      }
      table.append("|\n");
      if (row == rows.get(0)) {
        for (int width : widths) {
          table.append("| ").append("-".repeat(Math.max(3, width))).append(' ');
        }
        table.append("|\n");
      }
    }
    return table.toString();
  }
}
