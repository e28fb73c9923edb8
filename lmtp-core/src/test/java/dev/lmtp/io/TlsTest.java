package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS over a connection; the other end is ours, too: real ones are met in the peers' tests. */
class TlsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final SSLContext SERVER = Certificates.context(Certificates.Owner.LOCALHOST);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Transport server;
  private Transport client;

  @BeforeEach
  void connect() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ListenSocket socket = ListenSocket.open(any, null)) {
      client = Transport.connect(socket.address(), LONG);
      server = socket.accept();
    }
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    server.close();
    threads.shutdown();
    assertTrue(threads.awaitTermination(30, TimeUnit.SECONDS));
  }

  private static SSLEngine serverEngine(String... protocols) {
    SSLEngine engine = SERVER.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(protocols);
    return engine;
  }

  private static SSLEngine clientEngine(SSLContext context) {
    SSLEngine engine = context.createSSLEngine("localhost", 25);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }

  private Future<?> secureServer(String... protocols) {
    return threads.submit(
        () -> {
          server.startTls(serverEngine(protocols), LONG);
          return null;
        });
  }

  private void secure(String protocol) throws Exception {
    Future<?> done = secureServer(protocol);
    client.startTls(clientEngine(Certificates.context(Certificates.Owner.CLIENT)), LONG);
    done.get(30, TimeUnit.SECONDS);
    assertEquals(protocol, server.tls().orElseThrow().getProtocol());
    assertNotNull(client.tls().orElseThrow().getPeerCertificates()[0]);
  }

  private static byte[] read(Transport from, int count, int step) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(count);
    while (all.hasRemaining()) {
      ByteBuffer some = all.slice().limit(Math.min(step, all.remaining()));
      int got = from.fill(some, LONG);
      assertEquals(some.position(), got);
      assertTrue(got > 0);
      all.position(all.position() + got);
    }
    return all.array();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @DisplayName("E9 any amount arrives whole, both ways, into buffers small and large")
  void carries(String protocol) throws Exception {
    secure(protocol);
    byte[] octets = new byte[1_000_003];
    new Random(1).nextBytes(octets);
    for (int step : new int[] {1_000, 2_048, 16_709, 65_536, 1_000_003}) {
      for (Transport[] way : new Transport[][] {{client, server}, {server, client}}) {
        Future<?> sent =
            threads.submit(
                () -> {
                  way[0].drain(ByteBuffer.wrap(octets), LONG);
                  return null;
                });
        assertArrayEquals(octets, read(way[1], octets.length, step));
        sent.get(30, TimeUnit.SECONDS);
      }
    }
    for (int length = 1; length < 40; length++) {
      client.drain(ByteBuffer.wrap(octets, 0, length), LONG);
      assertArrayEquals(Arrays.copyOf(octets, length), read(server, length, 1));
    }
  }

  @Test
  @DisplayName("E9 who timed out is told so again, and can still say why")
  void timedOut() throws Exception {
    secure("TLSv1.3");
    ByteBuffer target = ByteBuffer.allocate(100);
    for (int i = 0; i < 2; i++) {
      assertThrows(SocketTimeoutException.class, () -> server.fill(target, Duration.ofMillis(10)));
    }
    server.drain(ByteBuffer.wrap(new byte[] {4, 2, 1}), LONG);
    assertArrayEquals(new byte[] {4, 2, 1}, read(client, 3, 3));
  }

  @Test
  @DisplayName("E9 both directions at once, from two threads")
  void duplex() throws Exception {
    secure("TLSv1.3");
    byte[] octets = new byte[3_000_000];
    new Random(2).nextBytes(octets);
    Future<?> up = threads.submit(() -> drain(client, octets));
    Future<?> down = threads.submit(() -> drain(server, octets));
    Future<byte[]> heard = threads.submit(() -> read(client, octets.length, 65_536));
    assertArrayEquals(octets, read(server, octets.length, 65_536));
    assertArrayEquals(octets, heard.get(30, TimeUnit.SECONDS));
    up.get(30, TimeUnit.SECONDS);
    down.get(30, TimeUnit.SECONDS);
  }

  private static Void drain(Transport to, byte[] octets) throws IOException {
    to.drain(ByteBuffer.wrap(octets), LONG);
    return null;
  }

  @Test
  @DisplayName("E9 a range of a file arrives as it is; one that is too short is told")
  void file(@TempDir Path folder) throws Exception {
    secure("TLSv1.3");
    byte[] octets = new byte[300_000];
    new Random(3).nextBytes(octets);
    Path path = Files.write(folder.resolve("f"), octets);
    try (FileChannel file = FileChannel.open(path)) {
      Future<byte[]> heard = threads.submit(() -> read(server, 299_000, 65_536));
      assertEquals(299_000, client.transferFrom(file, 1_000, 299_000, LONG));
      byte[] expected = Arrays.copyOfRange(octets, 1_000, 300_000);
      assertArrayEquals(expected, heard.get(30, TimeUnit.SECONDS));
      assertThrows(java.io.EOFException.class, () -> client.transferFrom(file, 299_999, 2, LONG));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @DisplayName("H59 the end of the connection ends the input, announced or not; poll says so, too")
  void ends(String protocol) throws Exception {
    secure(protocol);
    ByteBuffer in = ByteBuffer.allocate(10);
    client.drain(ByteBuffer.wrap("hi".getBytes(StandardCharsets.US_ASCII)), LONG);
    assertEquals(2, server.fill(in.clear(), LONG));
    assertEquals(0, server.poll(in.clear()));
    if (protocol.equals("TLSv1.3")) {
      client.endTls(LONG);
    }
    client.close();
    assertEquals(-1, server.fill(in.clear(), LONG));
    assertEquals(-1, server.poll(in.clear()));
  }

  @Test
  @DisplayName("H42 a certificate for another name, or of an unknown authority, is refused")
  void wrongCertificate() throws Exception {
    SSLContext unknown = SSLContext.getInstance("TLS");
    unknown.init(null, null, null);
    Future<?> failing = secureServer("TLSv1.3");
    assertThrows(SSLException.class, () -> client.startTls(clientEngine(unknown), LONG));
    // The alert that says why has arrived.
    Exception heard = assertThrows(Exception.class, () -> failing.get(30, TimeUnit.SECONDS));
    assertTrue(heard.getMessage().contains("certificate_unknown"), heard.getMessage());
    assertFalse(server.tls().isPresent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"MAIL FROM:<evil@b>\r\n", "\u0016\u0003\u0001\u0000\u0002xx", "\0"})
  @DisplayName("H40 octets that are no handshake fail it; nothing of them is ever read")
  void injected(String octets) throws Exception {
    client.drain(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)), LONG);
    client.drain(ByteBuffer.wrap(new byte[32]), LONG);
    assertThrows(SSLException.class, () -> server.startTls(serverEngine("TLSv1.3"), LONG));
  }

  @Test
  @DisplayName("H70 a peer that lets the handshake stand still is left at the deadline")
  void slowHandshake() throws IOException {
    client.drain(ByteBuffer.wrap(new byte[] {0x16, 3, 1}), LONG);
    assertThrows(
        SocketTimeoutException.class,
        () -> server.startTls(serverEngine("TLSv1.3"), Duration.ofMillis(50)));
  }

  @Test
  @DisplayName("E9 a second connection of the same client resumes the session")
  void resumes() throws Exception {
    SSLContext context = Certificates.context(Certificates.Owner.CLIENT);
    long first = 0;
    for (int round = 0; round < 2; round++) {
      Future<?> done = secureServer("TLSv1.3");
      client.startTls(clientEngine(context), LONG);
      done.get(30, TimeUnit.SECONDS);
      // The ticket comes behind the handshake.
      server.drain(ByteBuffer.wrap(new byte[] {1}), LONG);
      read(client, 1, 1);
      long created = client.tls().orElseThrow().getCreationTime();
      if (round == 0) {
        first = created;
        client.endTls(LONG);
        client.close();
        server.close();
        connect();
      } else {
        assertEquals(first, created, "a resumed session has the age of the first one");
      }
    }
  }
}
