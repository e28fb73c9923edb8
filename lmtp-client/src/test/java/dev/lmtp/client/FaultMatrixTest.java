package dev.lmtp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.testkit.FaultyServer;
import dev.lmtp.testkit.FaultyServer.Fault;
import dev.lmtp.testkit.FaultyServer.Moment;
import dev.lmtp.testkit.TestNetwork;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** H50 to H59: whatever goes wrong at whatever moment, no outcome says more than the server did. */
class FaultMatrixTest {
  private static final MessageSource MESSAGE =
      MessageSource.of("Subject: hi\r\n\r\nbody\r\n".getBytes(StandardCharsets.US_ASCII));

  private final TestNetwork network = new TestNetwork();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
  }

  static Stream<Arguments> faults() {
    List<Function<Moment, Fault>> kinds =
        List.of(
            moment -> Fault.refuse(moment, "450 4.2.0 Later"),
            moment -> Fault.refuse(moment, "550 5.2.0 Never"),
            moment -> Fault.refuse(moment, "421 4.3.2 Closing"),
            Fault::cut,
            Fault::drip,
            Fault::garbage,
            Fault::tooMuch);
    List<Arguments> all = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      for (Moment moment : Moment.values()) {
        for (Function<Moment, Fault> kind : kinds) {
          all.add(Arguments.of(protocol, moment, kind.apply(moment)));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest(name = "{0}, {2}")
  @MethodSource("faults")
  void honest(Protocol protocol, Moment moment, Fault fault) throws Exception {
    try (FaultyServer server = FaultyServer.start(network.address("lmtp"), fault)) {
      List<RecipientResult> results = List.of();
      try {
        results = client(protocol).deliver(envelope(), MESSAGE).recipients();
      } catch (LmtpException e) {
        assertTrue(moment == Moment.GREETING || moment == Moment.HELLO, e::toString);
        assertEquals(List.of(), server.contents(), "an exception: delivered to nobody");
      }
      boolean taken = !server.contents().isEmpty();
      for (RecipientResult result : results) {
        String what = fault + ": " + result;
        assertTrue(result.outcome() != Outcome.ACCEPTED || taken, what);
        // The server has it, and whoever is not told so hears a reply or a doubt.
        assertTrue(!taken || result.outcome() != Outcome.NOT_SENT, what);
        boolean hasReply = result.reply().isPresent();
        assertEquals(
            hasReply, result.outcome() != Outcome.NOT_SENT && result.outcome() != Outcome.UNKNOWN);
      }
      boolean harmless = moment == Moment.QUIT || fault.toString().startsWith("drip");
      assertTrue(
          !harmless || results.stream().allMatch(one -> one.outcome() == Outcome.ACCEPTED),
          results::toString);
      assertEquals(1, server.connections());
    }
  }

  private LmtpClient client(Protocol protocol) {
    return LmtpClient.builder(network.address("lmtp")).protocol(protocol).build();
  }

  private static Envelope envelope() {
    return Envelope.of("a@b.c", "one@d", "two@d");
  }

  @Test
  @DisplayName("L12: no final reply within ten minutes: unknown, by a clock that stands still")
  void neverAnswered() throws Exception {
    try (FaultyServer server =
        FaultyServer.start(network.address("lmtp"), Fault.tooLittle(Moment.FINAL))) {
      Future<DeliveryResult> result =
          threads.submit(() -> client(Protocol.LMTP).deliver(envelope(), MESSAGE));
      network.advanceToDeadline(Duration.ofMinutes(10));
      assertEquals(2, result.get().count(Outcome.UNKNOWN));
      assertEquals(1, server.awaitContents(1).size());
    }
  }

  @Test
  @DisplayName("a reply that comes late, but in time, is a reply")
  void lateButInTime() throws Exception {
    Duration nineMinutes = Duration.ofMinutes(9);
    try (FaultyServer server =
        FaultyServer.start(
            network.address("lmtp"), Fault.delay(Moment.FINAL, nineMinutes).times(1))) {
      Future<DeliveryResult> result =
          threads.submit(() -> client(Protocol.LMTP).deliver(envelope(), MESSAGE));
      network.advanceToDeadline(nineMinutes);
      assertTrue(result.get().allAccepted());
      assertEquals(1, server.contents().size());
    }
  }
}
