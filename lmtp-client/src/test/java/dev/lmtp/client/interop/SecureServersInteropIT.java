package dev.lmtp.client.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.client.ClientTls;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpException;
import dev.lmtp.client.MessageSource;
import dev.lmtp.testing.Certificates;
import dev.lmtp.testing.Certificates.Owner;
import dev.lmtp.testing.peer.DovecotInstance;
import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.PostfixInstance;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our client and the TLS of real servers, which is OpenSSL's. */
class SecureServersInteropIT {
  private static final String ANN = "ann@example.org";
  private static final byte[] SMALL =
      "Subject: x\r\n\r\nhi\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LARGE =
      ("Subject: y\r\n\r\n" + ("y".repeat(76) + "\r\n").repeat(1_200))
          .getBytes(StandardCharsets.US_ASCII);

  @TempDir Path home;
  private final List<String> lines = new ArrayList<>();

  private LmtpClient.Builder client(InetSocketAddress address, Protocol protocol, String name) {
    return LmtpClient.builder(address)
        .protocol(protocol)
        .dialogue(lines::add)
        .tls(
            ClientTls.of(ClientTls.Use.REQUIRED)
                .withContext(Certificates.context(Owner.CLIENT))
                .withServerName(name));
  }

  private void assertDelivers(InetSocketAddress address, Protocol protocol) throws LmtpException {
    for (byte[] message : new byte[][] {SMALL, LARGE}) {
      assertTrue(
          client(address, protocol, "localhost")
              .build()
              .deliver(Envelope.of("sender@example.org", ANN), MessageSource.of(message))
              .allAccepted(),
          lines::toString);
    }
    assertTrue(lines.toString().contains("C: [TLS: TLSv1.3 "), lines::toString);
    lines.clear();
    LmtpException wrongName =
        assertThrows(
            LmtpException.class,
            () -> client(address, protocol, "elsewhere.example").build().connect());
    assertEquals(LmtpException.Kind.SECURITY, wrongName.kind());
    assertFalse(lines.toString().contains("MAIL"), lines::toString);
    assertTrue(
        client(address, protocol, "")
            .tls(ClientTls.Use.OPPORTUNISTIC)
            .build()
            .deliver(Envelope.of("sender@example.org", ANN), MessageSource.of(SMALL))
            .allAccepted());
  }

  @Test
  @DisplayName("E9 H42 Postfix' smtpd demands TLS: verified, of a wrong name, and opportunistic")
  void postfix() throws Exception {
    InetSocketAddress address = PeerDaemon.freeAddress();
    try (PostfixInstance postfix = PostfixInstance.prepare(home)) {
      Map<String, String> parameters = PostfixSmtpdInteropIT.parameters(home);
      parameters.put("smtpd_tls_cert_file", Certificates.certificate(Owner.LOCALHOST).toString());
      parameters.put("smtpd_tls_key_file", Certificates.key(Owner.LOCALHOST).toString());
      parameters.put("smtpd_tls_security_level", "encrypt");
      postfix.start(parameters, PostfixSmtpdInteropIT.services(address));
      assertDelivers(address, Protocol.SMTP);
    }
  }

  @Test
  @DisplayName("E9 H42 Dovecot's LMTP offers TLS: verified, of a wrong name, and opportunistic")
  void dovecot() throws Exception {
    String ssl =
        "ssl = yes\nssl_cert = <%s\nssl_key = <%s\n"
            .formatted(
                Certificates.certificate(Owner.LOCALHOST), Certificates.key(Owner.LOCALHOST));
    try (DovecotInstance dovecot = DovecotInstance.start(home, ssl)) {
      assertDelivers(dovecot.inet(), Protocol.LMTP);
      assertEquals(3, dovecot.mail("ann").messages().size());
    }
  }
}
