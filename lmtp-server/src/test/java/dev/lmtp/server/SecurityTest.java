package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.ClientAttributes;
import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.client.ClientTls;
import dev.lmtp.client.Credentials;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpException;
import dev.lmtp.client.MessageSource;
import dev.lmtp.io.Endpoint;
import dev.lmtp.sasl.ScramHash;
import dev.lmtp.sasl.StoredPassword;
import dev.lmtp.session.ServerSettings;
import dev.lmtp.testing.Certificates;
import dev.lmtp.testing.Certificates.Owner;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS, AUTH and trust: our client and our server over real sockets, and peers by hand. */
@Timeout(120)
class SecurityTest {

  private static final String MECHANISMS =
      "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 CRAM-MD5 PLAIN LOGIN";
  private static final String PASSWORD = "s\u00e9cret, =very";

  @TempDir Path folder;
  private final List<Peer> peers = new CopyOnWriteArrayList<>();
  private final List<Optional<UserPrincipal>> localUsers = new CopyOnWriteArrayList<>();
  private final List<String> lines = new ArrayList<>();
  private Path passwords;

  @BeforeEach
  void writePasswords() throws IOException {
    passwords = folder.resolve("passwords");
    Files.writeString(
        passwords,
        "# ours\n\njoe:"
            + StoredPassword.clear(PASSWORD.toCharArray()).text()
            + "\nada:"
            + StoredPassword.of(PASSWORD.toCharArray(), ScramHash.SHA_256, 4_096).text()
            + "\n");
  }

  private LmtpServer start(UnaryOperator<LmtpServer.Builder> more) throws IOException {
    DeliveryAgent agent =
        message -> {
          peers.add(message.transaction().peer());
          localUsers.add(message.transaction().peer().identity().localUser());
          message.recipients().forEach(Recipient::accept);
        };
    return more.apply(
            LmtpServer.builder(agent)
                .listen("inet:127.0.0.1:0")
                .settings(ServerSettings.of(Protocol.LMTP, "there")))
        .start();
  }

  private static ServerTls tls(ServerTls.Use use) throws IOException {
    return ServerTls.ofPem(
        Certificates.certificate(Owner.LOCALHOST), Certificates.key(Owner.LOCALHOST), use);
  }

  private LmtpClient.Builder client(LmtpServer server) {
    return LmtpClient.builder(server.addresses().get(0)).dialogue(lines::add);
  }

  private static ClientTls verified(ClientTls.Use use) {
    return ClientTls.of(use)
        .withContext(Certificates.context(Owner.CLIENT))
        .withServerName("localhost");
  }

  private static void deliver(LmtpClient.Builder client) throws LmtpException {
    assertTrue(
        client
            .build()
            .deliver(
                Envelope.of("a@b", "c@d"),
                MessageSource.of("hi\r\n".getBytes(StandardCharsets.US_ASCII)))
            .allAccepted());
  }

  private static LmtpException.Kind failure(LmtpClient.Builder client) {
    return assertThrows(LmtpException.class, () -> deliver(client)).kind();
  }

  // ---------------------------------------------------------------- TLS

  @ParameterizedTest
  @CsvSource({
    "OFFERED, REQUIRED",
    "REQUIRED, REQUIRED",
    "REQUIRED, OPPORTUNISTIC",
    "IMPLICIT, IMPLICIT"
  })
  @DisplayName("E9 TLS from the greeting on, or by STARTTLS")
  void delivers(ServerTls.Use server, ClientTls.Use client) throws IOException {
    try (LmtpServer running = start(builder -> builder.tls(uncheckedTls(server)))) {
      deliver(client(running).tls(verified(client)));
      assertTrue(peers.get(0).identity().tls().isPresent());
      String hello = lines.stream().filter(line -> line.contains("STARTTLS")).toList().toString();
      assertEquals(
          client == ClientTls.Use.IMPLICIT ? "[]" : "[S: 250 STARTTLS, C: STARTTLS]",
          hello,
          lines::toString);
      assertTrue(lines.toString().contains("C: [TLS: TLSv1.3 "), lines::toString);
    }
  }

  private static ServerTls uncheckedTls(ServerTls.Use use) {
    try {
      return tls(use);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @DisplayName("H42 required and not offered, or a wrong certificate: nothing is sent")
  void neverFallsBack() throws IOException {
    try (LmtpServer clear = start(builder -> builder);
        LmtpServer secure = start(builder -> builder.tls(uncheckedTls(ServerTls.Use.OFFERED)))) {
      assertEquals(
          LmtpException.Kind.SECURITY,
          failure(client(clear).tls(verified(ClientTls.Use.REQUIRED))));
      assertEquals(
          LmtpException.Kind.SECURITY,
          failure(
              client(secure)
                  .tls(verified(ClientTls.Use.REQUIRED).withServerName("elsewhere.example"))));
      assertEquals(
          LmtpException.Kind.SECURITY, failure(client(secure).tls(ClientTls.Use.REQUIRED)));
      assertFalse(lines.toString().contains("MAIL"), lines::toString);
      deliver(client(clear).tls(ClientTls.Use.OPPORTUNISTIC));
    }
    assertEquals(1, peers.size());
  }

  @Test
  @DisplayName("E9 a client's certificate reaches the agent; without one there is none")
  void clientCertificate() throws Exception {
    ServerTls asking =
        ServerTls.ofPem(
            Certificates.certificate(Owner.LOCALHOST),
            Certificates.key(Owner.LOCALHOST),
            Certificates.authority(),
            ServerTls.Use.REQUIRED);
    try (LmtpServer server = start(builder -> builder.tls(asking))) {
      deliver(client(server).tls(verified(ClientTls.Use.REQUIRED)));
      deliver(client(server).tls(ClientTls.Use.OPPORTUNISTIC));
    }
    assertEquals("CN=a client", Authentication.externalName(peers.get(0).identity()).orElseThrow());
    assertThrows(
        SSLPeerUnverifiedException.class,
        () -> peers.get(1).identity().tls().orElseThrow().getPeerPrincipal());
  }

  @Test
  @DisplayName("E9 a new certificate is used as soon as it is there; one that is bad is not")
  void reloads() throws IOException {
    Path certificate = folder.resolve("c.pem");
    Path key = folder.resolve("k.pem");
    Files.copy(Certificates.certificate(Owner.ELSEWHERE), certificate);
    Files.copy(Certificates.key(Owner.ELSEWHERE), key);
    ServerTls tls = ServerTls.ofPem(certificate, key, ServerTls.Use.REQUIRED);
    try (LmtpServer server = start(builder -> builder.tls(tls))) {
      LmtpClient.Builder client = client(server).tls(verified(ClientTls.Use.REQUIRED));
      assertEquals(LmtpException.Kind.SECURITY, failure(client));
      Files.write(certificate, Files.readAllBytes(Certificates.certificate(Owner.LOCALHOST)));
      Files.write(key, Files.readAllBytes(Certificates.key(Owner.LOCALHOST)));
      Files.setLastModifiedTime(key, FileTime.from(Instant.now().plusSeconds(5)));
      deliver(client);
      Files.writeString(key, "no key");
      Files.setLastModifiedTime(key, FileTime.from(Instant.now().plusSeconds(10)));
      deliver(client);
    }
  }

  @ParameterizedTest
  @EnumSource(ServerTls.Use.class)
  @DisplayName("H70 H40 a peer that does not shake hands is left in the end; nothing is executed")
  void slowHandshake(ServerTls.Use use) throws IOException {
    ServerSettings hasty =
        ServerSettings.of(Protocol.LMTP, "there")
            .withPatience(Duration.ofMillis(300), Duration.ofMillis(300));
    try (LmtpServer server = start(builder -> builder.settings(hasty).tls(uncheckedTls(use)));
        Socket socket = connect(server)) {
      if (use != ServerTls.Use.IMPLICIT) {
        say(socket, "LHLO me\r\nSTARTTLS\r\n");
      }
      String heard = heard(socket);
      assertEquals(use == ServerTls.Use.IMPLICIT, heard.isEmpty(), heard);
      assertTrue(heard.isEmpty() || heard.endsWith("220 2.0.0 Ready to start TLS\r\n"), heard);
    }
  }

  @Test
  @DisplayName("H40 commands injected behind STARTTLS, in its segment or right after, do not run")
  void injected() throws IOException {
    try (LmtpServer server = start(builder -> builder.tls(uncheckedTls(ServerTls.Use.OFFERED)))) {
      for (String injected : List.of("LHLO evil\r\nMAIL FROM:<evil@b>\r\n", "R", "\r\n", "\0")) {
        try (Socket socket = connect(server)) {
          say(socket, "LHLO me\r\nSTARTTLS\r\n" + injected);
          String heard = heard(socket);
          assertTrue(heard.endsWith("503 5.5.1 Nothing may follow STARTTLS, closing\r\n"), heard);
        }
        try (Socket socket = connect(server)) {
          say(socket, "LHLO me\r\nSTARTTLS\r\n");
          StringBuilder heard = new StringBuilder();
          while (!heard.toString().endsWith("start TLS\r\n")) {
            heard.append((char) socket.getInputStream().read());
          }
          say(socket, injected + "x".repeat(20));
          byte[] rest = socket.getInputStream().readAllBytes();
          // An alert of TLS at most: nothing of SMTP.
          assertFalse(new String(rest, StandardCharsets.US_ASCII).contains("250"));
        }
      }
    }
    assertEquals(List.of(), peers);
  }

  private static Socket connect(LmtpServer server) throws IOException {
    InetSocketAddress address = (InetSocketAddress) server.addresses().get(0);
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(60_000);
    return socket;
  }

  private static void say(Socket socket, String octets) throws IOException {
    socket.getOutputStream().write(octets.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  /** What the server says to its end, which may be a reset. */
  private static String heard(Socket socket) throws IOException {
    StringBuilder heard = new StringBuilder();
    try {
      for (int c = socket.getInputStream().read(); c >= 0; c = socket.getInputStream().read()) {
        heard.append((char) c);
      }
    } catch (SocketException e) {
      assertTrue(e.getMessage().contains("reset"), e.getMessage());
    }
    return heard.toString();
  }

  private static String commands(String... lines) {
    return String.join("\r\n", lines) + "\r\n";
  }

  // ---------------------------------------------------------------- AUTH

  private LmtpServer authenticating(ServerTls.Use use) throws IOException {
    PasswordFile file = PasswordFile.read(passwords);
    return start(
        builder -> {
          builder.authentication(file, MECHANISMS.split(" ")).requireAuthentication();
          return use == null ? builder : builder.tls(uncheckedTls(use));
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-256",
        "SCRAM-SHA-1",
        "DIGEST-MD5",
        "CRAM-MD5",
        "PLAIN",
        "LOGIN"
      })
  @DisplayName(
      "E8 H46 each mechanism, over TLS; a wrong password gets 535; nothing secret is shown")
  void mechanisms(String mechanism) throws IOException {
    // The JDK's own mechanisms are tried with letters that every encoding agrees on.
    String password = mechanism.contains("MD5") ? "plain" : PASSWORD;
    Files.writeString(passwords, "joe:{PLAIN}" + password + "\n");
    try (LmtpServer server = authenticating(ServerTls.Use.REQUIRED)) {
      LmtpClient.Builder client = client(server).tls(verified(ClientTls.Use.REQUIRED));
      deliver(client.credentials(Credentials.password("joe", password).by(mechanism)));
      assertEquals("joe", peers.get(0).identity().authenticated().orElseThrow());
      LmtpException refused =
          assertThrows(
              LmtpException.class,
              () -> deliver(client.credentials(Credentials.password("joe", "no").by(mechanism))));
      assertEquals(LmtpException.Kind.REFUSED, refused.kind(), refused::getMessage);
      assertEquals(535, refused.reply().orElseThrow().code());
      LmtpException nobody =
          assertThrows(
              LmtpException.class,
              () -> deliver(client.credentials(Credentials.password("eve", "no").by(mechanism))));
      assertEquals(535, nobody.reply().orElseThrow().code());
    }
    for (String line : lines) {
      assertFalse(line.startsWith("C: ") && (line.contains("joe") || line.length() > 60), line);
      assertTrue(!line.startsWith("C: AUTH") || line.equals("C: AUTH " + mechanism + " ..."), line);
    }
  }

  @Test
  @DisplayName("E8 the client takes the strongest: bound to the channel over TLS, SCRAM without")
  void strongest() throws IOException {
    try (LmtpServer server = authenticating(ServerTls.Use.OFFERED)) {
      Credentials ada = Credentials.password("ada", PASSWORD);
      deliver(client(server).tls(verified(ClientTls.Use.REQUIRED)).credentials(ada));
      assertTrue(lines.contains("C: AUTH SCRAM-SHA-256-PLUS ..."), lines::toString);
      lines.clear();
      deliver(client(server).credentials(ada));
      assertTrue(lines.contains("C: AUTH SCRAM-SHA-256 ..."), lines::toString);
    }
  }

  @Test
  @DisplayName("E8 PLAIN and LOGIN are not offered in the clear, nor taken by the client")
  void cleartext() throws IOException {
    try (LmtpServer server = authenticating(null);
        Socket socket = connect(server)) {
      say(socket, "LHLO me\r\nAUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@b>\r\nQUIT\r\n");
      String heard = heard(socket);
      assertTrue(
          heard.contains("250 AUTH SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 CRAM-MD5\r\n"), heard);
      assertTrue(heard.contains("\r\n538 5.7.11 "), heard);
      assertTrue(heard.contains("\r\n530 5.7.0 Authentication required\r\n"), heard);
    }
    PasswordFile file = PasswordFile.read(passwords);
    TrustPolicy lax =
        TrustPolicy.LOCAL.trusting("127.0.0.0/8", EnumSet.of(Privilege.CLEARTEXT_AUTH));
    try (LmtpServer server =
        start(builder -> builder.authentication(file, "PLAIN", "LOGIN").trust(lax))) {
      Credentials joe = Credentials.password("joe", PASSWORD);
      assertEquals(LmtpException.Kind.SECURITY, failure(client(server).credentials(joe)));
      deliver(client(server).credentials(joe.allowingCleartext()));
      deliver(client(server).credentials(joe.by("login").allowingCleartext()));
    }
  }

  @Test
  @DisplayName("H41: who authenticated in the clear, or said XCLIENT, is nobody again behind TLS")
  void forgottenByTls() throws Exception {
    PasswordFile file = PasswordFile.read(passwords);
    TrustPolicy lax = loopback(Privilege.CLEARTEXT_AUTH, Privilege.WITHOUT_TLS, Privilege.XCLIENT);
    String plain =
        "AUTH PLAIN "
            + Base64.getEncoder()
                .encodeToString(("\0joe\0" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    try (LmtpServer server =
            start(
                builder ->
                    builder
                        .tls(uncheckedTls(ServerTls.Use.OFFERED))
                        .authentication(file, "PLAIN")
                        .requireAuthentication()
                        .trust(lax));
        Socket socket = connect(server)) {
      say(
          socket,
          commands(
              "LHLO me",
              "XCLIENT ADDR=192.0.2.1 TIMEOUT=9",
              "LHLO me",
              plain,
              "MAIL FROM:<a@b>",
              "RSET",
              "STARTTLS"));
      StringBuilder clear = new StringBuilder();
      while (!clear.toString().endsWith("start TLS\r\n")) {
        clear.append((char) socket.getInputStream().read());
      }
      assertTrue(clear.toString().contains("235 2.7.0 "), clear::toString);
      assertTrue(clear.toString().contains("250 2.1.0 "), clear::toString);
      try (Socket secure =
          Certificates.context(Owner.CLIENT)
              .getSocketFactory()
              .createSocket(socket, "localhost", socket.getPort(), true)) {
        say(secure, commands("LHLO me", "MAIL FROM:<a@b>", plain, "MAIL FROM:<a@b>"));
        say(secure, commands("RCPT TO:<c@d>", "DATA", "hi", ".", "QUIT"));
        String heard = heard(secure);
        assertTrue(heard.contains("\r\n530 5.7.0 Authentication required\r\n235 "), heard);
      }
    }
    assertEquals("joe", peers.get(0).identity().authenticated().orElseThrow());
    assertEquals(FrontEnd.NONE, peers.get(0).frontEnd());
    assertEquals(peers.get(0).identity().connection(), peers.get(0).address());
  }

  @Test
  @DisplayName("E8 a peer on a Unix-domain socket needs neither TLS nor authentication")
  void local() throws IOException {
    PasswordFile file = PasswordFile.read(passwords);
    try (LmtpServer server =
        start(
            builder ->
                builder
                    .listen("unix:" + folder.resolve("s"))
                    .tls(uncheckedTls(ServerTls.Use.REQUIRED))
                    .authentication(file, "PLAIN")
                    .requireAuthentication())) {
      deliver(LmtpClient.builder("unix:" + folder.resolve("s")));
      assertEquals(System.getProperty("user.name"), localUsers.get(0).orElseThrow().getName());
      deliver(
          LmtpClient.builder("unix:" + folder.resolve("s"))
              .credentials(Credentials.password("joe", PASSWORD)));
      assertEquals("joe", peers.get(1).identity().authenticated().orElseThrow());
    }
  }

  @Test
  @DisplayName("E8 a file of passwords that cannot be read any more: 454, and the others live")
  void noPasswords() throws IOException {
    try (LmtpServer server = authenticating(ServerTls.Use.REQUIRED)) {
      LmtpClient.Builder client =
          client(server)
              .tls(verified(ClientTls.Use.REQUIRED))
              .credentials(Credentials.password("joe", PASSWORD));
      deliver(client);
      Files.delete(passwords);
      LmtpException failed = assertThrows(LmtpException.class, () -> deliver(client));
      assertEquals(454, failed.reply().orElseThrow().code());
    }
  }

  @Test
  @DisplayName("E8 a malformed line is named by its number, and not quoted")
  void malformedFile() throws IOException {
    Files.writeString(passwords, "joe:{PLAIN}x\n\njim:{MD5}secret\n");
    IOException e = assertThrows(IOException.class, () -> PasswordFile.read(passwords));
    assertTrue(e.getMessage().contains("line 3"), e.getMessage());
    assertFalse(e.getMessage().contains("secret"), e.getMessage());
  }

  // ---------------------------------------------------------------- front-ends

  private static TrustPolicy loopback(Privilege... privileges) {
    return TrustPolicy.LOCAL.trusting("127.0.0.1", Set.of(privileges));
  }

  @Test
  @DisplayName("E11 XCLIENT from a trusted peer: address and deadline reach the agent")
  void xclient() throws IOException {
    ClientAttributes said =
        ClientAttributes.NONE
            .with("ADDR", "IPV6:2001:db8::7")
            .with("PORT", "4711")
            .with("LOGIN", "joe doe")
            .with("SESSION", "x+1")
            .with("NAME", "[UNAVAILABLE]")
            .with("TTL", "3")
            .with("TIMEOUT", "30");
    try (LmtpServer server = start(builder -> builder.trust(loopback(Privilege.XCLIENT)))) {
      deliver(client(server).xclient(said));
    }
    Peer peer = peers.get(0);
    assertEquals("inet:[2001:db8::7]:4711", Endpoint.format(peer.address()));
    assertEquals("127.0.0.1", ((InetSocketAddress) peer.identity().connection()).getHostString());
    assertEquals("joe doe", peer.frontEnd().attributes().value("login").orElseThrow());
    assertEquals("x+1", peer.frontEnd().attributes().value("SESSION").orElseThrow());
    assertTrue(peer.frontEnd().attributes().value("NAME").isEmpty());
    Instant deadline = peer.frontEnd().deadline().orElseThrow();
    assertTrue(deadline.isBefore(Instant.now().plusSeconds(31)), deadline::toString);
  }

  @Test
  @DisplayName("H45 XCLIENT and XFORWARD from anybody else: 550, and nothing is offered")
  void untrusted() throws IOException {
    try (LmtpServer server = start(builder -> builder);
        Socket socket = connect(server)) {
      say(socket, "LHLO me\r\nXCLIENT ADDR=192.0.2.1\r\nXFORWARD ADDR=192.0.2.1\r\nQUIT\r\n");
      String heard = heard(socket);
      assertFalse(heard.contains("250-X") || heard.contains("250 X"), heard);
      assertEquals(2, heard.split("550 5.7.0 Not authorized", -1).length - 1, heard);
    }
  }

  @Test
  @DisplayName("H45 what is malformed gets 501; within a transaction 503; XFORWARD is kept")
  void xforward() throws IOException {
    TrustPolicy both = loopback(Privilege.XCLIENT, Privilege.XFORWARD);
    try (LmtpServer server = start(builder -> builder.trust(both));
        Socket socket = connect(server)) {
      say(
          socket,
          commands(
              "LHLO me",
              "XCLIENT ADDR=host.example",
              "XCLIENT ADDR",
              "XCLIENT ADDR=a+0Ab",
              "XFORWARD ADDR=192.0.2.1 NAME=a+20b",
              "MAIL FROM:<a@b>",
              "XFORWARD NAME=x",
              "XCLIENT NAME=x",
              "RCPT TO:<c@d>",
              "DATA",
              "hi",
              ".",
              "QUIT"));
      String heard = heard(socket);
      assertEquals(3, heard.split("501 5.5.4 Bad attributes", -1).length - 1, heard);
      assertEquals(2, heard.split("503 5.5.1 Mail transaction", -1).length - 1, heard);
    }
    assertEquals("a b", peers.get(0).frontEnd().attributes().value("NAME").orElseThrow());
    assertTrue(peers.get(0).address() instanceof InetSocketAddress inet && inet.getPort() > 1_023);
  }

  @Test
  @DisplayName("E11 PROXY, both versions, plain and before TLS; our client sends it")
  void proxy() throws IOException {
    InetSocketAddress client = new InetSocketAddress("192.0.2.9", 99);
    TrustPolicy trusting = loopback(Privilege.PROXY);
    try (LmtpServer server = start(builder -> builder.trust(trusting));
        LmtpServer secure =
            start(builder -> builder.trust(trusting).tls(uncheckedTls(ServerTls.Use.IMPLICIT)));
        Socket socket = connect(server)) {
      deliver(client(server).proxyFor(client));
      deliver(client(secure).proxyFor(client).tls(verified(ClientTls.Use.IMPLICIT)));
      say(
          socket,
          commands(
              "PROXY TCP6 2001:db8::9 2001:db8::1 99 24",
              "LHLO me",
              "MAIL FROM:<a@b>",
              "RCPT TO:<c@d>",
              "DATA",
              "hi",
              ".",
              "PROXY UNKNOWN",
              "QUIT"));
      String heard = heard(socket);
      assertTrue(heard.startsWith("220 there"), heard);
      assertTrue(heard.contains("500 5.5.1 Command not recognized\r\n221"), heard);
    }
    assertEquals(client, peers.get(0).address());
    assertEquals(client, peers.get(1).address());
    assertEquals("inet:[2001:db8::9]:99", Endpoint.format(peers.get(2).address()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LHLO me\r\nMAIL FROM:<a@b>\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        "PROXY TCP4 2001:db8::1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 localhost 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\n\n",
        "\r\n\r\n\0\r\nQUIT\n!\u0011\u0000\u0004abcd",
        "\r\n\r\n\0\r\nQUIT\n!\u0011\u00ff\u00ff",
        "\r\n\r\n\0\r\nQUIT\n\u0011\u0011\u0000\u0000",
        "\r\n\r\n\0\r\nQUIT\n!\u0011\u0000\u000f\1\1\1\1\2\2\2\2\0\1\0\2\1\u00ff\u00ff"
      })
  @DisplayName("H44 no header, or a malformed or endless one: closed without a word")
  void badProxy(String octets) throws IOException {
    try (LmtpServer server = start(builder -> builder.trust(loopback(Privilege.PROXY)))) {
      try (Socket socket = connect(server)) {
        say(socket, octets);
        socket.shutdownOutput();
        assertEquals("", heard(socket));
      }
      // From a peer that is not trusted it is a command that nobody knows.
      try (LmtpServer untrusting = start(builder -> builder);
          Socket socket = connect(untrusting)) {
        say(socket, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nQUIT\r\n");
        String heard = heard(socket);
        assertTrue(heard.startsWith("220 "), heard);
        assertTrue(heard.contains("500 5.5.1"), heard);
      }
    }
    assertEquals(List.of(), peers);
  }

  @Test
  @DisplayName("H44 H70 a byte an hour: the deadline is for the whole header")
  void slowProxy() throws IOException {
    ServerSettings hasty =
        ServerSettings.of(Protocol.LMTP, "there")
            .withPatience(Duration.ofMillis(300), Duration.ofMillis(300));
    try (LmtpServer server =
            start(builder -> builder.settings(hasty).trust(loopback(Privilege.PROXY)));
        Socket socket = connect(server)) {
      say(socket, "PROXY TCP4 ");
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  @Test
  @DisplayName("E11 XRCPTFORWARD from a trusted peer, in xtext, its TABs escaped as Dovecot does")
  void xrcptforward() throws IOException {
    var fields = FrontEnd.XRCPTFORWARD.parse("user+3Djoe+09note+3Da+01tb+2B+01r+09flag");
    assertEquals("joe", fields.get("user"));
    assertEquals("a\tb+\r", fields.get("note"));
    assertEquals("", fields.get("flag"));
    assertEquals(fields, FrontEnd.XRCPTFORWARD.parse(FrontEnd.XRCPTFORWARD.format(fields)));
    for (String bad : List.of("user+3Djoe+02", "user=joe", "a+01b", "a+01")) {
      assertThrows(IllegalArgumentException.class, () -> FrontEnd.XRCPTFORWARD.parse(bad));
    }
    Envelope envelope =
        Envelope.of("a@b")
            .withRecipient(
                ForwardPath.parse("c@d"), Parameters.NONE.with(FrontEnd.XRCPTFORWARD, fields));
    try (LmtpServer server = start(builder -> builder.trust(loopback(Privilege.XRCPTFORWARD)))) {
      assertTrue(
          client(server)
              .build()
              .deliver(envelope, MessageSource.of("hi\r\n".getBytes(StandardCharsets.US_ASCII)))
              .allAccepted());
    }
    assertTrue(lines.toString().contains("RCPT TO:<c@d> XRCPTFORWARD="), lines::toString);
  }

  @Test
  @DisplayName("E11 what Dovecot 2.3.19.1 says as a proxy, as it was captured")
  void dovecotProxy() throws IOException {
    TrustPolicy both = loopback(Privilege.XCLIENT, Privilege.XRCPTFORWARD);
    try (LmtpServer server = start(builder -> builder.trust(both));
        Socket socket = connect(server)) {
      say(
          socket,
          commands(
              "LHLO mail.example.org",
              "XCLIENT HELO=client.example.org PROTO=LMTP"
                  + " SESSION=OLKDCm7mA2vORAAAg+2BzDdQ:P1 TTL=5 PORT=58014 ADDR=127.0.0.1",
              "LHLO mail.example.org",
              "MAIL FROM:<sender@example.org> BODY=8BITMIME",
              "RCPT TO:<ann@example.org> XRCPTFORWARD=site+3Dnorth+09note+3Da+2Bb",
              "BDAT 4 LAST",
              "hi",
              "QUIT"));
      String heard = heard(socket);
      assertFalse(heard.contains("\n5"), heard);
    }
    Peer peer = peers.get(0);
    assertEquals("inet:127.0.0.1:58014", Endpoint.format(peer.address()));
    assertEquals(
        "OLKDCm7mA2vORAAAg+zDdQ:P1", peer.frontEnd().attributes().value("SESSION").orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({
    "unix, false",
    "user:root, false",
    "127.0.0.1, true",
    "127.0.0.0/8, true",
    "0.0.0.0/0, true",
    "127.0.0.2, false",
    "127.0.0.2/31, false",
    "::1, false",
    "::/0, false"
  })
  @DisplayName("E11 peers as an operator names them")
  void patterns(String pattern, boolean matches) {
    Identity peer =
        Arrival.peer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), Protocol.LMTP, "x")
            .identity();
    assertEquals(matches, PeerPattern.parse(pattern).matches(peer));
    for (String bad : List.of("", "host.example", "127.0.0.1/33", "1.2.3", "127.0.0.1/x")) {
      assertThrows(IllegalArgumentException.class, () -> PeerPattern.parse(bad));
    }
  }
}
