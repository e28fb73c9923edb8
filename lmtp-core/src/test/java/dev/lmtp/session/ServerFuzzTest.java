package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Extension;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.testing.Corpus;
import dev.lmtp.testing.FuzzTries;
import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Mutation;
import dev.lmtp.testing.Slicing;
import dev.lmtp.testkit.Dialogue;
import java.nio.ByteBuffer;
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
 * The server session under what real clients say, mutated: {@code -Dfuzz.tries=N} for more than a
 * look.
 */
@Label("H10-H25 The server session under mutated dialogues")
class ServerFuzzTest {

  /** What an octet of input may make the session allocate: values, replies, what is told. */
  private static final long ALLOCATED_FOR_AN_OCTET = 1_000;

  /** A server, the octets it gets, and how they may be cut. */
  record Input(
      Protocol protocol,
      Leniency leniency,
      BareLineEnds bareLineEnds,
      Limits limits,
      String octets,
      int size) {

    ServerSettings settings() {
      Offer offer = Offer.DEFAULT;
      for (Extension extension : Extension.values()) {
        // Where a handshake begins is not for the octets alone to say; AUTH knows other lines.
        if (extension != Extension.STARTTLS && extension != Extension.AUTH) {
          offer = offer.with(extension);
        }
      }
      return ServerSettings.of(protocol, "server.example")
          .withOffer(offer)
          .withLeniency(leniency)
          .withBareLineEnds(bareLineEnds)
          .withLimits(limits);
    }

    @Override
    public String toString() {
      return protocol
          + " "
          + bareLineEnds
          + " "
          + limits.commandLine()
          + " \""
          + Dialogue.escape(octets)
          + "\"";
    }
  }

  /** What came of it. */
  private record Outcome(String said, List<String> told, ServerState state) {}

  private static final Limits SMALL =
      Limits.DEFAULT
          .withCommandLine(512)
          .withRecipients(100)
          .withMessage(65_536)
          .withTextLine(1_000)
          .withErrors(20, 20);

  @Provide
  Arbitrary<Input> inputs() {
    return Combinators.combine(
            Arbitraries.of(Protocol.class),
            Arbitraries.of(Leniency.COMPATIBLE, Leniency.STRICT, Leniency.PARANOID),
            Arbitraries.of(BareLineEnds.class),
            Arbitraries.of(Limits.DEFAULT, SMALL),
            Arbitraries.of(Corpus.CLIENTS),
            Mutation.any().list().ofMaxSize(8),
            Arbitraries.integers().between(2, 300))
        .as(
            (protocol, leniency, bare, limits, start, mutations, size) -> {
              // Dialogues of the other protocol would come to nothing.
              String own = start.replaceAll("(?m)^([LE]HLO|HELO)", protocol.hello().name());
              String octets = Mutation.apply(mutations, own, Corpus.CLIENTS);
              return new Input(protocol, leniency, bare, limits, octets, size);
            });
  }

  @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
  @PerProperty(FuzzTries.class)
  @Label("each octet gets the answer that the table of states says, or none")
  void answersByTheTable(@ForAll("inputs") Input input) {
    FuzzedServer server = new FuzzedServer(input.settings());
    CommandOracle oracle = new CommandOracle(server, input.settings());
    for (int i = 0; i < input.octets().length(); i++) {
      oracle.feed(input.octets().charAt(i));
    }
    assertEquals("", server.endInput());
    assertEquals(ServerState.CLOSED, server.session.state());
  }

  @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
  @PerProperty(FuzzTries.class)
  @Label("however the octets are cut, the same comes of them")
  void anySlicing(@ForAll("inputs") Input input) {
    Outcome expected = outcome(input, Slicing.whole());
    assertEquals(expected, outcome(input, Slicing.direct()));
    assertEquals(expected, outcome(input, Slicing.pieces(1)));
    assertEquals(expected, outcome(input, Slicing.pieces(input.size())));
    assertEquals(expected, outcome(input, Slicing.cutAt(input.size())));
  }

  private static Outcome outcome(Input input, Slicing slicing) {
    FuzzedServer server = new FuzzedServer(input.settings());
    StringBuilder said = new StringBuilder();
    for (ByteBuffer slice : slicing.slices(input.octets())) {
      said.append(server.hear(slice));
    }
    ServerState state = server.session.state();
    said.append(server.endInput());
    return new Outcome(said.toString(), server.told, state);
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  @PerProperty(FuzzTries.class)
  @Label("H11 H13 H23 what is allocated is bounded by what came in")
  void boundedAllocation(@ForAll("inputs") Input input) {
    ServerSettings settings = input.settings();
    Runnable play = () -> new FuzzedServer(settings).hear(Octets.of(input.octets()));
    // The better of two: a class may be loaded in one.
    long allocated = Math.min(HeapUse.allocatedBy(play), HeapUse.allocatedBy(play));
    long bound = 200_000 + ALLOCATED_FOR_AN_OCTET * input.octets().length();
    assertTrue(allocated <= bound, () -> allocated + " bytes, " + input.octets().length());
  }
}
