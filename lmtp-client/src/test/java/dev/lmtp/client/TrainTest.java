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
import dev.lmtp.testkit.ScriptedPeer;
import dev.lmtp.testkit.TestNetwork;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** S8: the next envelope leaves behind the last content (RFC 2920 section 3.1). */
class TrainTest {
  private static final int MESSAGES = 4;

  private final TestNetwork network = new TestNetwork();
  private final List<String> ended = new ArrayList<>();
  private final List<DeliveryResult> results = new ArrayList<>();

  private LmtpConnection connect(Protocol protocol) throws IOException {
    return LmtpClient.builder(network.address("lmtp"))
        .protocol(protocol)
        .chunking(LmtpClient.Chunking.NEVER)
        .helloName("here")
        .build()
        .connect();
  }

  private static Outgoing message(int number, String... recipients) {
    return new Outgoing(
        Envelope.of("sender" + number + "@b.c", recipients),
        MessageSource.of(content(number).getBytes(StandardCharsets.US_ASCII)));
  }

  private static String content(int number) {
    return "Subject: " + number + "\r\n";
  }

  private static Iterator<Outgoing> messages() {
    return IntStream.range(0, MESSAGES)
        .mapToObj(number -> message(number, "one@d", "two@d"))
        .iterator();
  }

  private void ended(Outgoing outgoing, DeliveryResult result) {
    ended.add(outgoing.envelope().reversePath().toString());
    results.add(result);
  }

  private List<List<Outcome>> outcomes() {
    return results.stream()
        .map(result -> result.recipients().stream().map(RecipientResult::outcome).toList())
        .toList();
  }

  @Test
  @DisplayName("an envelope comes before the final replies to the content before it")
  void nextEnvelopeBehindContent() throws Exception {
    try (ScriptedPeer server =
            ScriptedPeer.listen(
                network.address("lmtp"),
                peer -> {
                  peer.say("220 there LMTP");
                  peer.expect("LHLO here");
                  peer.say("250-there", "250-PIPELINING", "250 ENHANCEDSTATUSCODES");
                  peer.expect("MAIL FROM:<sender0@b.c>");
                  peer.expect("RCPT TO:<one@d>");
                  peer.expect("RCPT TO:<two@d>");
                  peer.expect("DATA");
                  peer.say("250 2.1.0 Ok", "250 2.1.5 Ok", "550 5.1.1 Who", "354 Go on");
                  assertEquals(content(0), new String(peer.dotted(), StandardCharsets.US_ASCII));
                  peer.expect("MAIL FROM:<sender1@b.c>");
                  peer.expect("RCPT TO:<three@d>");
                  peer.expect("DATA");
                  peer.say("250 2.0.0 Stored", "250 2.1.0 Ok", "250 2.1.5 Ok", "354 Go on");
                  peer.dotted();
                  peer.say("452 4.2.2 Full");
                  peer.expect("QUIT");
                  peer.say("221 2.0.0 Bye");
                });
        LmtpConnection client = connect(Protocol.LMTP)) {
      Iterator<Outgoing> two =
          List.of(message(0, "one@d", "two@d"), message(1, "three@d")).iterator();
      client.deliverAll(two, this::ended);
      assertEquals(server.address(), network.address("lmtp"));
    }
    assertEquals(List.of("<sender0@b.c>", "<sender1@b.c>"), ended);
    assertEquals(
        List.of(List.of(Outcome.ACCEPTED, Outcome.REJECTED), List.of(Outcome.DEFERRED)),
        outcomes());
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
    List<Moment> moments =
        List.of(Moment.MAIL, Moment.RCPT, Moment.DATA, Moment.CONTENT, Moment.FINAL);
    List<Arguments> all = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      for (Moment moment : moments) {
        for (Function<Moment, Fault> kind : kinds) {
          for (int skipped = 0; skipped < 5; skipped++) {
            all.add(Arguments.of(protocol, kind.apply(moment).times(1).after(skipped)));
          }
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("faults")
  @DisplayName("H50 to H59: whatever goes wrong with one of them, no outcome says too much")
  void honest(Protocol protocol, Fault fault) throws Exception {
    Iterator<Outgoing> messages = messages();
    try (FaultyServer server = FaultyServer.start(network.address("lmtp"), fault)) {
      try (LmtpConnection client = connect(protocol)) {
        client.deliverAll(messages, this::ended);
      }
      List<String> taken =
          server.contents().stream()
              .map(content -> new String(content, StandardCharsets.US_ASCII))
              .toList();
      int left = 0;
      for (; messages.hasNext(); messages.next()) {
        left++;
      }
      assertEquals(MESSAGES, results.size() + left, "each has a result or was not asked for");
      for (int i = 0; i < results.size(); i++) {
        assertEquals("<sender" + i + "@b.c>", ended.get(i));
        boolean has = taken.contains(content(i));
        for (RecipientResult one : results.get(i).recipients()) {
          assertTrue(one.outcome() != Outcome.ACCEPTED || has, fault + " " + i + ": " + one);
          assertTrue(one.outcome() != Outcome.NOT_SENT || !has, fault + " " + i + ": " + one);
        }
      }
      assertTrue(taken.size() <= results.size(), "nothing was sent that has no result");
      assertEquals(1, server.connections());
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("contents that cannot be sent are results, and the others go on")
  void unfit(Protocol protocol) throws Exception {
    InputStream broken =
        new FilterInputStream(new ByteArrayInputStream("xxx".getBytes(StandardCharsets.US_ASCII))) {
          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            int count = super.read(target, offset, length);
            if (count < 0) {
              throw new IOException("the disk is broken");
            }
            return count;
          }
        };
    Outgoing missing =
        new Outgoing(
            Envelope.of("gone@b.c", "one@d"), MessageSource.of(Path.of("/nonexistent/message")));
    Outgoing stream =
        new Outgoing(
            Envelope.of("stream@b.c", "one@d"),
            MessageSource.of(new ByteArrayInputStream(new byte[] {'h', 'i', '\r', '\n'})));
    Outgoing bad = new Outgoing(Envelope.of("broken@b.c", "one@d"), MessageSource.of(broken));
    Iterator<Outgoing> all =
        List.of(missing, message(0, "one@d"), missing, stream, bad, message(1, "one@d")).iterator();
    try (FaultyServer server = FaultyServer.start(network.address("lmtp"))) {
      try (LmtpConnection client = connect(protocol)) {
        client.deliverAll(all, this::ended);
        assertEquals(false, client.isReusable(), "a content was broken off");
      }
      assertEquals(2, server.contents().size());
    }
    assertTrue(all.hasNext(), "the last one was not asked for");
    assertEquals(
        List.of("<gone@b.c>", "<sender0@b.c>", "<gone@b.c>", "<stream@b.c>", "<broken@b.c>"),
        ended);
    assertEquals(
        List.of(
            List.of(Outcome.NOT_SENT),
            List.of(Outcome.ACCEPTED),
            List.of(Outcome.NOT_SENT),
            List.of(Outcome.ACCEPTED),
            List.of(Outcome.NOT_SENT)),
        outcomes());
    for (int i : new int[] {0, 2, 4}) {
      String detail = results.get(i).recipients().get(0).detail();
      String cause = i == 4 ? "the disk is broken" : "NoSuchFileException: /nonexistent/message";
      assertTrue(detail.contains("content cannot be read") && detail.endsWith(cause), detail);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CHUNKING, 552 5.3.4 Too big, REJECTED",
    "CHUNKING, 250 2.0.0 Stored, NOT_SENT",
    "CHUNKING, '', NOT_SENT",
    "SIZE, 552 5.3.4 Too big, REJECTED",
    "SIZE, 250 2.0.0 Stored, NOT_SENT",
    "SIZE, '', NOT_SENT"
  })
  @DisplayName(
      "H54: what is said while an end is held is early, and nothing of the next one leaves")
  void earlyWhileHeld(String offered, String early, Outcome expected) throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch said = new CountDownLatch(1);
    Iterator<Outgoing> waiting =
        new Iterator<>() {
          private int given;

          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Outgoing next() {
            if (given > 0) {
              asked.countDown();
              try {
                said.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }
            return message(given++, "one@d");
          }
        };
    List<String> heard = new ArrayList<>();
    try (ScriptedPeer server =
            ScriptedPeer.listen(
                network.address("lmtp"),
                peer -> {
                  peer.say("220 there LMTP");
                  peer.expect("LHLO here");
                  peer.say("250-there", "250-PIPELINING", "250 " + offered);
                  peer.expect("MAIL *");
                  peer.expect("RCPT *");
                  peer.say("250 2.1.0 Ok", "250 2.1.5 Ok");
                  if (!offered.equals("CHUNKING")) {
                    peer.expect("DATA");
                    peer.say("354 Go on");
                  }
                  asked.await();
                  if (early.isEmpty()) {
                    peer.shutdownOutput();
                  } else {
                    peer.say(early);
                  }
                  said.countDown();
                  peer.expectEnd();
                });
        LmtpConnection client =
            LmtpClient.builder(network.address("lmtp"))
                .helloName("here")
                .dialogue(heard::add)
                .build()
                .connect()) {
      client.deliverAll(waiting, this::ended);
      assertEquals(false, client.isReusable());
      assertEquals(server.address(), network.address("lmtp"));
    }
    assertEquals(List.of(List.of(expected), List.of(Outcome.NOT_SENT)), outcomes());
    assertEquals(List.of("<sender0@b.c>", "<sender1@b.c>"), ended);
    assertTrue(heard.stream().noneMatch(line -> line.contains("sender1")), heard.toString());
  }

  @Test
  @DisplayName("without PIPELINING, one after the other")
  void withoutPipelining() throws Exception {
    try (ScriptedPeer server =
            ScriptedPeer.listen(
                network.address("lmtp"),
                peer -> {
                  peer.say("220 there LMTP");
                  peer.expect("LHLO here");
                  peer.say("250-there", "250 ENHANCEDSTATUSCODES");
                  for (int i = 0; i < 2; i++) {
                    for (String command : List.of("MAIL *", "RCPT *")) {
                      peer.expect(command);
                      peer.say("250 2.0.0 Ok");
                    }
                    peer.expect("DATA");
                    peer.say("354 Go on");
                    peer.dotted();
                    peer.say("250 2.0.0 Stored");
                  }
                  peer.expect("QUIT");
                  peer.say("221 2.0.0 Bye");
                });
        LmtpConnection client = connect(Protocol.LMTP)) {
      client.deliverAll(List.of(message(0, "one@d"), message(1, "one@d")).iterator(), this::ended);
      assertEquals(server.address(), network.address("lmtp"));
    }
    assertEquals(List.of(List.of(Outcome.ACCEPTED), List.of(Outcome.ACCEPTED)), outcomes());
  }

  @ParameterizedTest
  @CsvSource({"LIMITS RCPTMAX=1, ''", "SIZE, 452 4.5.3 Too many"})
  @DisplayName("who needs a further transaction has it before the next message begins")
  void furtherTransactions(String offered, String tooMany) throws Exception {
    try (ScriptedPeer server =
            ScriptedPeer.listen(
                network.address("lmtp"),
                peer -> {
                  peer.say("220 there LMTP");
                  peer.expect("LHLO here");
                  peer.say("250-there", "250-PIPELINING", "250 " + offered);
                  takeOne(peer, "sender0", "one", tooMany);
                  takeOne(peer, "sender0", "two", "");
                  takeOne(peer, "sender1", "three", "");
                  peer.expect("QUIT");
                  peer.say("221 2.0.0 Bye");
                });
        LmtpConnection client = connect(Protocol.LMTP)) {
      Iterator<Outgoing> two =
          List.of(message(0, "one@d", "two@d"), message(1, "three@d")).iterator();
      client.deliverAll(two, this::ended);
      assertEquals(server.address(), network.address("lmtp"));
    }
    assertEquals(
        List.of(List.of(Outcome.ACCEPTED, Outcome.ACCEPTED), List.of(Outcome.ACCEPTED)),
        outcomes());
  }

  private static void takeOne(
      ScriptedPeer.Connection peer, String sender, String recipient, String tooMany)
      throws IOException {
    peer.expect("MAIL FROM:<" + sender + "@b.c>*");
    peer.expect("RCPT TO:<" + recipient + "@d>");
    if (!tooMany.isEmpty()) {
      peer.expect("RCPT TO:<two@d>");
    }
    peer.expect("DATA");
    peer.say("250 2.1.0 Ok", "250 2.1.5 Ok");
    if (!tooMany.isEmpty()) {
      peer.say(tooMany);
    }
    peer.say("354 Go on");
    peer.dotted();
    peer.say("250 2.0.0 Stored");
  }
}
