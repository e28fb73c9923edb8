package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.Reply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Client and server in one memory, and the connection between them cut at every moment there is. A
 * moment is a pair (p, q): the server has got p octets of what the client sent, the client q of
 * what the server said. Every pair that can come about is tried; so among them are the cuts before
 * and after every octet in either direction, with any part of what was in flight lost.
 *
 * <p>What must come of a cut is derived from p, q and the text of the dialogue alone: the server
 * has a message if its last octet is among the p, the client knows what the whole replies among the
 * q say, and whoever has none is unknown if and only if the last octet of the content had left.
 */
@DisplayName("H21 H55 L5 S12 The connection cut at every octet, in either direction")
class EveryCutTest {

  /** What the application decides about a recipient. */
  private enum Fate {
    STORED(250),
    REFUSED(550),
    AWAY(450),
    FULL(452),
    SPAM(554);

    final Reply reply;

    Fate(int code) {
      this.reply = Reply.of(code, code / 100 + ".0.0", "");
    }

    String address() {
      return String.valueOf((char) ('a' + ordinal()));
    }

    boolean atRcpt() {
      return this == REFUSED || this == AWAY;
    }
  }

  /** The recipients; those of one fate have one address. */
  private enum Case {
    EACH_ANOTHER(Fate.STORED, Fate.REFUSED, Fate.FULL, Fate.STORED, Fate.SPAM),
    ALL_STORED(Fate.STORED, Fate.STORED),
    CONTENT_REFUSED(Fate.STORED, Fate.AWAY, Fate.STORED),
    NOBODY(Fate.REFUSED, Fate.AWAY);

    final List<Fate> fates;

    Case(Fate... fates) {
      this.fates = List.of(fates);
    }
  }

  private enum Pipelining {
    OFFERED,
    NOT_OFFERED
  }

  /** How the connection ends. */
  private enum End {
    /** Both read to an end. */
    CLOSED,
    /** The client learns it from a read that fails. */
    RESET,
    /** The client learns it from a write of which no more than p octets leave, and reads on. */
    RESET_WHILE_WRITING,
    /** The server's patience ends: it says 421, and the client gets all of it or less. */
    TIMEOUT
  }

  private record Setting(Protocol protocol, ContentForm form, Pipelining pipelining, Case what) {}

  /** The content in three pieces; each is a chunk where there are chunks. */
  private static final List<String> PIECES = List.of("..\r\n.", "\r\n\r\nx", "\r\n.\r\n");

  private static final Offer OFFER =
      Offer.DEFAULT.without(Extension.SIZE).without(Extension.EIGHTBITMIME);
  private static final Reply TOO_SLOW = Reply.of(421, "4.4.2", "");
  private static final Reply POISON = Reply.of(554, "5.6.0", "");

  @TestFactory
  Stream<DynamicTest> everyCut() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      for (ContentForm form : ContentForm.values()) {
        for (Pipelining pipelining : Pipelining.values()) {
          for (Case what : Case.values()) {
            Setting setting = new Setting(protocol, form, pipelining, what);
            for (End end : End.values()) {
              tests.add(dynamicTest(setting + ", " + end, () -> cutEverywhere(setting, end)));
            }
          }
        }
      }
    }
    return tests.stream();
  }

  private static void cutEverywhere(Setting setting, End end) {
    Run whole = new Run(setting, End.CLOSED, Integer.MAX_VALUE, Integer.MAX_VALUE);
    assertTrue(whole.done, "the dialogue comes to its end");
    int length = whole.toServer.length();
    int cuts = 0;
    int needed = 0;
    for (int p = 0; p <= length; p++) {
      int said = new Run(setting, End.CLOSED, p, Integer.MAX_VALUE).toClient.length();
      boolean late = end == End.TIMEOUT;
      int most = late ? said + TOO_SLOW.toString().length() + 2 : said;
      int before = cuts;
      for (int q = late ? said : needed; q <= most; q++) {
        Run run = new Run(setting, end, p, q);
        if (run.received == p && run.heard == q) {
          // The more octets the client has sent, the more replies it must have had.
          needed = cuts == before ? q : needed;
          run.cut();
          run.check(whole);
          cuts++;
        }
      }
    }
    System.out.println(cuts + " " + setting + " " + end);
    assertTrue(cuts > length, cuts + " cuts");
  }

  /** Both sides up to a cut, and what each of them made of it. */
  private static final class Run {
    private final Setting setting;
    private final End end;
    private final int p;
    private final int q;
    private final ServerSession server;
    private final ClientSession client;
    private final StringBuilder toServer = new StringBuilder();
    private final StringBuilder toClient = new StringBuilder();
    private int received;
    private int heard;

    // The server's application.
    private final List<String> told = new ArrayList<>();
    private final StringBuilder content = new StringBuilder();
    private final List<Fate> accepted = new ArrayList<>();
    private int asked;

    // The client's.
    private Delivery delivery;
    private boolean done;
    private int pieces;
    private boolean writable = true;
    private int contentEnd = Integer.MAX_VALUE;

    Run(Setting setting, End end, int p, int q) {
      this.setting = setting;
      this.end = end;
      this.p = p;
      this.q = q;
      server = new ServerSession(ServerSettings.of(setting.protocol(), "s").withOffer(OFFER));
      client = new ClientSession(ClientSettings.of(setting.protocol(), "c"));
      serve("");
      while (moveToServer() || moveToClient()) {
        // until nothing is in flight within the bounds
      }
      if (end == End.TIMEOUT) {
        server.close(TOO_SLOW);
        serve("");
        moveToClient();
      }
    }

    private boolean moveToServer() {
      String octets = toServer.substring(received, Math.min(p, toServer.length()));
      received += octets.length();
      serve(octets);
      return !octets.isEmpty();
    }

    private boolean moveToClient() {
      String octets = toClient.substring(heard, Math.min(q, toClient.length()));
      heard += octets.length();
      hear(octets);
      return !octets.isEmpty();
    }

    void cut() {
      server.endInput();
      serve("");
      boolean failing = end == End.RESET || end == End.RESET_WHILE_WRITING;
      if (failing && delivery != null && !done) {
        delivery.fail("reset");
      }
      client.endInput();
      hear("");
    }

    // ------------------------------------------------------------ the server

    private void serve(String octets) {
      ByteBuffer in = Octets.of(octets);
      while (true) {
        switch (server.poll(in)) {
          case NEED_INPUT, CLOSED -> {
            String said = Octets.take(server.output());
            boolean pipelining = setting.pipelining() == Pipelining.OFFERED;
            toClient.append(pipelining ? said : said.replace("PIPELINING", "NO-SUCH-ON"));
            return;
          }
          case RCPT -> {
            Fate fate = setting.what().fates.get(asked++);
            if (fate.atRcpt()) {
              server.refuse(fate.reply);
            } else {
              accepted.add(fate);
              server.accept();
            }
          }
          case CONTENT -> {
            content.append(Octets.take(server.content()));
            if (setting.what() == Case.CONTENT_REFUSED && content.length() > 4) {
              told.add("refused");
              server.refuse(POISON);
            }
          }
          case CONTENT_END -> {
            told.add("message");
            for (int i = accepted.size() - 1; i >= 0; i--) {
              server.report(i, accepted.get(i).reply);
            }
          }
          case ABORTED -> told.add("aborted");
          case VIOLATION -> assertEquals("RECIPIENT_FIRST", server.violation().name());
          default -> server.accept();
        }
      }
    }

    // ------------------------------------------------------------ the client

    private void hear(String octets) {
      ByteBuffer in = Octets.of(octets);
      boolean goesOn = !done;
      while (goesOn) {
        goesOn = delivery == null ? converse(in) : deliver(in);
        write(Octets.take(client.output()));
      }
    }

    private boolean converse(ByteBuffer in) {
      switch (client.poll(in)) {
        case GREETING -> {
          if (client.reply().isPositive()) {
            client.hello();
          }
        }
        case HELLO -> {
          if (client.reply().isPositive()) {
            String[] to = setting.what().fates.stream().map(Fate::address).toArray(String[]::new);
            delivery = new Delivery(client, Envelope.of("a", to), setting.form());
          }
        }
        default -> {
          return false;
        }
      }
      return true;
    }

    private boolean deliver(ByteBuffer in) {
      switch (delivery.poll(in)) {
        case CONTENT -> {
          write(Octets.take(client.output()));
          send();
        }
        case NEED_INPUT -> {
          boolean started = pieces > 0 && pieces < PIECES.size();
          boolean open = client.state() == ClientState.CONTENT || client.outstanding() == 0;
          boolean may = open || setting.pipelining() == Pipelining.OFFERED;
          if (!started || !may || !writable) {
            return false;
          }
          send();
        }
        case RECIPIENT -> {}
        case DONE -> {
          done = true;
          return false;
        }
      }
      return true;
    }

    /** Sends the next piece of the content. */
    private void send() {
      String piece = PIECES.get(pieces++);
      boolean last = pieces == PIECES.size();
      if (setting.form() == ContentForm.CHUNKS) {
        if (last) {
          client.lastChunk(piece.length());
        } else {
          client.chunk(piece.length());
        }
        write(Octets.take(client.output()));
        contentEnd = last ? toServer.length() + piece.length() : contentEnd;
        client.chunkSent(write(piece));
        return;
      }
      ByteBuffer target = ByteBuffer.allocate(100);
      assertTrue(client.content(Octets.of(piece), target));
      assertTrue(!last || client.endContent(target));
      String encoded = Octets.take(target.flip());
      contentEnd = last ? toServer.length() + encoded.length() : contentEnd;
      if (write(encoded) < encoded.length() && last) {
        client.endNotSent();
      }
    }

    /** How many of the octets left, as far as the client can know. */
    private int write(String octets) {
      int taken = writable ? octets.length() : 0;
      if (end == End.RESET_WHILE_WRITING && toServer.length() + taken > p) {
        taken = Math.max(0, p - toServer.length());
        writable = false;
      }
      toServer.append(octets, 0, taken);
      return taken;
    }

    // ------------------------------------------------------------ what must come of it

    void check(Run whole) {
      Supplier<String> where = () -> "server got " + p + ", client " + q + ": " + toServer;
      boolean message = told.contains("message");
      assertEquals(ServerState.CLOSED, server.state(), where);
      assertEquals(expectedOfServer(whole), told, where);
      if (message) {
        assertEquals(String.join("", PIECES), content.toString(), where);
      }
      if (delivery == null) {
        assertEquals(List.of(), told, where);
        return;
      }
      assertTrue(done, where);
      assertFalse(client.isReusable(), where);
      List<RecipientResult> results = delivery.result().recipients();
      assertEquals(
          expectedOfClient(whole),
          results.stream()
              .map(result -> shown(result.outcome(), result.reply().map(Reply::code).orElse(0)))
              .toList(),
          where);
      agree(results, message, where);
    }

    /** Said once more without a look at what was to be expected: nobody is told wrongly. */
    private void agree(List<RecipientResult> results, boolean message, Supplier<String> where) {
      // In SMTP one reply speaks for all, so a refusal may concern another recipient.
      boolean oneForAll = setting.protocol() == Protocol.SMTP;
      boolean refused = accepted.stream().anyMatch(fate -> fate != Fate.STORED);
      for (int i = 0; i < results.size(); i++) {
        boolean stored = message && setting.what().fates.get(i) == Fate.STORED;
        switch (results.get(i).outcome()) {
          case ACCEPTED -> assertTrue(stored, where);
          case NOT_SENT -> assertFalse(message, where);
          case DEFERRED, REJECTED -> assertTrue(!stored || (oneForAll && refused), where);
          case UNKNOWN -> {}
        }
      }
    }

    private List<String> expectedOfServer(Run whole) {
      if (p < whole.toServer.indexOf("RCPT")) {
        return List.of();
      }
      // The agent's own refusal comes with the fifth octet of content; there is no abort behind it.
      boolean refuses = setting.what() == Case.CONTENT_REFUSED && content.length() > 4;
      if (refuses) {
        return List.of("refused");
      }
      return List.of(p >= whole.contentEnd ? "message" : "aborted");
    }

    private List<String> expectedOfClient(Run whole) {
      List<Integer> codes = new ArrayList<>();
      int start = 0;
      for (int lf = toClient.indexOf("\n"); lf >= 0 && lf < q; lf = toClient.indexOf("\n", start)) {
        if (toClient.charAt(start + 3) == ' ') {
          codes.add(Integer.parseInt(toClient, start, start + 3, 10));
        }
        start = lf + 1;
      }
      // Greeting, hello, MAIL.
      int replies = codes.size() - 3;
      boolean late = end == End.TIMEOUT && codes.get(codes.size() - 1) == 421;
      boolean left = toServer.length() >= whole.contentEnd;
      String open = late ? decided(421) : left ? "UNKNOWN 0" : "NOT_SENT 0";
      int known = late ? replies - 1 : replies;
      List<String> expected = new ArrayList<>();
      int index = 0;
      for (Fate fate : setting.what().fates) {
        int reply = fate.atRcpt() ? expected.size() : finalReply(index++);
        expected.add(reply < known ? decided(finalCode(fate)) : open);
      }
      return expected;
    }

    /** The index of the reply that decides the accepted recipient of that index. */
    private int finalReply(int index) {
      int recipients = setting.what().fates.size();
      boolean chunks = setting.form() == ContentForm.CHUNKS;
      if (chunks && setting.what() == Case.CONTENT_REFUSED) {
        return recipients;
      }
      // Between them is the reply to DATA, or to two chunks.
      int first = recipients + (chunks ? 2 : 1);
      return setting.protocol() == Protocol.LMTP ? first + index : first;
    }

    private int finalCode(Fate fate) {
      if (fate.atRcpt() || setting.what() == Case.ALL_STORED) {
        return fate.reply.code();
      }
      if (setting.what() == Case.CONTENT_REFUSED) {
        return POISON.code();
      }
      // One 4xx makes it one for all.
      return setting.protocol() == Protocol.LMTP ? fate.reply.code() : Fate.FULL.reply.code();
    }

    private static String decided(int code) {
      Outcome outcome =
          code < 300 ? Outcome.ACCEPTED : code < 500 ? Outcome.DEFERRED : Outcome.REJECTED;
      return shown(outcome, code);
    }

    private static String shown(Outcome outcome, int code) {
      return outcome + " " + code;
    }
  }
}
