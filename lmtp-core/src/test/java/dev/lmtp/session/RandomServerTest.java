package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.testing.FuzzTries;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.PerProperty;

/**
 * Deliveries to servers that say anything: for each recipient the outcome is what a server that
 * keeps account of its own words would expect.
 */
@Label("H50-H60 A server that says anything")
class RandomServerTest {

  /** What a good server would say, and behind 354 what stands behind the plus sign. */
  private static final String FITTING = "+";

  private static final String CUT = "250 cu";
  private static final String SILENCE = "";

  @Provide
  Arbitrary<List<String>> scripts() {
    Arbitrary<String> good =
        Arbitraries.of("250 Ok", "250", "299 odd", "251-a\r\n250 b", "550-a\r\n250 b", "354 Go");
    Arbitrary<String> bad =
        Arbitraries.of(
            "450 4.2.0 later",
            "499",
            "550 5.1.1 no",
            "250-a\r\n554 b",
            "452 many",
            "452 4.5.3 many",
            "452 4.2.2 full",
            "552 many",
            "552 5.2.2 full");
    Arbitrary<String> end = Arbitraries.of("421 bye", "what?", "199 x", "250 a\nb", CUT, SILENCE);
    Arbitrary<String> early = Arbitraries.of("+250 Ok", "+552 big", "+421 bye");
    return Arbitraries.frequencyOf(
            Tuple.of(12, Arbitraries.just(FITTING)),
            Tuple.of(3, good),
            Tuple.of(6, bad),
            Tuple.of(1, end),
            Tuple.of(1, early))
        .list()
        .ofMaxSize(24);
  }

  @Property(tries = 3_000, edgeCases = EdgeCasesMode.NONE)
  @PerProperty(FuzzTries.class)
  @Label("S6 S9 L5 H51-H57 H60 each outcome is what the bytes justify")
  void outcomes(
      @ForAll("scripts") List<String> script,
      @ForAll Protocol protocol,
      @ForAll ContentForm form,
      @ForAll ContentSupply supply,
      @ForAll boolean pipelining,
      @ForAll @IntRange(min = 1, max = 6) int recipients,
      @ForAll @IntRange(min = 1, max = 7) int rcptMax,
      @ForAll long seed) {
    ClientSession client = ClientStateTest.sessionIn(protocol, ClientState.HELLO);
    ClientStateTest.hear(
        client,
        "250-there",
        pipelining ? "250-PIPELINING" : "250-8BITMIME",
        "250-LIMITS " + (rcptMax < 7 ? "RCPTMAX=" + rcptMax : ""),
        "250 CHUNKING");
    Octets.take(client.output());
    String[] names = names(recipients);
    Delivery delivery = new Delivery(client, Envelope.of("a@b", names), form, supply);
    Server server = new Server(protocol, List.of(names), script);
    int most = supply == ContentSupply.ONCE ? 1 : recipients;
    List<RecipientResult> told = run(delivery, client, server, form, most, new Random(seed));

    List<RecipientResult> results = delivery.result().recipients();
    assertEquals(recipients, told.size());
    assertTrue(told.containsAll(results));
    for (int i = 0; i < recipients; i++) {
      RecipientResult result = results.get(i);
      assertEquals(names[i], result.recipient().mailbox().toString());
      Set<Outcome> expected = server.expected(names[i]);
      // Whose turn never came was not sent, whether or not a 421 was heard by then.
      boolean neverTried =
          result.outcome() == Outcome.NOT_SENT
              && result.stage() == RecipientResult.Stage.SESSION
              && expected.contains(Outcome.DEFERRED);
      assertTrue(
          neverTried || expected.contains(result.outcome()),
          () -> result + " instead of " + expected);
    }
    assertFalse(server.over && client.isReusable());
  }

  @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
  @PerProperty(FuzzTries.class)
  @Label("H51 replies nobody asked for: an end, and no success before the content")
  void noise(
      @ForAll("scripts") List<String> script,
      @ForAll("scripts") @Size(min = 1) List<String> noise,
      @ForAll Protocol protocol,
      @ForAll ContentForm form,
      @ForAll @IntRange(min = 1, max = 6) int recipients,
      @ForAll long seed) {
    ClientSession client = ClientStateTest.sessionIn(protocol, ClientState.READY);
    Octets.take(client.output());
    String[] names = names(recipients);
    Random random = new Random(seed);
    Delivery delivery = new Delivery(client, Envelope.of("a@b", names), form);
    Server server = new Server(protocol, List.of(names), script);
    server.isNoisy = true;
    server.noise = () -> random.nextInt(4) > 0 ? "" : noise.get(random.nextInt(noise.size()));
    List<RecipientResult> told = run(delivery, client, server, form, recipients, random);

    assertEquals(recipients, told.size());
    DeliveryResult result = delivery.result();
    if (!server.everEnded) {
      assertEquals(0, result.count(Outcome.ACCEPTED) + result.count(Outcome.UNKNOWN));
    }
    assertTrue(result.count(Outcome.ACCEPTED) == 0 || server.positiveAtEnd);
  }

  private static String[] names(int recipients) {
    return IntStream.range(0, recipients).mapToObj(i -> "r" + i).toArray(String[]::new);
  }

  /** Goes on until the delivery is done; there is a bound to how long that may take. */
  private static List<RecipientResult> run(
      Delivery delivery,
      ClientSession client,
      Server server,
      ContentForm form,
      int mostContents,
      Random random) {
    List<RecipientResult> told = new ArrayList<>();
    ByteBuffer in = Octets.none();
    boolean contentDue = false;
    int contents = 0;
    for (int turn = 0; turn < 10_000; turn++) {
      switch (delivery.poll(in)) {
        case RECIPIENT -> told.add(delivery.decided());
        case CONTENT -> contentDue = true;
        case DONE -> {
          assertTrue(contents <= mostContents);
          return told;
        }
        case NEED_INPUT -> {
          assertFalse(in.hasRemaining());
          server.hear(Octets.take(client.output()));
          if (server.hasMore()) {
            in = server.slice(random);
          } else if (contentDue) {
            contentDue = false;
            contents++;
            sendContent(client, server, form);
          } else if (server.over || (server.isNoisy && server.commands.isEmpty())) {
            end(delivery, client, random);
          } else {
            server.answer(random.nextBoolean());
          }
        }
      }
    }
    throw new AssertionError("no end of it in " + client.state());
  }

  private static void end(Delivery delivery, ClientSession client, Random random) {
    if (random.nextBoolean()) {
      client.endInput();
    } else {
      delivery.fail("no reply in time");
    }
  }

  private static void sendContent(ClientSession client, Server server, ContentForm form) {
    if (form == ContentForm.DATA) {
      client.endContent(ByteBuffer.allocate(5));
    } else {
      client.chunk(2);
      client.chunkSent(2);
      client.lastChunk(1);
      client.chunkSent(1);
    }
    server.hear(Octets.take(client.output()));
    server.contentEnds();
  }

  /** Answers each command by the next word of a script, and knows what that means. */
  private static final class Server {
    private final Protocol protocol;
    private final List<String> all;
    private final Deque<String> script;
    private final Deque<String> commands = new ArrayDeque<>();
    private final StringBuilder unsent = new StringBuilder();

    private Supplier<String> noise = () -> "";
    private boolean isNoisy;
    private boolean positiveAtEnd;

    private final Map<String, Integer> lastWord = new HashMap<>();
    private final Map<String, Integer> tooMany = new HashMap<>();
    private final List<String> accepted = new ArrayList<>();
    private boolean mailRefused;
    private boolean contentEnded;
    private boolean dotAnswered;
    private boolean everEnded;
    private boolean over;

    Server(Protocol protocol, List<String> all, List<String> script) {
      this.protocol = protocol;
      this.all = all;
      this.script = new ArrayDeque<>(script);
    }

    void hear(String octets) {
      for (String line : octets.isEmpty() ? new String[0] : octets.split("\r\n")) {
        if (line.equals(".")) {
          if (protocol == Protocol.SMTP && !dotAnswered) {
            commands.add("END");
          }
          dotAnswered = false;
        } else if (!line.contains("LAST")) {
          commands.add(line);
        }
      }
    }

    void contentEnds() {
      contentEnded = true;
      everEnded = true;
      if (protocol == Protocol.SMTP) {
        commands.add("END");
      } else {
        accepted.forEach(name -> commands.add("END " + name));
      }
    }

    boolean hasMore() {
      return unsent.length() > 0;
    }

    ByteBuffer slice(Random random) {
      int length = 1 + random.nextInt(unsent.length());
      String slice = unsent.substring(0, length);
      unsent.delete(0, length);
      return Octets.of(slice);
    }

    void answer(boolean everything) {
      do {
        String command = commands.remove();
        String word = script.isEmpty() ? FITTING : script.remove();
        if (word.startsWith(FITTING)) {
          word = fitting(command, word.substring(1));
        }
        if (word.equals(SILENCE) || word.equals(CUT)) {
          unsent.append(word);
          over = true;
          return;
        }
        String extra = noise.get();
        unsent.append(extra).append(extra.isEmpty() ? "" : "\r\n");
        positiveAtEnd |= contentEnded && (extra + "\n" + word).matches("(?s)(.*\n)?2.*");
        unsent.append(word).append("\r\n");
        String[] replies = word.split("(?<=[0-9]{3})\r\n|(?<=[0-9]{3} [^\r]{0,20})\r\n");
        means(command, replies[0]);
        if (replies.length > 1 && !over) {
          early(replies[1]);
        }
      } while (everything && !commands.isEmpty() && !over);
    }

    private static String fitting(String command, String behind) {
      String go = behind.isEmpty() ? "354 Go on" : "354 Go on\r\n" + behind;
      return command.equals("DATA") ? go : "250 Ok";
    }

    /** What a reply to a command means, which is its last line. */
    private void means(String command, String reply) {
      String last = reply.substring(reply.lastIndexOf('\n') + 1);
      if (!last.matches("[2-5][0-9]{2}( .*)?") || reply.contains("a\nb")) {
        over = true;
        return;
      }
      int code = Integer.parseInt(last.substring(0, 3));
      boolean toData = command.equals("DATA");
      if (code == 421 || code / 100 == (toData ? 2 : 3)) {
        over = true;
        if (code == 421) {
          all.forEach(name -> lastWord.putIfAbsent(name, tooMany.getOrDefault(name, code)));
        }
        return;
      }
      boolean refused = code >= 400;
      switch (command.split(" ")[0]) {
        case "MAIL" -> {
          accepted.clear();
          contentEnded = false;
          mailRefused = refused;
          if (refused) {
            decide(all, code);
          }
        }
        case "RCPT" -> {
          String name = command.replaceAll(".*<|>.*", "");
          if (!refused) {
            accepted.add(name);
          } else if (!accepted.isEmpty() && !mailRefused && last.matches("[45]52 (4.5.3 )?many")) {
            tooMany.put(name, 400);
          } else {
            decide(List.of(name), code);
          }
        }
        case "DATA", "BDAT" -> {
          if (refused) {
            decide(accepted, code);
          } else if (mailRefused) {
            over |= !accepted.isEmpty();
          }
        }
        case "END" ->
            decide(command.equals("END") ? accepted : List.of(command.substring(4)), code);
        default -> {}
      }
    }

    /** A reply before the end of the content. */
    private void early(String reply) {
      boolean loneDot = accepted.isEmpty() && protocol == Protocol.SMTP;
      int code = Integer.parseInt(reply.substring(0, 3));
      if (code == 421) {
        all.forEach(name -> lastWord.putIfAbsent(name, tooMany.getOrDefault(name, code)));
      } else if (code >= 400) {
        decide(accepted, code);
      }
      over = !loneDot || code == 421;
      dotAnswered = loneDot;
    }

    private void decide(List<String> names, int code) {
      names.forEach(name -> lastWord.putIfAbsent(name, code));
    }

    Set<Outcome> expected(String name) {
      Integer code = lastWord.get(name);
      if (code != null) {
        return EnumSet.of(
            code < 300 ? Outcome.ACCEPTED : code < 500 ? Outcome.DEFERRED : Outcome.REJECTED);
      }
      if (accepted.contains(name)) {
        return EnumSet.of(contentEnded ? Outcome.UNKNOWN : Outcome.NOT_SENT);
      }
      return tooMany.containsKey(name)
          ? EnumSet.of(Outcome.DEFERRED, Outcome.NOT_SENT)
          : EnumSet.of(Outcome.NOT_SENT);
    }
  }
}
