package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.peer.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server program under load that is no work: idle peers, slow ones, and such as never read. It
 * says what it measures; what is asserted is docs/security.md's.
 */
class LoadInteropIT {

  private static final int IDLE = 9_000;
  private static final int BUSY = 16;

  /** What the descriptors of either process are needed for beside the idle connections. */
  private static final int OTHER_DESCRIPTORS = 400;

  private static final int NOOPS = 1_000_000;
  private static final int CHUNKS = 20_000;

  @TempDir Path home;

  private final List<RawConnection> peers = new ArrayList<>();
  private Maildirs maildirs;
  private String address;

  @BeforeEach
  void makeMailboxes() throws IOException {
    maildirs = Maildirs.under(home.resolve("mail"));
    maildirs.add("ann@example.org");
    maildirs.add("ben@example.org");
  }

  @AfterEach
  void disconnect() throws IOException {
    for (RawConnection peer : peers) {
      peer.close();
    }
  }

  private ServerProgram start(String... options) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-Xmx256m", "--maildir", maildirs.template()));
    all.addAll(List.of(options));
    ServerProgram server =
        ServerProgram.start(home, List.of("unix:" + home.resolve("s")), all.toArray(String[]::new));
    address = server.address(0);
    return server;
  }

  private RawConnection connect() throws IOException {
    RawConnection peer = RawConnection.greeted(address);
    peers.add(peer);
    return peer;
  }

  // ---------------------------------------------------------------- idle peers

  @Test
  @DisplayName(
      "H71: 9,000 idle connections beside 16 busy ones cost what is promised; more get 421")
  void idleBesideBusy() throws Exception {
    int idle = Math.min(IDLE, descriptors() - OTHER_DESCRIPTORS);
    if (idle < IDLE) {
      System.out.printf(
          "only %,d idle connections: there are no descriptors for %,d%n", idle, IDLE);
    }
    try (ServerProgram server = start("--max-connections", String.valueOf(idle + BUSY));
        BusyPeers busy = new BusyPeers(address, BUSY)) {
      busy.deliver(delivered -> delivered < 20).get();
      ServerMemory before = server.memory();
      AtomicBoolean connecting = new AtomicBoolean(true);
      Future<Integer> beside = busy.deliver(delivered -> connecting.get());
      for (int i = 0; i < idle; i++) {
        connect();
      }
      connecting.set(false);
      int delivered = beside.get() + busy.deliver(count -> count < 20).get();
      ServerMemory after = server.memory();

      long heap = (after.heap() - before.heap()) / idle;
      long resident = (after.resident() - before.resident()) / idle;
      System.out.printf("before: %s; with %,d idle connections: %s%n", before, idle, after);
      System.out.printf(
          "an idle connection: heap %,d, resident %,d octets; beside them %,d messages delivered%n",
          heap, resident, delivered);
      assertTrue(heap <= 4_096, () -> heap + " octets of heap for an idle connection");
      assertTrue(resident <= 40_960, () -> resident + " octets resident");

      for (int i = 0; i < 100; i++) {
        try (RawConnection more = RawConnection.to(address)) {
          String heard = more.hearToEnd();
          assertTrue(heard.matches("421 4\\.3\\.2 [ -~]+\r\n"), heard);
        }
      }
      disconnect();
      Await.answer("a place", this::tryGreeting, server::output);
      busy.deliver(count -> count < 5).get();
      System.out.printf("without them: %s%n", server.memory());
    }
  }

  /** Empty while the server has no place for one more. */
  private Optional<Boolean> tryGreeting() throws IOException {
    try (RawConnection peer = RawConnection.to(address)) {
      // Nothing is said before: a server without a place may have closed already.
      return peer.hear("").startsWith("220 ") ? Optional.of(true) : Optional.empty();
    }
  }

  private static int descriptors() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split("\\s{2,}")[2])
        .mapToInt(most -> most.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(most))
        .findFirst()
        .orElseThrow();
  }

  // ---------------------------------------------------------------- slow peers

  /** What a slow peer says at once, and what drips behind it. */
  private enum Slow {
    COMMAND("", "NOOP xxxxxxxx"),
    RECIPIENT("MAIL FROM:<a@b>\r\n", "RCPT TO:<"),
    CONTENT("MAIL FROM:<a@b>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n", "drip "),
    CHUNK("MAIL FROM:<a@b>\r\nRCPT TO:<ann@example.org>\r\nBDAT 9999999\r\n", "drip ");

    private final String atOnce;
    private final String drips;

    Slow(String atOnce, String drips) {
      this.atOnce = atOnce;
      this.drips = drips;
    }
  }

  @Test
  @DisplayName("H70 H26: a hundred peers that drip get 421 and a close, while others are served")
  void slowPeers() throws Exception {
    try (ServerProgram server = start("--idle-timeout", "2");
        BusyPeers busy = new BusyPeers(address, BUSY)) {
      AtomicBoolean dripping = new AtomicBoolean(true);
      Map<RawConnection, StringBuilder> heard = new HashMap<>();
      try (Selector selector = Selector.open()) {
        for (int i = 0; i < 100; i++) {
          Slow slow = Slow.values()[i % Slow.values().length];
          RawConnection peer = connect();
          peer.say(slow.atOnce);
          peer.channel.configureBlocking(false);
          peer.channel.register(selector, SelectionKey.OP_READ, peer);
          heard.put(peer, new StringBuilder(slow.drips));
        }
        Future<Integer> beside = busy.deliver(delivered -> dripping.get());
        for (int drip = 0; !selector.keys().isEmpty(); drip++) {
          // Hearing is all that is waited for; a drip is what comes when there is nothing to hear.
          if (selector.select(100) == 0) {
            dripAll(heard, drip);
          }
          hearAll(selector, heard);
          assertFalse(beside.isDone(), "the busy ones go on");
        }
        dripping.set(false);
        System.out.printf(
            "beside a hundred slow peers %,d messages were delivered%n", beside.get());
      }
      for (StringBuilder all : heard.values()) {
        assertTrue(all.toString().endsWith("421 4.4.2 Timeout, closing\r\n"), all::toString);
      }
      assertEquals(List.of(), maildirs.unfinished("ann@example.org"));
    }
  }

  private static void dripAll(Map<RawConnection, StringBuilder> peers, int drip) {
    peers.forEach(
        (peer, heard) -> {
          if (peer.channel.isOpen()) {
            char next = heard.charAt(drip % 5);
            try {
              peer.channel.write(RawConnection.octets(String.valueOf(next)));
            } catch (IOException e) {
              // The server has closed; that it said why is what is heard next.
            }
          }
        });
  }

  private static void hearAll(Selector selector, Map<RawConnection, StringBuilder> heard)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4_096);
    for (SelectionKey key : selector.selectedKeys()) {
      RawConnection peer = (RawConnection) key.attachment();
      try {
        if (peer.channel.read(bytes.clear()) < 0) {
          peer.close();
        }
      } catch (SocketException e) {
        // It dripped once more in the moment of the close, behind the last word it heard.
        peer.close();
      }
      heard.get(peer).append(StandardCharsets.ISO_8859_1.decode(bytes.flip()));
    }
    selector.selectedKeys().clear();
    // Closed channels leave the set of keys with the next selection.
    selector.selectNow();
    selector.selectedKeys().clear();
  }

  // ---------------------------------------------------------------- peers that do not read

  @Test
  @DisplayName("H22: from a peer that does not read nothing is read; when it does, nothing is lost")
  void neverReads() throws Exception {
    try (ServerProgram server = start("--max-idle-commands", "2000000");
        Selector selector = Selector.open()) {
      SocketChannel channel = connect().channel;
      ServerMemory before = server.memory();
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_WRITE);
      ByteBuffer noops = RawConnection.octets("NOOP\r\n".repeat(NOOPS));
      while (noops.hasRemaining() && selector.select(2_000) > 0) {
        selector.selectedKeys().clear();
        channel.write(noops);
      }
      ServerMemory stuck = server.memory();
      System.out.printf(
          "unread: of %,d octets %,d were taken; before: %s; stuck: %s%n",
          noops.limit(), noops.position(), before, stuck);
      assertTrue(noops.position() < noops.limit() / 4, () -> noops.position() + " octets taken");
      long grown = stuck.heap() - before.heap();
      assertTrue(grown < 256 * 1_024, () -> grown + " octets of heap");
      try (BusyPeers busy = new BusyPeers(address, 2)) {
        busy.deliver(count -> count < 5).get();
      }

      int replies = 0;
      ByteBuffer bytes = ByteBuffer.allocate(65_536);
      while (replies < NOOPS) {
        key.interestOps(
            noops.hasRemaining()
                ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
                : SelectionKey.OP_READ);
        selector.select();
        selector.selectedKeys().clear();
        channel.write(noops);
        assertTrue(channel.read(bytes.clear()) >= 0, "closed");
        for (bytes.flip(); bytes.hasRemaining(); ) {
          replies += bytes.get() == '\n' ? 1 : 0;
        }
      }
      assertEquals(NOOPS, replies);
    }
  }

  @Test
  @DisplayName("H72: a peer that never reads is given up")
  void neverReadsAndIsGivenUp() throws Exception {
    try (ServerProgram server = start("--max-idle-commands", "2000000", "--idle-timeout", "1")) {
      RawConnection peer = connect();
      String noops = "NOOP\r\n".repeat(NOOPS);
      // Blocks until the server closes, which breaks the pipe.
      assertThrows(IOException.class, () -> peer.say(noops));
      Await.answer(
          "the log",
          () -> Optional.of(true).filter(x -> server.output().contains("connection lost")),
          server::output);
    }
  }

  // ---------------------------------------------------------------- small chunks

  @Test
  @DisplayName("H22: a message in 20,000 chunks of one octet is a message")
  void smallChunks() throws Exception {
    try (ServerProgram server = start()) {
      // What the first message of all makes the server load is not what its chunks cost.
      RawConnection first = connect();
      first.say("MAIL FROM:<a@b>\r\nRCPT TO:<ann@example.org>\r\nBDAT 1 LAST\r\nyQUIT\r\n");
      first.hearToEnd();
      RawConnection peer = connect();
      ServerMemory before = server.memory();
      peer.say("MAIL FROM:<a@b>\r\nRCPT TO:<ann@example.org>\r\n");
      CompletableFuture<Void> said =
          CompletableFuture.runAsync(
              () -> {
                try {
                  peer.say("BDAT 1\r\nx".repeat(CHUNKS - 1) + "BDAT 1 LAST\r\nxQUIT\r\n");
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      String heard = peer.hearToEnd();
      said.get();
      long good = heard.lines().filter(line -> line.startsWith("250 2.")).count();
      assertEquals(2 + CHUNKS, good, () -> heard.substring(heard.length() - 500));
      Set<String> stored =
          maildirs.newMessages("ann@example.org").stream()
              .map(message -> message.content().strip())
              .collect(Collectors.toSet());
      assertEquals(Set.of("y", "x".repeat(CHUNKS)), stored);
      ServerMemory after = server.memory();
      System.out.printf("20,000 chunks; before: %s; after: %s%n", before, after);
      assertTrue(after.heap() - before.heap() < 1_048_576, after::toString);
    }
  }
}
