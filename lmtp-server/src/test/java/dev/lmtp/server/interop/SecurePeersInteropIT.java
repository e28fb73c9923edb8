package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.ClientAttributes;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.MessageSource;
import dev.lmtp.sasl.VerifyTokenCallback;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.server.Privilege;
import dev.lmtp.server.Recipient;
import dev.lmtp.server.ServerTls;
import dev.lmtp.server.TrustPolicy;
import dev.lmtp.session.ServerSettings;
import dev.lmtp.testing.Certificates;
import dev.lmtp.testing.Certificates.Owner;
import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.PeerProgram;
import dev.lmtp.testing.peer.PeerProgram.Outcome;
import dev.lmtp.testing.peer.PostfixInstance;
import dev.lmtp.testing.peer.PostfixLog.Attempt;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real clients, with TLS and AUTH, and real front-ends, that say who their client is, into our
 * server program. The {@code with} word and the address in the Received field it writes are the
 * proof.
 */
class SecurePeersInteropIT {
  private static final String ANN = "ann@example.org";
  private static final String USER = "joe";
  private static final String PASSWORD = "open sesame";
  private static final String MESSAGE = "Subject: x\r\n\r\nhi\r\n";

  @TempDir Path home;
  private Maildirs maildirs;

  @BeforeEach
  void makeMailbox() throws IOException {
    maildirs = Maildirs.under(home.resolve("mail"));
    maildirs.add(ANN);
  }

  private ServerProgram start(String listen, String... more) throws Exception {
    List<String> options = new ArrayList<>(List.of("--maildir", maildirs.template()));
    options.addAll(List.of(more));
    return ServerProgram.start(home, List.of(listen), options.toArray(String[]::new));
  }

  /** With TLS, and everybody has to authenticate. */
  private ServerProgram startSecure(String protocol, String tls) throws Exception {
    Path passwords =
        Files.writeString(home.resolve("passwords"), USER + ":{PLAIN}" + PASSWORD + "\n");
    return start(
        "inet:127.0.0.1:0",
        "--protocol",
        protocol,
        "--tls-cert",
        Certificates.certificate(Owner.LOCALHOST).toString(),
        "--tls-key",
        Certificates.key(Owner.LOCALHOST).toString(),
        "--tls",
        tls,
        "--auth-file",
        passwords.toString(),
        "--auth",
        "required");
  }

  private static int port(ServerProgram server) {
    return Integer.parseInt(server.address(0).replaceFirst(".*:", ""));
  }

  private void assertReceivedWith(String with) throws IOException {
    List<StoredMessage> stored = maildirs.newMessages(ANN);
    assertEquals(1, stored.size());
    assertTrue(
        stored.get(0).received().contains(" with " + with + " id "), stored.get(0)::received);
    assertTrue(stored.get(0).content().contains("\n\nhi\n"), stored.get(0)::content);
  }

  // ---------------------------------------------------------------- TLS and AUTH

  private Outcome swaks(ServerProgram server, String protocol, String... more) throws Exception {
    PeerProgram swaks = PeerProgram.require("swaks");
    Outcome support = swaks.run("--support");
    Assumptions.assumeTrue(
        Stream.of("TLS supported", "CRAM-MD5 supported").allMatch(support.output()::contains),
        "swaks has no TLS or no CRAM-MD5 here");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--server",
                "127.0.0.1",
                "--port",
                Integer.toString(port(server)),
                "--protocol",
                protocol,
                "--helo",
                "client.example.org",
                "--from",
                "sender@example.org",
                "--to",
                ANN,
                "--data",
                "Subject: x\\n\\nhi\\n"));
    arguments.addAll(List.of(more));
    return swaks.run(arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "LOGIN", "CRAM-MD5"})
  @DisplayName("E8 E9 swaks by STARTTLS and AUTH; a wrong password gets it nowhere")
  void swaksAuthenticates(String mechanism) throws Exception {
    try (ServerProgram server = startSecure("lmtp", "required")) {
      Outcome wrong =
          swaks(server, "LMTP", "--tls", "--auth", mechanism, "--auth-user", USER, "-ap", "no");
      assertNotEquals(0, wrong.status());
      assertTrue(wrong.output().contains("535 5.7.8"), wrong::toString);
      swaks(server, "LMTP", "--tls", "--auth", mechanism, "--auth-user", USER, "-ap", PASSWORD)
          .requireSuccess();
      assertFalse(server.output().contains(PASSWORD), server::output);
      assertTrue(
          server.output().contains("authentication by " + mechanism + " failed"), server::output);
    }
    assertReceivedWith("LMTPSA");
  }

  @Test
  @DisplayName("E9 swaks with TLS from the greeting on")
  void swaksOnConnect() throws Exception {
    try (ServerProgram server = startSecure("smtp", "implicit")) {
      swaks(
              server,
              "ESMTP",
              "--tls-on-connect",
              "--auth",
              "PLAIN",
              "--auth-user",
              USER,
              "-ap",
              PASSWORD)
          .requireSuccess();
    }
    assertReceivedWith("ESMTPSA");
  }

  @ParameterizedTest
  @CsvSource({"smtps, implicit", "smtp, required"})
  @DisplayName("E8 E9 curl verifies our certificate, and authenticates")
  void curl(String scheme, String tls) throws Exception {
    PeerProgram curl = PeerProgram.require("curl");
    try (ServerProgram server = startSecure("smtp", tls)) {
      String[] arguments = {
        "-sS",
        "--ssl-reqd",
        "--cacert",
        Certificates.authority().toString(),
        "--user",
        USER + ":" + PASSWORD,
        "--mail-from",
        "sender@example.org",
        "--mail-rcpt",
        ANN,
        "--upload-file",
        "-",
        scheme + "://localhost:" + port(server) + "/client.example.org"
      };
      curl.runWith(MESSAGE.getBytes(StandardCharsets.US_ASCII), arguments).requireSuccess();
    }
    assertReceivedWith("ESMTPSA");
  }

  @ParameterizedTest
  @ValueSource(strings = {"LMTP", "SMTP"})
  @DisplayName("E8 E9 Python's smtplib: STARTTLS with our certificate verified, and login")
  void smtplib(String kind) throws Exception {
    String script =
        """
        import smtplib, ssl, sys
        context = ssl.create_default_context(cafile=sys.argv[3])
        with getattr(smtplib, sys.argv[1])('localhost', int(sys.argv[2])) as s:
            s.starttls(context=context)
            s.login('joe', 'open sesame')
            s.sendmail('sender@example.org', ['ann@example.org'], 'Subject: x\\r\\n\\r\\nhi\\r\\n')
        """;
    String protocol = kind.toLowerCase(Locale.ROOT);
    try (ServerProgram server = startSecure(protocol, "required")) {
      PeerProgram.require("python3")
          .run(
              "-c",
              script,
              kind,
              Integer.toString(port(server)),
              Certificates.authority().toString())
          .requireSuccess();
    }
    assertReceivedWith(kind.equals("LMTP") ? "LMTPSA" : "ESMTPSA");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"})
  @DisplayName("E8 E9 Postfix's lmtp(8) by STARTTLS, with our name verified, and AUTH")
  void postfix(String mechanism) throws Exception {
    Attempt attempt = postfix(Map.of("lmtp_sasl_mechanism_filter", mechanism));
    assertEquals("sent", attempt.status(), attempt::toString);
    assertReceivedWith("LMTPSA");
  }

  @ParameterizedTest(name = "{0} = {1}")
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "lmtp_sasl_auth_enable, no, .* status=bounced .* said: 530 5\\.7\\.0 .*",
        "lmtp_sasl_password_maps, inline:{localhost=joe:wrong}, .* failed; .* said: 535 5\\.7\\.8 .*",
        "lmtp_tls_secure_cert_match, elsewhere.example, .* Server certificate not verified",
      })
  @DisplayName("E8 E9 H42 Postfix without a password, with a wrong one, or without trust in us")
  void postfixIsRefused(String parameter, String value, String log) throws Exception {
    Attempt attempt = postfix(Map.of(parameter, value));
    String said = " status=" + attempt.status() + " " + attempt.text();
    assertTrue(said.matches(log), said);
    assertNotEquals("sent", attempt.status());
    assertEquals(List.of(), maildirs.newMessages(ANN));
  }

  /** What becomes of a message that Postfix hands to a server that wants TLS and a password. */
  private Attempt postfix(Map<String, String> more) throws Exception {
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        ServerProgram server = startSecure("lmtp", "required")) {
      Map<String, String> parameters =
          new HashMap<>(
              PostfixRoute.VIRTUAL_TRANSPORT.parameters(
                  "example.org", "lmtp:inet:localhost:" + port(server)));
      parameters.put("lmtp_host_lookup", "native");
      parameters.put("lmtp_tls_security_level", "secure");
      parameters.put("lmtp_tls_secure_cert_match", "hostname");
      parameters.put("lmtp_tls_CAfile", Certificates.authority().toString());
      parameters.put("lmtp_sasl_auth_enable", "yes");
      parameters.put(
          "lmtp_sasl_password_maps", "inline:{{localhost=" + USER + ":" + PASSWORD + "}}");
      parameters.put("lmtp_sasl_tls_security_options", "noanonymous");
      parameters.putAll(more);
      postfix.start(parameters, Endpoint.INET.service(), "tlsmgr unix - - n 1000? 1 tlsmgr");
      postfix.submit(
          "sender@example.org", List.of(ANN), MESSAGE.getBytes(StandardCharsets.US_ASCII));
      return postfix.log().awaitAttempt(ANN);
    }
  }

  @ParameterizedTest
  @CsvSource({"lmtp, required", "smtp, implicit"})
  @DisplayName("E8 E9 nodemailer verifies our certificate, and authenticates")
  void nodemailer(String protocol, String tls) throws Exception {
    String script =
        """
        const [library, protocol, tls, port, ca] = process.argv.slice(1);
        require(library).createTransport({
          host: 'localhost', port: +port, lmtp: protocol === 'lmtp', name: 'client.example.org',
          secure: tls === 'implicit', requireTLS: true, tls: {ca: require('fs').readFileSync(ca)},
          auth: {user: 'joe', pass: 'open sesame'}
        }).sendMail({
          envelope: {from: 'sender@example.org', to: 'ann@example.org'},
          raw: 'Subject: x\\r\\n\\r\\nhi\\r\\n'
        }, error => { if (error) { console.log(error); process.exit(1); } });
        """;
    Path library = NodemailerInteropIT.library();
    try (ServerProgram server = startSecure(protocol, tls)) {
      PeerProgram.require("node")
          .run(
              "-e",
              script,
              library.toString(),
              protocol,
              tls,
              Integer.toString(port(server)),
              Certificates.authority().toString())
          .requireSuccess();
    }
    assertReceivedWith(protocol.equals("lmtp") ? "LMTPSA" : "ESMTPSA");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lmtp", "smtp"})
  @DisplayName("E9 H40 openssl s_client shakes hands by STARTTLS and talks")
  void openssl(String protocol) throws Exception {
    PeerProgram openssl = PeerProgram.require("openssl");
    try (ServerProgram server = startSecure(protocol, "required")) {
      String hello = protocol.equals("lmtp") ? "LHLO" : "EHLO";
      Outcome outcome =
          openssl.runWith(
              (hello + " me\r\nMAIL FROM:<a@b>\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII),
              "s_client",
              "-quiet",
              "-verify_return_error",
              "-starttls",
              protocol,
              "-CAfile",
              Certificates.authority().toString(),
              "-connect",
              "127.0.0.1:" + port(server));
      outcome.requireLines("250 AUTH ", "530 5.7.0 Authentication required", "221 2.0.0 ");
      assertFalse(outcome.output().contains("STARTTLS"), outcome::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"OAUTHBEARER", "XOAUTH2"})
  @DisplayName("E8 curl shows a bearer token, over TLS; another one gets it nowhere")
  void bearerToken(String mechanism) throws Exception {
    PeerProgram curl = PeerProgram.require("curl");
    List<String> users = new CopyOnWriteArrayList<>();
    DeliveryAgent agent =
        message -> {
          users.add(message.transaction().peer().identity().authenticated().orElse("nobody"));
          message.recipients().forEach(Recipient::accept);
        };
    CallbackHandler tokens =
        callbacks -> {
          for (Callback callback : callbacks) {
            if (callback instanceof VerifyTokenCallback verify
                && verify.token().equals("abc.def")) {
              verify.accept(USER);
            }
          }
        };
    try (LmtpServer server =
        LmtpServer.builder(agent)
            .listen("inet:127.0.0.1:0")
            .settings(ServerSettings.of(Protocol.SMTP, "there"))
            .tls(
                ServerTls.ofPem(
                    Certificates.certificate(Owner.LOCALHOST),
                    Certificates.key(Owner.LOCALHOST),
                    ServerTls.Use.REQUIRED))
            .authentication(tokens, mechanism)
            .requireAuthentication()
            .start()) {
      int port = ((InetSocketAddress) server.addresses().get(0)).getPort();
      for (String token : List.of("wrong", "abc.def")) {
        Outcome outcome =
            curl.runWith(
                MESSAGE.getBytes(StandardCharsets.US_ASCII),
                "-sS",
                "--ssl-reqd",
                "--cacert",
                Certificates.authority().toString(),
                "--user",
                USER + ":",
                "--oauth2-bearer",
                token,
                "--login-options",
                "AUTH=" + mechanism,
                "--mail-from",
                "sender@example.org",
                "--mail-rcpt",
                ANN,
                "--upload-file",
                "-",
                "smtp://localhost:" + port + "/client.example.org");
        assertEquals(token.equals("wrong"), outcome.status() != 0, outcome::toString);
      }
    }
    assertEquals(List.of(USER), users);
  }

  // ---------------------------------------------------------------- front-ends

  @Test
  @DisplayName("E11 swaks says XCLIENT: its address is the message's; 550 where it is not trusted")
  void xclient() throws Exception {
    String[] said = {"--xclient-addr", "192.0.2.9", "--xclient-name", "client.example.net"};
    try (ServerProgram server = start("inet:127.0.0.1:0", "--trust", "127.0.0.1=xclient")) {
      swaks(server, "LMTP", said).requireSuccess();
    }
    assertTrue(maildirs.newMessages(ANN).get(0).received().contains(" ([192.0.2.9])"));
    try (ServerProgram server = start("inet:127.0.0.1:0")) {
      assertNotEquals(0, swaks(server, "LMTP", said).status());
    }
    assertEquals(1, maildirs.newMessages(ANN).size());
  }

  @Test
  @DisplayName(
      "E11 Postfix says XFORWARD to a server that trusts it: what it knows reaches the agent")
  void xforward() throws Exception {
    List<ClientAttributes> said = new CopyOnWriteArrayList<>();
    DeliveryAgent agent =
        message -> {
          said.add(message.transaction().peer().frontEnd().attributes());
          message.recipients().forEach(Recipient::accept);
        };
    TrustPolicy trust = TrustPolicy.LOCAL.trusting("127.0.0.1", Set.of(Privilege.XFORWARD));
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        LmtpServer server =
            LmtpServer.builder(agent).listen("inet:127.0.0.1:0").trust(trust).start()) {
      int port = ((InetSocketAddress) server.addresses().get(0)).getPort();
      Map<String, String> parameters =
          new HashMap<>(
              PostfixRoute.VIRTUAL_TRANSPORT.parameters(
                  "example.org", "lmtp:inet:127.0.0.1:" + port));
      parameters.put("lmtp_send_xforward_command", "yes");
      parameters.put("smtpd_relay_restrictions", "reject_unauth_destination");
      InetSocketAddress smtpd = PeerDaemon.freeAddress();
      postfix.start(
          parameters,
          Endpoint.INET.service(),
          "127.0.0.1:" + smtpd.getPort() + " inet n - n - - smtpd");
      LmtpClient client =
          LmtpClient.builder(smtpd).protocol(Protocol.SMTP).helloName("client.example.net").build();
      client.deliver(
          Envelope.of("sender@example.org", ANN),
          MessageSource.of(MESSAGE.getBytes(StandardCharsets.US_ASCII)));
      assertEquals("sent", postfix.log().awaitAttempt(ANN).status());
      assertEquals(Optional.of("127.0.0.1"), said.get(0).value("ADDR"), said::toString);
      assertEquals(Optional.of("client.example.net"), said.get(0).value("HELO"), said::toString);
      assertEquals(Optional.of("ESMTP"), said.get(0).value("PROTO"), said::toString);
      String queueId = said.get(0).value("IDENT").orElseThrow();
      assertTrue(postfix.log().text().contains(" " + queueId + ": "), said::toString);
    }
  }

  private PeerDaemon haproxy(InetSocketAddress front, int back, String send) throws Exception {
    PeerProgram haproxy = PeerProgram.require("haproxy");
    Path configuration =
        Files.writeString(
            home.resolve("haproxy.cfg"),
            """
            global
              maxconn 100
            defaults
              mode tcp
              timeout connect 5s
              timeout client 60s
              timeout server 60s
              timeout check 20s
            frontend mail
              bind 127.0.0.1:%d
              default_backend stores
            backend stores
              server one 127.0.0.1:%d %s check inter 1s
            """
                .formatted(front.getPort(), back, send));
    return PeerDaemon.start(
            haproxy.command("-db", "-f", configuration.toString()), home.resolve("haproxy.log"))
        .awaitListening(front);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "send-proxy check-send-proxy",
        "send-proxy-v2 check-send-proxy",
        "send-proxy-v2 proxy-v2-options ssl,crc32c,unique-id check-send-proxy"
      })
  @DisplayName("E11 H44 HAProxy's header, and its health checks, which come without a client")
  void proxy(String send) throws Exception {
    InetSocketAddress front = PeerDaemon.freeAddress();
    try (ServerProgram server =
            start("inet:127.0.0.1:0", "--trust", "127.0.0.1=proxy", "--verbose");
        PeerDaemon haproxy = haproxy(front, port(server), send)) {
      PeerProgram.require("swaks")
          .run(
              "--server",
              "127.0.0.1",
              "--port",
              Integer.toString(front.getPort()),
              "--local-interface",
              "127.0.0.77",
              "--protocol",
              "LMTP",
              "--helo",
              "client.example.org",
              "--from",
              "sender@example.org",
              "--to",
              ANN,
              "--data",
              "Subject: x\\n\\nhi\\n")
          .requireSuccess();
      assertFalse(haproxy.output().contains("is DOWN"), haproxy::output);
    }
    assertTrue(maildirs.newMessages(ANN).get(0).received().contains(" ([127.0.0.77])"));
  }
}
