package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.Reply;
import dev.lmtp.testing.FuzzTries;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.PerProperty;

/**
 * Client and server against each other in memory: whatever is delivered to whom, however it is
 * decided and however the octets are cut, the content arrives whole, each recipient's outcome is
 * what the application decided, and the session goes on.
 */
@Label("L4, L5, L8, E1, E5, H27 Client and server back to back")
class BackToBackTest {

  /** What the application decides about a recipient, and when it says so. */
  enum Fate {
    REFUSED_4(450, Outcome.DEFERRED),
    REFUSED_5(550, Outcome.REJECTED),
    EARLY_4(451, Outcome.DEFERRED),
    EARLY_5(551, Outcome.REJECTED),
    STORED(250, Outcome.ACCEPTED),
    FINAL_4(452, Outcome.DEFERRED),
    FINAL_5(552, Outcome.REJECTED);

    final Reply reply;
    final Outcome outcome;

    Fate(int code, Outcome outcome) {
      this.reply = Reply.of(code, code / 100 + ".0.0", name());
      this.outcome = outcome;
    }

    boolean refused() {
      return this == REFUSED_4 || this == REFUSED_5;
    }

    boolean early() {
      return this == EARLY_4 || this == EARLY_5;
    }
  }

  /** A message and its fate. */
  record Message(List<Fate> fates, String content, ContentForm form, int chunk) {

    /** With its line ends repaired and its last line ended, as DATA carries it. */
    String arriving() {
      if (form == ContentForm.CHUNKS) {
        return content;
      }
      String lines = content.replaceAll("\r\n|\r|\n", "\r\n");
      boolean ended = lines.isEmpty() || lines.endsWith("\r\n");
      return ended ? lines : lines + "\r\n";
    }

    @Override
    public String toString() {
      return form + " " + chunk + " " + fates + " " + content.length() + " octets";
    }
  }

  @Provide
  Arbitrary<Message> messages() {
    Arbitrary<List<Fate>> fates = Arbitraries.of(Fate.class).list().ofMinSize(1).ofMaxSize(30);
    Arbitrary<String> lines =
        Arbitraries.of("\r", "\n", "\r\n", ".", "x", "text", "\0", "\u00e9", "\r\n.\r\n")
            .list()
            .ofMaxSize(60)
            .map(parts -> String.join("", parts));
    Arbitrary<String> octets =
        Arbitraries.bytes()
            .array(byte[].class)
            .ofMaxSize(3_000)
            .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1));
    return Combinators.combine(
            fates,
            Arbitraries.oneOf(lines, octets),
            Arbitraries.of(ContentForm.class),
            Arbitraries.integers().between(1, 700))
        .as(Message::new);
  }

  @Property(tries = 600)
  @PerProperty(FuzzTries.class)
  @Label("each recipient's outcome is what was decided, message after message")
  void delivers(
      @ForAll Protocol protocol,
      @ForAll @Size(min = 1, max = 4) List<@From("messages") Message> messages,
      @ForAll boolean pipelining,
      @ForAll @IntRange(min = 1, max = 5_000) int longestSlice,
      @ForAll long seed) {
    Random random = new Random(seed);
    Server server = new Server(protocol, messages, random);
    ClientSession client = new ClientSession(ClientSettings.of(protocol, "client.example"));
    Wire toServer = new Wire(random, longestSlice);
    Wire toClient = new Wire(random, longestSlice);
    Client delivering = new Client(client, messages, toServer, pipelining);

    server.run(Octets.none(), toClient);
    while (!delivering.done()) {
      boolean stuck = toClient.isEmpty() && toServer.isEmpty();
      assertFalse(stuck, () -> "nobody has anything to say: " + client.state());
      if (!toClient.isEmpty() && (toServer.isEmpty() || random.nextBoolean())) {
        delivering.run(toClient.slice());
      } else {
        server.run(toServer.slice(), toClient);
      }
    }
    for (int i = 0; i < messages.size(); i++) {
      assertEquals(expected(protocol, messages.get(i)), delivering.outcomes.get(i));
    }
    while (!toServer.isEmpty()) {
      server.run(toServer.slice(), toClient);
    }
    server.checkContents(messages);
  }

  private static List<Outcome> expected(Protocol protocol, Message message) {
    List<Outcome> outcomes = new ArrayList<>();
    // In SMTP one final reply speaks for everyone accepted: 4xx before 5xx before 2xx.
    Outcome forAll = Outcome.ACCEPTED;
    for (Fate fate : message.fates()) {
      if (!fate.refused() && fate.outcome != Outcome.ACCEPTED && forAll != Outcome.DEFERRED) {
        forAll = fate.outcome;
      }
    }
    for (Fate fate : message.fates()) {
      outcomes.add(fate.refused() || protocol == Protocol.LMTP ? fate.outcome : forAll);
    }
    return outcomes;
  }

  /** Octets under way, handed on in slices of random length. */
  private static final class Wire {
    private final Random random;
    private final int longest;
    private final ByteArrayOutputStream octets = new ByteArrayOutputStream();
    private int taken;

    Wire(Random random, int longest) {
      this.random = random;
      this.longest = longest;
    }

    void put(ByteBuffer lent) {
      while (lent.hasRemaining()) {
        octets.write(lent.get());
      }
    }

    boolean isEmpty() {
      return taken == octets.size();
    }

    ByteBuffer slice() {
      int length = Math.min(octets.size() - taken, 1 + random.nextInt(longest));
      ByteBuffer slice = random.nextBoolean() ? direct(length) : ByteBuffer.allocate(length);
      slice.put(octets.toByteArray(), taken, length).flip();
      taken += length;
      return slice;
    }

    private static ByteBuffer direct(int length) {
      return ByteBuffer.allocateDirect(length);
    }
  }

  private static final class Server {
    private final ServerSession session;
    private final List<Message> messages;
    private final Random random;
    private final List<String> contents = new ArrayList<>();
    private ByteArrayOutputStream content = new ByteArrayOutputStream();
    private int message = -1;
    private int asked;
    private List<Fate> accepted = new ArrayList<>();

    Server(Protocol protocol, List<Message> messages, Random random) {
      ServerSettings settings =
          ServerSettings.of(protocol, "server.example").withBareLineEnds(BareLineEnds.REJECT);
      this.session = new ServerSession(settings);
      this.messages = messages;
      this.random = random;
    }

    void run(ByteBuffer in, Wire toClient) {
      while (true) {
        ServerEvent event = session.poll(in);
        switch (event) {
          case NEED_INPUT, CLOSED -> {
            assertTrue(event == ServerEvent.CLOSED || !in.hasRemaining());
            toClient.put(session.output());
            return;
          }
          case FLUSH -> toClient.put(session.output());
          case CONNECTED, HELLO, COMMAND, STARTTLS, AUTH -> session.accept();
          case MAIL -> {
            message++;
            asked = 0;
            accepted = new ArrayList<>();
            content = new ByteArrayOutputStream();
            session.accept();
          }
          case RCPT -> {
            Fate fate = messages.get(message).fates().get(asked++);
            if (fate.refused()) {
              session.refuse(fate.reply);
            } else {
              accepted.add(fate);
              session.accept();
            }
          }
          case CONTENT_START -> {
            session.accept();
            report(true);
          }
          case CONTENT -> {
            while (session.content().hasRemaining()) {
              content.write(session.content().get());
            }
          }
          case CONTENT_END -> {
            contents.add(content.toString(StandardCharsets.ISO_8859_1));
            toClient.put(session.output());
            report(false);
          }
          case ABORTED -> assertTrue(session.abortCause() != AbortCause.VIOLATION);
          case VIOLATION -> assertEquals("RECIPIENT_FIRST", session.violation().name());
        }
      }
    }

    private void report(boolean early) {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < accepted.size(); i++) {
        if (accepted.get(i).early() == early) {
          order.add(i);
        }
      }
      Collections.shuffle(order, random);
      order.forEach(i -> session.report(i, accepted.get(i).reply));
    }

    void checkContents(List<Message> delivered) {
      List<Message> whole =
          delivered.stream()
              .filter(each -> each.fates().stream().anyMatch(fate -> !fate.refused()))
              .toList();
      assertEquals(whole.size(), contents.size());
      for (int i = 0; i < whole.size(); i++) {
        assertEquals(whole.get(i).arriving(), contents.get(i));
      }
    }
  }

  private static final class Client {
    private final ClientSession session;
    private final List<Message> messages;
    private final Wire toServer;
    private final boolean pipelining;
    private final List<List<Outcome>> outcomes = new ArrayList<>();
    private Delivery delivery;

    Client(ClientSession session, List<Message> messages, Wire toServer, boolean pipelining) {
      this.session = session;
      this.messages = messages;
      this.toServer = toServer;
      this.pipelining = pipelining;
    }

    boolean done() {
      return outcomes.size() == messages.size();
    }

    void run(ByteBuffer slice) {
      ByteBuffer in = pipelining ? slice : withoutPipelining(slice);
      while (step(in)) {
        toServer.put(session.output());
      }
      toServer.put(session.output());
    }

    // The same length, so that a keyword that is cut is not the filter's concern.
    private String tail = "";

    private ByteBuffer withoutPipelining(ByteBuffer slice) {
      if (session.capabilities().asMap().isEmpty()) {
        String octets = tail + Octets.take(slice);
        int end = octets.lastIndexOf('\n') + 1;
        tail = octets.substring(end);
        return Octets.of(octets.substring(0, end).replace("PIPELINING", "XPIPELINES"));
      }
      ByteBuffer rest = Octets.of(tail + Octets.take(slice));
      tail = "";
      return rest;
    }

    private boolean step(ByteBuffer in) {
      if (done()) {
        return false;
      }
      if (delivery == null) {
        switch (session.poll(in)) {
          case NEED_INPUT -> {
            assertFalse(in.hasRemaining());
            return false;
          }
          case GREETING -> session.hello();
          case HELLO -> begin();
          default -> throw new AssertionError(session.reply().toString());
        }
        return true;
      }
      switch (delivery.poll(in)) {
        case NEED_INPUT -> {
          assertFalse(in.hasRemaining());
          boolean envelope = session.state() != ClientState.READY;
          assertTrue(pipelining || !envelope || session.outstanding() <= 1);
          return false;
        }
        case RECIPIENT -> {}
        case CONTENT -> sendContent(messages.get(outcomes.size()));
        case DONE -> {
          outcomes.add(
              delivery.result().recipients().stream().map(RecipientResult::outcome).toList());
          assertTrue(session.isReusable());
          if (!done()) {
            begin();
          }
        }
      }
      return true;
    }

    private void begin() {
      assertEquals(pipelining, session.capabilities().offers(Extension.PIPELINING));
      Message message = messages.get(outcomes.size());
      // One address for many: recipients are known by their index.
      String[] recipients = message.fates().stream().map(Fate::name).toArray(String[]::new);
      delivery = new Delivery(session, Envelope.of("a@b", recipients), message.form());
    }

    private void sendContent(Message message) {
      toServer.put(session.output());
      ByteBuffer content = Octets.of(message.content());
      if (message.form() == ContentForm.DATA) {
        ByteBuffer target = ByteBuffer.allocate(Math.max(5, message.chunk()));
        for (boolean empty = false; !empty; ) {
          empty = session.content(content, target);
          toServer.put(target.flip());
          target.clear();
        }
        assertTrue(session.endContent(target));
        toServer.put(target.flip());
        return;
      }
      while (content.remaining() > message.chunk()) {
        session.chunk(message.chunk());
        sendChunk(content, message.chunk());
      }
      session.lastChunk(content.remaining());
      sendChunk(content, content.remaining());
    }

    private void sendChunk(ByteBuffer content, int octets) {
      toServer.put(session.output());
      toServer.put(content.duplicate().limit(content.position() + octets));
      content.position(content.position() + octets);
      if (octets > 0) {
        session.chunkSent(octets);
      }
    }
  }
}
