package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.testing.peer.Await;
import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.PostfixInstance;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Three of our servers share the mail: each has its own users, by Postfix's transport table; or all
 * write into the same Maildirs, behind HAProxy. While ten thousand messages flow (half of them in
 * each test) one server joins, one is stopped and comes back, and one is killed and comes back.
 * Nothing is lost, a stop doubles nothing, and whatever is there twice had a reply that was lost.
 *
 * <p>The figures go into {@code docs/scaling.md}.
 */
class ScalingInteropIT {
  private static final List<String> BY_POSTFIX = users("ann", "ben", "cleo", "dan", "eve", "fay");
  private static final List<String> BY_US = users("gus", "hal", "ida", "joe", "kim", "leo");
  private static final int MESSAGES = Integer.getInteger("lmtp.messages", 5_000);
  private static final int CONNECTIONS = 4;
  private static final int IN_QUEUE = 200;

  /** So many recipients are sent to before it goes on: fewer than wait where one server is away. */
  private static final int SOME = 50;

  private static final String RECORDING = "back3.jfr";

  private static final long SEED = Long.getLong("lmtp.seed", System.nanoTime());

  @TempDir Path home;
  private final Random random = new Random(SEED);
  private final Ledger byPostfix = new Ledger();
  private final Ledger byUs = new Ledger();
  private final List<Path> stores = new ArrayList<>();
  private final List<BackEnd> servers = new ArrayList<>();
  private final Shares shares = new Shares(stores);
  private long begun;
  private PostfixDeliveries deliveries;
  private ClientLoad toPostfix;
  private ClientLoad toHaproxy;
  private final Semaphore permitsToHaproxy = new Semaphore(0);

  private static List<String> users(String... names) {
    return List.of(names).stream().map(name -> name + "@example.org").toList();
  }

  private Maildirs store(String name) throws IOException {
    stores.add(home.resolve(name));
    Maildirs store = Maildirs.under(home.resolve(name));
    for (String user : BY_POSTFIX) {
      store.add(user);
    }
    for (String user : BY_US) {
      store.add(user);
    }
    return store;
  }

  @AfterEach
  void stopServers() {
    servers.forEach(BackEnd::close);
  }

  // ---------------------------------------------------------------- each has its own users

  @Test
  @DisplayName("H74: Postfix, a transport table by user, three servers with a store each")
  void transportTable() throws Exception {
    for (int n = 1; n <= 3; n++) {
      addServer(store("mail" + n));
    }
    Path table = home.resolve("transport");
    write(table, 1, 1, 1, 2, 2, 2);
    try (PostfixInstance postfix = PostfixInstance.prepare(home)) {
      Map<String, String> parameters =
          new HashMap<>(PostfixRoute.TRANSPORT_MAPS.retryingAtOnce("example.org", "unused"));
      parameters.put("transport_maps", "texthash:" + table);
      start(postfix, parameters);
      events(
          "back3 joins, with two users",
          () -> {
            server(3).start();
            write(table, 1, 1, 3, 2, 2, 3);
            postfix.reload();
          });
      end(postfix, "transport table");
    }
  }

  /** Writes down which server has the mail of each user, in their order. */
  private void write(Path table, int... owners) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < owners.length; i++) {
      lines.add(BY_POSTFIX.get(i) + " lmtp:inet:" + server(owners[i]).address());
    }
    Files.write(table, lines);
  }

  // ---------------------------------------------------------------- all have the same store

  @Test
  @DisplayName("H74 E11: Postfix and our client, HAProxy, three servers on the same Maildirs")
  void sharedStore() throws Exception {
    Maildirs store = store("mail");
    for (int n = 1; n <= 3; n++) {
      addServer(store, "--trust", "127.0.0.1=proxy");
    }
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        HaproxyInstance haproxy =
            HaproxyInstance.start(home, HaproxyInstance.Check.LMTP, servers, 1)) {
      String nextHop = "lmtp:inet:127.0.0.1:" + haproxy.address().getPort();
      Map<String, String> parameters =
          new HashMap<>(PostfixRoute.VIRTUAL_TRANSPORT.retryingAtOnce("example.org", nextHop));
      // HAProxy balances connections: one that is used for ever goes to no server that has joined.
      parameters.put("lmtp_connection_reuse_count_limit", "20");
      parameters.put("lmtp_destination_concurrency_limit", "60");
      toHaproxy = new ClientLoad(BY_US, this::recordOurs, permitsToHaproxy);
      for (LmtpClient.Chunking chunking : LmtpClient.Chunking.values()) {
        LmtpClient client = LmtpClient.builder(haproxy.address()).chunking(chunking).build();
        for (int c = 0; c < CONNECTIONS / 2; c++) {
          toHaproxy.start(client, new Random(random.nextLong()));
        }
      }
      start(postfix, parameters);
      events(
          "back3 joins",
          () -> {
            server(3).start();
            haproxy.ready(server(3));
            haproxy.await(server(3), "UP");
          });
      end(postfix, "HAProxy");
    }
  }

  // ---------------------------------------------------------------- what both have in common

  /** The third one, which is neither stopped nor killed on the way, is recorded. */
  private void addServer(Maildirs store, String... options) throws IOException {
    int n = servers.size() + 1;
    List<String> all = new ArrayList<>(List.of(options));
    if (n == 3) {
      all.add("-XX:StartFlightRecording=filename=" + home.resolve(RECORDING));
    }
    servers.add(new BackEnd(n, home, store, all));
  }

  private interface Event {
    void happen() throws Exception;
  }

  private BackEnd server(int n) {
    return servers.get(n - 1);
  }

  private void start(PostfixInstance postfix, Map<String, String> parameters) throws Exception {
    server(1).start();
    server(2).start();
    InetSocketAddress smtpd = PeerDaemon.freeAddress();
    postfix.start(
        parameters,
        Endpoint.INET.service(),
        "127.0.0.1:" + smtpd.getPort() + " inet n - n - - smtpd");
    begun = System.nanoTime();
    Semaphore permits = new Semaphore(IN_QUEUE);
    deliveries = new PostfixDeliveries(home.resolve("mail.log"), byPostfix, permits);
    toPostfix = new ClientLoad(BY_POSTFIX, deliveries::queued, permits);
    LmtpClient client = LmtpClient.builder(smtpd).protocol(Protocol.SMTP).build();
    for (int c = 0; c < CONNECTIONS; c++) {
      toPostfix.start(client, new Random(random.nextLong()));
    }
  }

  private void events(String joined, Event join) throws Exception {
    until(MESSAGES / 5, "back1 and back2");
    join.happen();
    until(MESSAGES * 2 / 5, joined);
    permitsToHaproxy.release(SOME);
    server(1).stop();
    flow();
    shares.end("back1 is stopped");
    server(1).start();
    until(MESSAGES * 3 / 5, "back1 is there again");
    String log = Files.readString(home.resolve("mail.log"), StandardCharsets.ISO_8859_1);
    assertEquals(
        0,
        byPostfix.repliesLost() + byUs.repliesLost(),
        () ->
            log.lines()
                .filter(line -> line.contains("sent more than once"))
                .collect(Collectors.joining("\n", "replies lost by a stop:\n", "\n")));
    permitsToHaproxy.release(SOME);
    server(2).kill();
    flow();
    shares.end("back2 is killed");
    server(2).start();
    // One that has come back waits for new connections.
    while (messages() < MESSAGES || (!haveAllAShare() && messages() < 3 * MESSAGES)) {
      flow();
    }
    shares.end("back2 is there again");
    for (BackEnd server : servers) {
      assertTrue(shares.last(server.name()) > 0, () -> server.name() + " has no share");
    }
  }

  private boolean haveAllAShare() throws IOException {
    Map<String, Integer> now = shares.sinceLast();
    return servers.stream().allMatch(server -> now.getOrDefault(server.name(), 0) > 0);
  }

  private int messages() {
    return toPostfix.messages() + (toHaproxy == null ? 0 : toHaproxy.messages());
  }

  /** HAProxy may bring us to a server that shuts down; there is no other reason to be refused. */
  private void recordOurs(int message, RecipientResult result) {
    boolean refused =
        switch (result.outcome()) {
          case DEFERRED, REJECTED -> true;
          case ACCEPTED, UNKNOWN, NOT_SENT -> false;
        };
    if (refused) {
      assertEquals(421, result.reply().orElseThrow().code(), result::toString);
    }
    byUs.record(message, result);
  }

  private void until(int messages, String phase) throws Exception {
    while (messages() < messages) {
      flow();
    }
    shares.end(phase);
  }

  /** Has our client keep pace with Postfix, which has to write everything down first. */
  private void flow() throws Exception {
    permitsToHaproxy.release(SOME);
    deliveries.await(SOME);
  }

  private void end(PostfixInstance postfix, String test) throws Exception {
    if (toHaproxy != null) {
      toHaproxy.finish();
    }
    toPostfix.finish();
    deliveries.awaitAll(postfix);
    shares.end("the rest");
    System.out.printf(
        "scaling, %s, seed %d: %,d messages in %d s%n%s",
        test,
        SEED,
        messages(),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun),
        shares.table());
    // Each looks into each mailbox, and finds what the killed one left.
    for (BackEnd server : servers) {
      LmtpClient.Builder client = LmtpClient.builder("inet:" + server.address());
      if (toHaproxy != null) {
        client.proxyFor(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
        toHaproxy.deliverToAll(client.build(), this::recordOurs);
      }
      toPostfix.deliverToAll(client.build(), byPostfix::record);
    }
    check("Postfix", byPostfix, BY_POSTFIX);
    if (toHaproxy != null) {
      check("our client", byUs, BY_US);
    }
    checkReport();
  }

  private void check(String client, Ledger ledger, List<String> recipients) throws IOException {
    Set<Ledger.Entry> accepted = ledger.accepted();
    Map<String, Ledger.Audit> audits = new LinkedHashMap<>();
    for (String recipient : recipients) {
      Set<Ledger.Entry> promised =
          accepted.stream()
              .filter(entry -> entry.recipient().equals(recipient))
              .collect(Collectors.toSet());
      audits.put(recipient, ledger.audit(stores, List.of(recipient), promised));
    }
    System.out.printf(
        "%s: %,d recipients, %d attempts not sent, %d refused by 421, %d replies lost, doubled: %s%n",
        client,
        accepted.size(),
        ledger.notSent(),
        ledger.refused(),
        ledger.repliesLost(),
        audits.entrySet().stream()
            .map(audit -> audit.getKey() + " " + audit.getValue().doubled())
            .collect(Collectors.joining(", ")));
    int copies = 0;
    for (Map.Entry<String, Ledger.Audit> of : audits.entrySet()) {
      Ledger.Audit audit = of.getValue();
      // Whatever is there beyond the first is there for a reply that was lost.
      assertEquals(new Ledger.Audit(audit.files(), 0, 0, audit.doubled(), 0), audit, of.getKey());
      copies += audit.files() - audit.doubled();
      for (Path store : stores) {
        assertEquals(List.of(), Maildirs.under(store).unfinished(of.getKey()));
      }
    }
    assertEquals(accepted.size(), copies, "there, and not accepted");
  }

  /**
   * What the server reports that was never stopped within the test: as many recipients as it has
   * stored files, and how long each waited for its reply behind the end of the content.
   */
  private void checkReport() throws IOException {
    BackEnd server = server(3);
    server.stop();
    long[] after =
        RecordingFile.readAllEvents(home.resolve(RECORDING)).stream()
            .filter(event -> event.getEventType().getName().equals("dev.lmtp.server.Recipient"))
            .filter(event -> event.getInt("code") == 250)
            .mapToLong(event -> event.getDuration("after").toMillis())
            .sorted()
            .toArray();
    System.out.printf(
        "%s reports %,d recipients, answered after %d ms (median), %d ms (99 %%), %d ms (all)%n",
        server.name(),
        after.length,
        after[after.length / 2],
        after[after.length * 99 / 100],
        after[after.length - 1]);
    assertEquals(shares.total().get(server.name()), after.length);
  }

  // ---------------------------------------------------------------- health checks

  @ParameterizedTest
  @EnumSource
  @DisplayName("E11 H44: HAProxy's checks: LMTP leaves no line in the log, a bare connection does")
  void healthCheck(HaproxyInstance.Check check) throws Exception {
    addServer(store("mail"), "--trust", "127.0.0.1=proxy", "--verbose");
    BackEnd server = server(1);
    server.start();
    try (HaproxyInstance haproxy = HaproxyInstance.start(home, check, servers, 0)) {
      String log =
          Await.answer(
              "three checks",
              () -> Optional.of(server.output()).filter(text -> text.split("closed;").length > 3),
              server::output);
      haproxy.await(server, "UP");
      assertEquals(check == HaproxyInstance.Check.CONNECT, log.contains(" INFO "), log);
      server.stop();
      haproxy.await(server, "DOWN");
    }
  }
}
