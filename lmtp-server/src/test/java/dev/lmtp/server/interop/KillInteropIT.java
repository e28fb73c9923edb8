package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.PostfixInstance;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * H74: the server is killed at random moments, by SIGKILL, and started again at once, while mail
 * flows. Whatever got a 250 is in its Maildir, whole; what did not is tried again and comes; a
 * message is there twice only where a reply was lost; and of what was cut in the middle nothing is
 * left in {@code tmp}, where no two servers take away each other's.
 *
 * <p>What is killed, and when, is drawn from a seed that is printed; what it hits is chance. A kill
 * takes nothing out of the kernel's memory: that a power cut does no harm either is shown by {@link
 * CrashImageInteropIT}.
 */
class KillInteropIT {
  private static final List<String> RECIPIENTS =
      List.of("ann@example.org", "ben@example.org", "cleo@example.org", "dan@example.org");
  private static final int KILLS = 24;
  private static final int MOST_BETWEEN = 400;
  private static final int CONNECTIONS = 4;

  /** So many messages wait in Postfix: all that wait are tried again after each kill. */
  private static final int IN_QUEUE = 60;

  private static final int LONGEST_DELAY_NANOS = 20_000_000;
  private static final long SEED = Long.getLong("lmtp.seed", System.nanoTime());

  @TempDir Path home;
  private final Random random = new Random(SEED);
  private final Ledger ledger = new Ledger();
  private Maildirs maildirs;

  @BeforeEach
  void makeMailboxes() throws IOException {
    maildirs = Maildirs.under(home.resolve("mail"));
    for (String recipient : RECIPIENTS) {
      maildirs.add(recipient);
    }
  }

  private ServerProgram start(Path folder, Path socket) throws Exception {
    return ServerProgram.start(
        Files.createDirectories(folder),
        List.of("unix:" + socket),
        "--maildir",
        maildirs.template());
  }

  /** So that not every kill comes when a delivery begins. */
  private void delay() {
    LockSupport.parkNanos(random.nextInt(LONGEST_DELAY_NANOS));
  }

  @Test
  @DisplayName("H74: our client, eight connections, to two servers on the same Maildirs")
  void ourClient() throws Exception {
    Path[] homes = {home.resolve("a"), home.resolve("b")};
    ServerProgram[] servers = new ServerProgram[homes.length];
    LmtpClient[] clients = new LmtpClient[homes.length];
    try (ClientLoad load =
        new ClientLoad(RECIPIENTS, ledger::record, new Semaphore(Integer.MAX_VALUE))) {
      for (int i = 0; i < homes.length; i++) {
        servers[i] = start(homes[i], homes[i].resolve("s"));
        for (LmtpClient.Chunking chunking : LmtpClient.Chunking.values()) {
          clients[i] = LmtpClient.builder(servers[i].address(0)).chunking(chunking).build();
          for (int c = 0; c < CONNECTIONS / 2; c++) {
            load.start(clients[i], new Random(random.nextLong()));
          }
        }
      }
      for (int kill = 0; kill < KILLS; kill++) {
        int i = random.nextInt(homes.length);
        load.awaitBegun(1 + random.nextInt(MOST_BETWEEN));
        delay();
        assertFalse(servers[i].output().contains("WARNING"), servers[i]::output);
        servers[i].kill();
        servers[i] = start(homes[i], homes[i].resolve("s"));
      }
      load.finish();
      // The servers that run by now look into each mailbox, and find what the killed ones left.
      for (LmtpClient client : clients) {
        load.deliverToAll(client, ledger::record);
      }
      assertEquals(0, ledger.refused());
      check("our client", load.messages());
    } finally {
      for (ServerProgram server : servers) {
        if (server != null) {
          server.close();
        }
      }
    }
  }

  @Test
  @DisplayName("H74: Postfix")
  void postfix() throws Exception {
    try (PostfixInstance postfix = PostfixInstance.prepare(home)) {
      Path socket = postfix.socketDirectory().resolve("s");
      InetSocketAddress smtpd = PeerDaemon.freeAddress();
      postfix.start(
          PostfixRoute.VIRTUAL_TRANSPORT.retryingAtOnce("example.org", "lmtp:unix:" + socket),
          Endpoint.UNIX.service(),
          "127.0.0.1:" + smtpd.getPort() + " inet n - n - - smtpd");
      Semaphore permits = new Semaphore(IN_QUEUE);
      PostfixDeliveries deliveries =
          new PostfixDeliveries(home.resolve("mail.log"), ledger, permits);
      LmtpClient client = LmtpClient.builder(smtpd).protocol(Protocol.SMTP).build();
      ServerProgram server = start(home, socket);
      try (ClientLoad load = new ClientLoad(RECIPIENTS, deliveries::queued, permits)) {
        for (int c = 0; c < CONNECTIONS; c++) {
          load.start(client, new Random(random.nextLong()));
        }
        for (int kill = 0; kill < KILLS; kill++) {
          deliveries.await(1 + random.nextInt(MOST_BETWEEN));
          delay();
          assertFalse(server.output().contains("WARNING"), server::output);
          server.kill();
          server = start(home, socket);
        }
        load.finish();
        deliveries.awaitAll(postfix);
        load.deliverToAll(LmtpClient.to(server.address(0)), ledger::record);
        check("Postfix", load.messages());
      } finally {
        server.close();
      }
    }
  }

  private void check(String peer, int messages) throws IOException {
    Ledger.Audit audit = ledger.audit(List.of(home.resolve("mail")), RECIPIENTS, ledger.accepted());
    System.out.printf(
        "kill test, %s, seed %d: %d messages to %d recipients, %d kills, %d attempts not sent, "
            + "%d replies lost, %d doubled, %d unexplained, %d lost, %d torn%n",
        peer,
        SEED,
        messages,
        ledger.accepted().size(),
        KILLS,
        ledger.notSent(),
        ledger.repliesLost(),
        audit.doubled(),
        audit.unexplained(),
        audit.lost(),
        audit.torn());
    assertEquals(0, audit.lost(), "lost");
    assertEquals(0, audit.torn(), "torn");
    assertEquals(0, audit.unexplained(), "there, and neither accepted nor was a reply lost");
    assertTrue(audit.doubled() <= ledger.repliesLost(), "doubled");
    assertEquals(audit.files(), ledger.accepted().size() + audit.doubled());
    for (String recipient : RECIPIENTS) {
      assertEquals(List.of(), maildirs.unfinished(recipient));
    }
  }
}
