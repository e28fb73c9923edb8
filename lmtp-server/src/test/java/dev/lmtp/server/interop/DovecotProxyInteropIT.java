package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpClient.LongLines;
import dev.lmtp.client.MessageSource;
import dev.lmtp.server.FrontEnd;
import dev.lmtp.server.Privilege;
import dev.lmtp.server.interop.RecordingServer.Received;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.DovecotInstance;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Dovecot stands as LMTP proxy between a client, ours for want of a better, and our server.
 */
class DovecotProxyInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final String MESSAGE = AwkwardMessage.from(SENDER).replace("\n", "\r\n") + "\r\n";
  private static final Pattern RECEIVED = Pattern.compile("\\A(Received: from .*\r\n(\t.*\r\n)+)*");

  @TempDir Path home;

  @Test
  @DisplayName("L4 E1 E11: three recipients, one unknown; XCLIENT and XRCPTFORWARD where trusted")
  void trusted() throws Exception {
    Received message = deliver(EnumSet.of(Privilege.XCLIENT, Privilege.XRCPTFORWARD));

    FrontEnd said = message.peer().frontEnd();
    assertEquals(Optional.of("client.example.org"), said.attributes().value("HELO"));
    assertEquals(Optional.of("LMTP"), said.attributes().value("PROTO"));
    assertTrue(said.attributes().value("SESSION").isPresent(), said::toString);
    // The proxy itself comes through a Unix-domain socket here.
    assertEquals("127.0.0.1", ((InetSocketAddress) message.peer().address()).getHostString());
    assertEquals(
        Map.of("site", "north", "note", "a+b"),
        message.to().get(0).parameters().value(FrontEnd.XRCPTFORWARD).orElseThrow());
  }

  @Test
  @DisplayName("L4 E1 H45: to a server that trusts nobody the proxy says nothing of its client")
  void notTrusted() throws Exception {
    Received message = deliver(Set.of());

    assertEquals(FrontEnd.NONE, message.peer().frontEnd());
    assertEquals(List.of("<ann@example.org>", "<ben@example.org>"), message.recipients());
  }

  private Received deliver(Set<Privilege> privileges) throws Exception {
    try (RecordingServer server =
            RecordingServer.start(
                home, "inet:127.0.0.1:0", RecordingServer.settings(Protocol.LMTP), privileges);
        DovecotInstance dovecot =
            DovecotInstance.proxy(
                home, Integer.parseInt(server.address().replaceFirst(".*:", "")))) {
      List<RecipientResult> results =
          LmtpClient.builder(dovecot.inet())
              .longLines(LongLines.SEND)
              .helloName("client.example.org")
              .build()
              .deliver(
                  Envelope.of(SENDER, "ann@example.org", "unknown@example.org", "ben@example.org"),
                  MessageSource.of(AwkwardMessage.bytes(MESSAGE)))
              .recipients();
      assertEquals(
          List.of("ACCEPTED", "REJECTED", "ACCEPTED"),
          results.stream().map(result -> result.outcome().name()).toList(),
          results::toString);
      assertEquals(
          "550 5.1.1",
          results
              .get(1)
              .reply()
              .map(r -> r.code() + " " + r.enhanced().orElseThrow())
              .orElseThrow());
      List<Received> received = server.await(1);
      assertEquals(1, received.size());
      String content = received.get(0).content();
      assertEquals(MESSAGE, RECEIVED.matcher(content).replaceFirst(""));
      assertFalse(dovecot.log().contains("Error: "), dovecot.log());
      return received.get(0);
    }
  }
}
