package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.Reply;
import dev.lmtp.testing.Corpus;
import dev.lmtp.testing.FuzzTries;
import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Mutation;
import dev.lmtp.testing.Slicing;
import dev.lmtp.testkit.Dialogue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.PerProperty;

/**
 * The client session and a delivery under what real servers say, mutated octet by octet; {@link
 * RandomServerTest} does the same with whole replies.
 */
@Label("H50-H60 The client session under mutated dialogues")
class ClientFuzzTest {

  /** Lines a client may say, whatever it hears. */
  private static final String LINE =
      "(LHLO|EHLO|HELO) c|MAIL FROM:<a@b>|RCPT TO:<c@d>|DATA|BDAT [0-9]+( LAST)?|RSET|x|\\.|";

  record Input(Protocol protocol, ContentForm form, int recipients, String octets, int size) {

    @Override
    public String toString() {
      return protocol + " " + form + " " + recipients + " \"" + Dialogue.escape(octets) + "\"";
    }
  }

  @Provide
  Arbitrary<Input> inputs() {
    Arbitrary<String> octets =
        Combinators.combine(Arbitraries.of(Corpus.SERVERS), Mutation.any().list().ofMaxSize(6))
            .as((start, mutations) -> Mutation.apply(mutations, start, Corpus.SERVERS));
    return Combinators.combine(
            Arbitraries.of(Protocol.class),
            Arbitraries.of(ContentForm.class),
            Arbitraries.integers().between(1, 5),
            octets,
            Arbitraries.integers().between(2, 200))
        .as(Input::new);
  }

  @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
  @PerProperty(FuzzTries.class)
  @Label("each recipient has one outcome that the replies justify, however they are cut")
  void anySlicing(@ForAll("inputs") Input input) {
    List<String> expected = new Client(input).play(Slicing.whole());
    for (Slicing slicing :
        List.of(Slicing.direct(), Slicing.pieces(1), Slicing.pieces(input.size()))) {
      List<String> found = new Client(input).play(slicing);
      if (isOneTransaction(expected) && isOneTransaction(found)) {
        assertEquals(expected, found);
      }
    }
  }

  /**
   * A reply too many is a violation where it is seen before the next transaction begins, and else
   * taken for the next command's: nobody could tell. Nor does a 421 behind the last final reply
   * concern those who were left for a next transaction (LIMITS), unless it is there in time.
   */
  private static boolean isOneTransaction(List<String> played) {
    String said = played.get(0);
    int recipients = said.split("RCPT", -1).length - 1;
    boolean leftSome = recipients > 0 && recipients < played.size() - 1;
    return !said.contains("RSET") && said.split("MAIL", -1).length <= 2 && !leftSome;
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  @PerProperty(FuzzTries.class)
  @Label("H50 what is allocated is bounded by what came in")
  void boundedAllocation(@ForAll("inputs") Input input) {
    Runnable play = () -> new Client(input).play(Slicing.whole());
    // The better of two: a class may be loaded in one.
    long allocated = Math.min(HeapUse.allocatedBy(play), HeapUse.allocatedBy(play));
    long bound = 200_000 + 200L * input.octets().length();
    assertTrue(allocated <= bound, () -> allocated + " bytes, " + input.octets().length());
  }

  /** Delivers one message and notes what came of it. */
  private static final class Client {
    private final Input input;
    private final ClientSession session;
    private final StringBuilder said = new StringBuilder();
    private Delivery delivery;
    private boolean done;
    private boolean contentSent;
    private int told;
    private int events;

    Client(Input input) {
      this.input = input;
      this.session = new ClientSession(ClientSettings.of(input.protocol(), "c"));
    }

    /** What was said, and the outcomes. */
    List<String> play(Slicing slicing) {
      for (ByteBuffer slice : slicing.slices(input.octets())) {
        hear(slice);
      }
      session.endInput();
      hear(Octets.none());
      assertFalse(session.isReusable());
      for (String line : said.toString().split("\r\n", -1)) {
        assertTrue(line.matches(LINE), line);
      }
      List<String> results = new ArrayList<>(List.of(said.toString()));
      if (delivery != null) {
        assertTrue(done, "the end of the input ends the delivery");
        assertEquals(input.recipients(), told, "outcomes told");
        delivery.result().recipients().forEach(this::check);
        delivery.result().recipients().forEach(result -> results.add(shown(result)));
      }
      return results;
    }

    private void check(RecipientResult result) {
      int kind = result.reply().map(Reply::code).orElse(0) / 100;
      switch (result.outcome()) {
        case ACCEPTED -> {
          assertEquals(2, kind);
          assertEquals(Stage.FINAL, result.stage());
          assertTrue(contentSent, "accepted before it was sent");
        }
        case REJECTED -> assertEquals(5, kind);
        case DEFERRED -> assertTrue(kind > 0, "deferred by nothing");
        case UNKNOWN -> assertTrue(contentSent && kind == 0, "unknown what was not sent");
        case NOT_SENT -> assertTrue(!contentSent || result.stage() == Stage.SESSION, "sent");
      }
    }

    private static String shown(RecipientResult result) {
      String reply = result.reply().map(Reply::toString).orElse("");
      return result.outcome() + " " + result.stage() + " " + reply;
    }

    private void hear(ByteBuffer in) {
      boolean goesOn = true;
      while (goesOn) {
        events++;
        assertTrue(events <= input.octets().length() + 10 * input.recipients() + 20, "no end");
        goesOn = delivery == null ? converse(in) : !done && deliver(in);
        said.append(Octets.take(session.output()));
      }
    }

    private boolean converse(ByteBuffer in) {
      switch (session.poll(in)) {
        case NEED_INPUT -> {
          assertFalse(in.hasRemaining());
          return false;
        }
        case GREETING -> {
          if (session.state() == ClientState.GREETED) {
            session.hello();
          }
        }
        case HELLO -> {
          if (session.isReusable()) {
            begin();
          }
        }
        case VIOLATION -> assertFalse(session.violation().section().isEmpty());
        default -> {
          return false;
        }
      }
      return true;
    }

    private void begin() {
      String[] to = Collections.nCopies(input.recipients(), "c@d").toArray(new String[0]);
      boolean chunking = session.capabilities().offers(Extension.CHUNKING);
      ContentForm form = chunking ? input.form() : ContentForm.DATA;
      delivery = new Delivery(session, Envelope.of("a@b", to), form, ContentSupply.ONCE);
    }

    private boolean deliver(ByteBuffer in) {
      switch (delivery.poll(in)) {
        case NEED_INPUT -> {
          assertFalse(in.hasRemaining());
          return false;
        }
        case RECIPIENT -> told++;
        case DONE -> done = true;
        case CONTENT -> send();
      }
      return true;
    }

    private void send() {
      contentSent = true;
      said.append(Octets.take(session.output()));
      if (session.state() == ClientState.CONTENT) {
        ByteBuffer target = ByteBuffer.allocate(10);
        assertTrue(session.content(Octets.lines("x"), target) && session.endContent(target));
        said.append(Octets.take(target.flip()));
        return;
      }
      session.chunk(3);
      session.chunkSent(3);
      session.lastChunk(0);
    }
  }
}
