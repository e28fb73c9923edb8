package dev.lmtp.testing;

import dev.lmtp.Reply;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerState;
import dev.lmtp.testkit.Dialogue;
import dev.lmtp.testkit.Dialogue.Kind;
import dev.lmtp.testkit.Dialogue.Step;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Plays one side of a dialogue and compares what the other side says with what is written. */
public final class DialoguePlayer {

  /** Up to this many octets a dialogue is played with a cut at every one of them. */
  private static final int EVERY_CUT = 3_000;

  /** How the server's words are compared. */
  public enum Comparison {
    /** Octet by octet. */
    EXACT,
    /** The codes of the replies, and the class of each enhanced code that is written. */
    CODES
  }

  /** A server, however its session is driven. */
  public interface Server {
    /** Sends octets to the server and hears its answer. */
    String send(ByteBuffer in);

    /** The client sends no more: what the server says then. */
    String endInput();

    /** The application closes the session: what the server says then. */
    String close(Reply last);

    /** The session. */
    ServerSession session();

    /** What the application was told so far, as in a dialogue's {@code A:} lines. */
    List<String> told();
  }

  private DialoguePlayer() {}

  /**
   * Plays the client's lines against a server: turn by turn, octet by octet, everything in one
   * buffer, and with a cut at every octet.
   */
  public static void playClientLines(Dialogue dialogue, Comparison comparison) {
    playClientLines(dialogue, comparison, ServerPlayer::of);
  }

  /** As {@link #playClientLines(Dialogue, Comparison)}, against servers of another kind. */
  public static void playClientLines(
      Dialogue dialogue, Comparison comparison, Function<Dialogue, Server> servers) {
    for (Slicing slicing : List.of(Slicing.whole(), Slicing.direct(), Slicing.pieces(1))) {
      playTurns(dialogue, comparison, slicing, servers.apply(dialogue));
    }
    playPipelined(dialogue, comparison, Slicing.whole(), servers.apply(dialogue));
    playPipelined(dialogue, comparison, Slicing.direct(), servers.apply(dialogue));
    for (int cut : cuts(dialogue.octets(Kind.CLIENT).length())) {
      playPipelined(dialogue, comparison, Slicing.cutAt(cut), servers.apply(dialogue));
    }
  }

  /** Plays the server's lines against a client, as {@link #playClientLines} does; exactly. */
  public static void playServerLines(Dialogue dialogue) {
    ClientPlayer.play(dialogue, Slicing.whole());
    ClientPlayer.play(dialogue, Slicing.direct());
    ClientPlayer.play(dialogue, Slicing.pieces(1));
    for (int cut : cuts(dialogue.octets(Kind.SERVER).length())) {
      ClientPlayer.play(dialogue, Slicing.cutAt(cut));
    }
  }

  private static List<Integer> cuts(int octets) {
    List<Integer> cuts = new ArrayList<>();
    int stride = octets <= EVERY_CUT ? 1 : 997;
    for (int cut = 1; cut < octets; cut += stride) {
      cuts.add(cut);
    }
    return cuts;
  }

  private static void playTurns(
      Dialogue dialogue, Comparison comparison, Slicing slicing, Server server) {
    String said = server.send(ByteBuffer.allocate(0));
    int turn = 0;
    for (Step step : dialogue.steps()) {
      turn++;
      switch (step.kind()) {
        case SERVER -> {
          compare(dialogue + ", turn " + turn, comparison, step.octets(), said);
          said = "";
        }
        case SERVER_EOF -> same(dialogue.name(), ServerState.CLOSED, server.session().state());
        default -> said += send(server, step, slicing);
      }
    }
    compare(dialogue + ", end", comparison, "", said);
    end(dialogue, comparison, server);
  }

  private static void playPipelined(
      Dialogue dialogue, Comparison comparison, Slicing slicing, Server server) {
    StringBuilder said = new StringBuilder(server.send(ByteBuffer.allocate(0)));
    StringBuilder group = new StringBuilder();
    for (Step step : dialogue.steps()) {
      if (step.kind() == Kind.CLIENT) {
        group.append(step.octets());
        if (step.octets().equals("STARTTLS\r\n")) {
          // Nothing may follow it (RFC 3207 section 4.2).
          said.append(send(server, new Step(Kind.CLIENT, group.toString()), slicing));
          group.setLength(0);
        }
      } else if (step.kind() == Kind.CLIENT_EOF || step.kind() == Kind.CLOSE) {
        said.append(send(server, new Step(Kind.CLIENT, group.toString()), slicing));
        group.setLength(0);
        said.append(send(server, step, slicing));
      }
    }
    said.append(send(server, new Step(Kind.CLIENT, group.toString()), slicing));
    compare(dialogue + ", pipelined", comparison, dialogue.octets(Kind.SERVER), said.toString());
    end(dialogue, comparison, server);
  }

  private static String send(Server server, Step step, Slicing slicing) {
    return switch (step.kind()) {
      case CLIENT_EOF -> server.endInput();
      case CLOSE -> server.close(ServerPlayer.reply(step.octets()));
      default -> {
        StringBuilder said = new StringBuilder();
        for (ByteBuffer slice : slicing.slices(step.octets())) {
          said.append(server.send(slice));
        }
        yield said.toString();
      }
    };
  }

  private static void end(Dialogue dialogue, Comparison comparison, Server server) {
    if (comparison == Comparison.EXACT) {
      same(dialogue + ", the application", dialogue.told(), server.told());
    }
    boolean closes = dialogue.steps().stream().anyMatch(step -> step.kind() == Kind.SERVER_EOF);
    if (closes || comparison == Comparison.EXACT) {
      same(dialogue + ", closed", closes, server.session().state() == ServerState.CLOSED);
    }
  }

  static void compare(String where, Comparison comparison, String expected, String actual) {
    if (comparison == Comparison.CODES) {
      same(where, codes(expected, expected), codes(actual, expected));
    } else if (!expected.contains("*\r\n")) {
      same(where, lines(expected), lines(actual));
    } else {
      List<String> wanted = lines(expected);
      List<String> found = lines(actual);
      same(where + ", number of lines in " + found, wanted.size(), found.size());
      for (int i = 0; i < wanted.size(); i++) {
        String start = wanted.get(i).replaceFirst("\\*$", "");
        boolean starts = !start.equals(wanted.get(i)) && found.get(i).startsWith(start);
        same(where, wanted.get(i), starts ? wanted.get(i) : found.get(i));
      }
    }
  }

  // Everything but CR LF is shown as it is, so that a difference can be read.
  private static List<String> lines(String octets) {
    return List.of(octets.split("\r\n", -1));
  }

  // One item a reply: its code and, where the pattern's reply has one, its enhanced code's class.
  private static List<String> codes(String replies, String pattern) {
    List<String> found = lastLines(replies);
    List<String> wanted = lastLines(pattern);
    List<String> codes = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      boolean enhanced = i < wanted.size() && wanted.get(i).matches("... [245]\\.\\d.*");
      String line = found.get(i);
      codes.add(line.substring(0, enhanced ? Math.min(line.length(), 6) : 3));
    }
    return codes;
  }

  private static List<String> lastLines(String replies) {
    return lines(replies).stream().filter(line -> line.matches("\\d{3}( .*)?")).toList();
  }

  static void same(String where, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(where + "\n expected " + expected + "\n but was  " + actual);
    }
  }
}
