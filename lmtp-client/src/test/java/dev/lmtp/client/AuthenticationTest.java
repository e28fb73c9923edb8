package dev.lmtp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ClientSettings;
import dev.lmtp.testing.Certificates;
import dev.lmtp.testing.Certificates.Owner;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which mechanisms a client tries on TLS, and how often; the server is a list of replies. */
class AuthenticationTest {

  /** As of Cyrus 3.6.1, where the password is wrong and where it cannot bind as the client does. */
  private static final String REFUSED = "501 5.5.4 undefined error!\r\n";

  private final ClientSession session =
      new ClientSession(ClientSettings.of(Protocol.LMTP, "client.example"));
  private final Deque<String> replies = new ArrayDeque<>();
  private final List<String> commands = new ArrayList<>();

  private Reply run(Credentials credentials, String offer, String... server) throws Exception {
    replies.addAll(List.of("220 s\r\n", "250-s\r\n250 AUTH " + offer + "\r\n"));
    replies.addAll(List.of(server));
    answer();
    session.hello();
    answer();
    commands.clear();
    return new Authentication(session, this::answer, credentials, Optional.of(tls()), false)
        .run("lmtp", "localhost");
  }

  private Reply answer() {
    ByteBuffer output = session.output();
    commands.add(StandardCharsets.US_ASCII.decode(output).toString());
    session.poll(ByteBuffer.wrap(replies.remove().getBytes(StandardCharsets.US_ASCII)));
    return session.reply();
  }

  /** Enough of TLS 1.2 to bind to its certificate. */
  private static SSLSession tls() throws Exception {
    Certificate[] chain;
    try (InputStream in = Files.newInputStream(Certificates.certificate(Owner.LOCALHOST))) {
      chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(in)
              .toArray(Certificate[]::new);
    }
    return (SSLSession)
        Proxy.newProxyInstance(
            SSLSession.class.getClassLoader(),
            new Class<?>[] {SSLSession.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getProtocol" -> "TLSv1.2";
                  case "getPeerCertificates" -> chain;
                  default -> throw new UnsupportedOperationException(method.toString());
                });
  }

  /** Each AUTH as its mechanism and the head of the first message, RFC 5802 §7. */
  private List<String> tried() {
    List<String> tried = new ArrayList<>();
    for (String command : commands) {
      String[] words = command.strip().split(" ");
      if (words[0].equals("AUTH")) {
        String first = new String(Base64.getDecoder().decode(words[2]), StandardCharsets.US_ASCII);
        tried.add(words[1] + " " + first.substring(0, first.indexOf(',')));
      }
    }
    return tried;
  }

  @Test
  @DisplayName("E8: refused by a PLUS mechanism, as by Cyrus: once more, and not as a victim (y)")
  void onceMoreUnbound() throws Exception {
    Reply reply =
        run(
            Credentials.password("joe", "secret"),
            "PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS",
            REFUSED,
            "535 5.7.8 No\r\n");
    assertEquals(535, reply.code());
    assertEquals(List.of("SCRAM-SHA-256-PLUS p=tls-server-end-point", "SCRAM-SHA-256 n"), tried());
  }

  @Test
  @DisplayName("E8: who names a PLUS mechanism is bound or refused")
  void boundAtAnyPrice() throws Exception {
    Reply reply =
        run(
            Credentials.password("joe", "secret").by("SCRAM-SHA-256-PLUS"),
            "PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS",
            REFUSED);
    assertEquals(501, reply.code());
    assertEquals(List.of("SCRAM-SHA-256-PLUS p=tls-server-end-point"), tried());
  }

  @Test
  @DisplayName("E8: an initial response that makes the line too long waits for a challenge")
  void longInitialResponse() throws Exception {
    String waiting = "AUTH OAUTHBEARER\r\n";
    String last = "";
    int longest = 0;
    for (int length = 290; length < 350; length++) {
      AuthenticationTest other = new AuthenticationTest();
      other.run(Credentials.token("joe", "t".repeat(length)), "OAUTHBEARER", "235 2.7.0 Yes\r\n");
      String auth = other.commands.get(0);
      assertTrue(auth.equals(waiting) || auth.length() > longest - 1, "a shorter one waits");
      longest = Math.max(longest, auth.length());
      last = auth;
    }
    assertEquals(waiting, last);
    // Base64 grows by four.
    assertTrue(longest > 508 && longest <= 512, "the longest line has " + longest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"454 4.7.0 Later\r\n", "535 5.7.8 Wrong password\r\n"})
  @DisplayName("E8: a refusal for now, or of the password, says nothing about the mechanism")
  void noReasonToTryAgain(String refused) throws Exception {
    Reply reply =
        run(Credentials.password("joe", "secret"), "SCRAM-SHA-256 SCRAM-SHA-256-PLUS", refused);
    assertEquals(refused.substring(0, 3), Integer.toString(reply.code()));
    assertEquals(List.of("SCRAM-SHA-256-PLUS p=tls-server-end-point"), tried());
  }
}
