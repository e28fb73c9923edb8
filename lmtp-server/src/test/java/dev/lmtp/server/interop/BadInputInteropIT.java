package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.Corpus;
import dev.lmtp.testing.Mutation;
import dev.lmtp.testkit.Dialogue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bad input by the million for the server program, which goes on to serve and holds no more memory
 * than before.
 *
 * <p><b>What is counted.</b> One input is all that the client says in one of the dialogues of the
 * corpus, with one to six mutations, and different from what it was. That is a whole session of a
 * few commands, or of a few hundred; some of it may still be good. The first test gives each input
 * a connection of its own and counts it when the server has greeted it, and closed. The second
 * sends inputs one behind the other, where one may become the content of another's message, and so
 * counts them for less: as sent.
 *
 * <p>{@code -Dbad.inputs=N} for another number; {@code -Dbad.seed=N} for other inputs.
 */
class BadInputInteropIT {

  private static final int INPUTS = Integer.getInteger("bad.inputs", 1_000_000);
  private static final long SEED = Long.getLong("bad.seed", 20_330_5_321L);
  private static final int PEERS = 4;
  private static final int ROUNDS = 5;
  private static final int BATCH = 100;

  /** The stock of large read buffers, 4 MiB, may be empty before and full behind. */
  private static final long HEAP_BOUND = 6 << 20;

  /** Those of SMTP say the other hello here, or would come to nothing. */
  private static final List<String> DIALOGUES =
      Corpus.CLIENTS.stream().map(said -> said.replaceAll("(?m)^(EHLO|HELO)", "LHLO")).toList();

  @TempDir Path home;

  private String address;
  private long logged;

  /** What one peer has done in one round. */
  private record Tally(int inputs, int sessions) {}

  private interface Peer {
    Tally run(Random random, int inputs) throws IOException;
  }

  private ServerProgram start(String... options) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-Xmx64m", "-XX:+UseSerialGC"));
    all.addAll(List.of(options));
    ServerProgram server =
        ServerProgram.start(home, List.of("unix:" + home.resolve("s")), all.toArray(String[]::new));
    address = server.address(0);
    return server;
  }

  @Test
  @DisplayName("H1-H31: a million bad sessions, and the server serves, its memory where it was")
  void eachInASessionOfItsOwn() throws Exception {
    try (ServerProgram server = start("--discard")) {
      Tally all = rounds(server, INPUTS, this::eachAlone);
      assertEquals(INPUTS, all.inputs());
      checkLog(all.sessions());
    }
  }

  @Test
  @DisplayName(
      "H1-H31: bad input behind bad input, where no budget ends a session; good mail is stored")
  void oneBehindTheOther() throws Exception {
    Maildirs maildirs = Maildirs.under(home.resolve("mail"));
    for (String mailbox : List.of("ann@example.org", "ben@example.org", "one@c", "c@d")) {
      maildirs.add(mailbox);
    }
    try (ServerProgram server =
        start(
            "--maildir",
            maildirs.template(),
            "--max-errors",
            "1000000000",
            "--max-idle-commands",
            "1000000000")) {
      Tally all = rounds(server, INPUTS / 20, this::inBatches);
      assertTrue(all.inputs() >= INPUTS / 20, all::toString);
      checkLog(all.inputs());
    }
    List<StoredMessage> stored = maildirs.newMessages("ann@example.org");
    long good =
        stored.stream()
            .filter(m -> m.content().equals(BusyPeers.CONTENT.replace("\r\n", "\n")))
            .count();
    assertEquals(ROUNDS + 1, good);
    assertEquals(List.of(), maildirs.unfinished("ann@example.org"));
  }

  /** So many inputs in a few rounds; behind each the server is looked at. */
  private Tally rounds(ServerProgram server, int inputs, Peer peer) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PEERS);
    Tally all = new Tally(0, 0);
    try {
      // Classes are loaded, buffers and threads made.
      round(threads, peer, -1, inputs / 50);
      ServerMemory before = look(server, "before");
      for (int round = 0; round < ROUNDS; round++) {
        int share = inputs / ROUNDS / PEERS;
        for (Future<Tally> each : round(threads, peer, round, share)) {
          all =
              new Tally(all.inputs() + each.get().inputs(), all.sessions() + each.get().sessions());
        }
        ServerMemory now = look(server, all.toString());
        long grown = now.heap() - before.heap();
        assertTrue(grown <= HEAP_BOUND, () -> grown + " octets of heap more");
      }
    } finally {
      threads.shutdownNow();
    }
    return all;
  }

  private List<Future<Tally>> round(ExecutorService threads, Peer peer, int round, int share)
      throws Exception {
    List<Future<Tally>> peers = new ArrayList<>();
    for (int i = 0; i < PEERS; i++) {
      Random random = new Random(SEED + 1_000L * round + i);
      peers.add(threads.submit(() -> peer.run(random, share)));
    }
    for (Future<Tally> each : peers) {
      each.get();
    }
    return peers;
  }

  private ServerMemory look(ServerProgram server, String when) throws Exception {
    try (BusyPeers good = new BusyPeers(address, 1)) {
      assertEquals(1, good.deliver(delivered -> delivered < 1).get());
    }
    ServerMemory memory = server.memory();
    System.out.println(when + ": " + memory);
    return memory;
  }

  private void checkLog(int sessions) throws IOException {
    Path log = home.resolve("lmtp-server.log");
    try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      lines.forEach(
          line -> {
            logged++;
            assertFalse(line.startsWith("\tat ") || line.contains(" SEVERE "), line);
            assertTrue(line.length() <= 400, line);
          });
    }
    System.out.printf("%,d lines of log, %,d octets%n", logged, Files.size(log));
    assertTrue(logged <= 12L * sessions, () -> logged + " lines for " + sessions);
  }

  // ---------------------------------------------------------------- the peers

  /** A dialogue gone wrong. */
  private static String input(Random random) {
    while (true) {
      String start = DIALOGUES.get(random.nextInt(DIALOGUES.size()));
      String mutated = start;
      for (int i = random.nextInt(6); i >= 0; i--) {
        mutated = Mutation.any(random).apply(mutated, DIALOGUES);
      }
      if (!mutated.equals(start) && !mutated.isEmpty()) {
        return mutated;
      }
    }
  }

  private Tally eachAlone(Random random, int inputs) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(65_536);
    for (int i = 0; i < inputs; i++) {
      String input = input(random);
      Replies replies = new Replies();
      boolean toTheEnd = true;
      try (RawConnection peer = RawConnection.to(address)) {
        try {
          peer.say(input);
          peer.channel.shutdownOutput();
        } catch (IOException e) {
          // The server has had enough; that it said why is still to be heard.
        }
        try {
          while (peer.channel.read(bytes.clear()) >= 0) {
            replies.hear(bytes.flip());
          }
        } catch (IOException e) {
          // It closed while octets of ours lay unread.
          toTheEnd = false;
        }
      }
      assertTrue(replies.good(toTheEnd), () -> replies + " to " + Dialogue.escape(input));
    }
    return new Tally(inputs, inputs);
  }

  private Tally inBatches(Random random, int inputs) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(65_536);
    int sent = 0;
    int sessions = 0;
    while (sent < inputs) {
      sessions++;
      Replies replies = new Replies();
      try (RawConnection peer = RawConnection.to(address)) {
        boolean open = true;
        for (int i = 0; i < BATCH && open; i++) {
          // The end of a session is the other test's.
          String input = input(random).replace("QUIT", "NOOP");
          peer.channel.configureBlocking(true);
          peer.say(input);
          sent++;
          // What waits for us is heard, so that no server waits for us in turn.
          peer.channel.configureBlocking(false);
          int count = 1;
          while (count > 0) {
            count = peer.channel.read(bytes.clear());
            replies.hear(bytes.flip());
          }
          open = count == 0;
        }
      } catch (IOException e) {
        // The server has closed; the next session goes on.
      }
      assertTrue(replies.good(false), replies::toString);
    }
    return new Tally(sent, sessions);
  }

  /** Holds what a server says to the form of replies, however it is cut. */
  private static final class Replies {
    private final StringBuilder first = new StringBuilder();
    private int column;
    private boolean afterCr;
    private boolean wrong;

    void hear(ByteBuffer bytes) {
      while (bytes.hasRemaining()) {
        char octet = (char) (bytes.get() & 0xff);
        if (first.length() < 200) {
          first.append(octet);
        }
        if (afterCr || octet == '\n') {
          wrong |= !(afterCr && octet == '\n' && column > 3);
          column = 0;
          afterCr = false;
          continue;
        }
        afterCr = octet == '\r';
        wrong |=
            switch (column) {
              case 0 -> octet < '2' || octet > '5';
              case 1, 2 -> octet < '0' || octet > '9';
              case 3 -> octet != ' ' && octet != '-';
              default -> !afterCr && (octet < ' ' || octet > '~');
            };
        column++;
      }
    }

    boolean good(boolean whole) {
      boolean greeted = first.length() == 0 ? !whole : first.toString().startsWith("220 ");
      return greeted && !wrong && (column == 0 || !whole);
    }

    @Override
    public String toString() {
      return Dialogue.escape(first.toString());
    }
  }
}
