package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Extension;
import dev.lmtp.Limits;
import dev.lmtp.OriginalRecipient;
import dev.lmtp.Parameter;
import dev.lmtp.Protocol;
import dev.lmtp.server.interop.RecordingServer.Received;
import dev.lmtp.session.Offer;
import dev.lmtp.session.ServerSettings;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.EximInstance;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A real Exim hands mail to our server: by its lmtp transport over a Unix-domain socket, which uses
 * no extension at all, and by its smtp transport, which uses what is offered.
 */
class EximInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final String ANN = "ann@example.org";
  private static final String BEN = "ben@example.org";
  private static final String NOBODY = "unknown@example.org";
  private static final String FULL = "full@example.org";

  private static final String UNIX =
      """
      begin routers
      ours:
        driver = accept
        transport = ours
      begin transports
      ours:
        driver = lmtp
        socket = %s
        batch_max = 50
      begin retry
      * * F,1h,10m
      """;

  private static final String INET =
      """
      smtputf8_advertise_hosts = *
      dsn_advertise_hosts = *
      acl_smtp_rcpt = accept
      begin routers
      ours:
        driver = manualroute
        route_list = * 127.0.0.1
        self = send
        transport = ours
      begin transports
      ours:
        driver = smtp
        protocol = %s
        port = %s
        allow_localhost
        max_rcpt = 0
        message_linelength_limit = 200000
      begin retry
      * * F,1h,10m
      """;

  private static final Pattern RECEIVED = Pattern.compile("\\AReceived: from .*\r\n(\t.*\r\n)+");

  @TempDir Path home;
  private EximInstance exim;
  private RecordingServer server;

  @BeforeEach
  void prepare() throws Exception {
    exim = EximInstance.prepare(home);
  }

  @AfterEach
  void stop() throws Exception {
    if (server != null) {
      server.close();
    }
    exim.close();
  }

  @Test
  @DisplayName("L4 S7 H5: lmtp transport, one command at a time; two of four stored")
  void unix() throws Exception {
    startUnix(Offer.DEFAULT);

    assertFates("LMTP error after end of data: 452 4\\.2\\.2 ");
    assertTrue(server.commands().contains("MAIL FROM:<" + SENDER + ">\r\n"), server::commands);
    assertTrue(server.commands().contains("\r\nDATA\r\n"), server::commands);
  }

  @Test
  @DisplayName("Exim's lmtp transport cannot read an LHLO reply of more than about 250 octets")
  void unixWithLongReply() throws Exception {
    startUnix(RecordingServer.settings(Protocol.LMTP).offer());

    exim.submit(SENDER, List.of(ANN), bytes("Subject: x\n\nx\n"));

    assertLog("== " + ANN + " .* defer .*: Malformed LMTP response after LHLO ");
  }

  @Test
  @DisplayName("L4 L8 E1 E3 E5 H19: smtp transport with protocol = lmtp; two of four stored")
  void inet() throws Exception {
    startInet(RecordingServer.settings(Protocol.LMTP));

    assertFates("LMTP error after BDAT \\d+ LAST: 452 4\\.2\\.2 ");
    assertFalse(server.commands().contains("\r\nDATA\r\n"), server::commands);
    assertTrue(server.commands().matches("(?s).*\r\nBDAT \\d+\r\n.*"), server::commands);
    assertTrue(server.commands().contains("MAIL FROM:<" + SENDER + "> SIZE="), server::commands);
  }

  @Test
  @DisplayName("L4 S7 E1: smtp transport, CHUNKING is not offered: DATA")
  void withoutChunking() throws Exception {
    Offer offer = Offer.DEFAULT.without(Extension.CHUNKING);
    startInet(RecordingServer.settings(Protocol.LMTP).withOffer(offer));

    assertFates("LMTP error after DATA: 452 4\\.2\\.2 ");
    assertFalse(server.commands().contains("\r\nBDAT "), server::commands);
  }

  @Test
  @DisplayName("E3: smtp transport, a message larger than the SIZE that is offered is not sent")
  void tooLarge() throws Exception {
    startInet(
        RecordingServer.settings(Protocol.LMTP).withLimits(Limits.DEFAULT.withMessage(70_000)));

    exim.submit(SENDER, List.of(ANN), AwkwardMessage.bytes(AwkwardMessage.from(SENDER)));

    assertLog("\\*\\* " + ANN + " .*: 552 5\\.3\\.4 ");
    assertEquals("<>", onlyMessage().from().toString());
  }

  @Test
  @DisplayName("E10: LIMITS RCPTMAX=100 keeps 101 recipients apart, and none is refused")
  void limits() throws Exception {
    exim.configure("");
    exim.requireSupport("ESMTP_Limits");
    startInet(
        RecordingServer.settings(Protocol.LMTP).withLimits(Limits.DEFAULT.withRecipients(100)));

    exim.submit(
        SENDER,
        IntStream.rangeClosed(1, 101).mapToObj(i -> "r" + i + "@example.org").toList(),
        bytes("Subject: x\n\nx\n"));

    List<Received> received = server.await(2);
    assertEquals(101, received.get(0).to().size() + received.get(1).to().size());
    assertFalse(String.join("", server.wiretap().dialogues()).contains("S: 452 "));
  }

  @Test
  @DisplayName("L4 S7: smtp transport, PIPELINING is not offered")
  void smtpWithoutPipelining() throws Exception {
    Offer offer = Offer.DEFAULT.without(Extension.PIPELINING).without(Extension.CHUNKING);
    startInet(RecordingServer.settings(Protocol.SMTP).withOffer(offer));

    exim.submit(SENDER, List.of(ANN, BEN), bytes("Subject: x\n\n.\n"));

    assertEquals(List.of("<" + ANN + ">", "<" + BEN + ">"), onlyMessage().recipients());
  }

  private void assertFates(String full) throws Exception {
    String message = AwkwardMessage.from(SENDER);
    exim.submit(SENDER, List.of(ANN, NOBODY, FULL, BEN), AwkwardMessage.bytes(message));

    assertLog("=> ann.* C=\"250 2\\.1\\.5 Stored\"");
    assertLog("-> ben.* C=\"250 2\\.1\\.5 Stored\"");
    assertLog("\\*\\* " + NOBODY + " .* after RCPT TO:<" + NOBODY + ">: 550 5\\.1\\.1 ");
    assertLog("== " + FULL + " .* defer .*" + full);
    // The bounce comes back by the same way.
    List<Received> received = server.await(2);
    assertEquals("<" + SENDER + ">", received.get(0).from().toString());
    assertEquals(
        List.of("<" + ANN + ">", "<" + FULL + ">", "<" + BEN + ">"), received.get(0).recipients());
    assertEquals(message.replace("\n", "\r\n") + "\r\n", content(received.get(0)));
    assertEquals("<>", received.get(1).from().toString());
    assertTrue(received.get(1).content().contains("Final-Recipient: rfc822;" + NOBODY));
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Protocol.class)
  @DisplayName("L8 E5 S4: nobody is accepted, with a chunk or DATA behind the recipients")
  void nobodyAccepted(Protocol protocol) throws Exception {
    startInet(RecordingServer.settings(protocol));

    exim.submit(SENDER, List.of(NOBODY), bytes("Subject: x\n\nx\n"));

    assertLog("\\*\\* " + NOBODY + " .* after RCPT TO:<" + NOBODY + ">: 550 5\\.1\\.1 ");
    assertEquals("<>", onlyMessage().from().toString());
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Protocol.class)
  @DisplayName("E7: RET, ENVID, NOTIFY and ORCPT come through")
  void dsn(Protocol protocol) throws Exception {
    startInet(RecordingServer.settings(protocol));

    exim.session(
            bytes(
                """
                EHLO client.example.org
                MAIL FROM:<sender@example.org> RET=HDRS ENVID=QQ+2B1
                RCPT TO:<ann@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ann+2Bx@example.net
                RCPT TO:<ben@example.org> NOTIFY=NEVER
                DATA
                Subject: x

                x
                .
                QUIT
                """))
        .requireSuccess();

    Received message = onlyMessage();
    assertParameters("SIZE=\\d+ RET=HDRS ENVID=QQ\\+2B1", message);
    assertEquals(
        List.of(
            "<ann@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ann+2Bx@example.net",
            "<ben@example.org> NOTIFY=NEVER"),
        message.recipients());
    assertEquals("QQ+1", message.parameters().value(Parameter.ENVID).orElseThrow());
    assertEquals(
        new OriginalRecipient("rfc822", "Ann+x@example.net"),
        message.to().get(0).parameters().value(Parameter.ORCPT).orElseThrow());
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Protocol.class)
  @DisplayName("E6: SMTPUTF8 comes through, and addresses in UTF-8; without BODY, for all of that")
  void smtpUtf8(Protocol protocol) throws Exception {
    startInet(RecordingServer.settings(protocol));

    exim.session(
            bytes(
                """
                EHLO client.example.org
                MAIL FROM:<j\u00fcrg@b\u00fccher.example> SMTPUTF8 BODY=8BITMIME
                RCPT TO:<\u03b1\u03b2@example.org>
                DATA
                Subject: gr\u00fc\u00dfe

                x
                .
                QUIT
                """))
        .requireSuccess();

    Received message = onlyMessage();
    assertEquals("<j\u00fcrg@b\u00fccher.example>", message.from().toString());
    assertParameters("SIZE=\\d+ SMTPUTF8", message);
    assertEquals(List.of("<\u03b1\u03b2@example.org>"), message.recipients());
    assertTrue(content(message).contains("Subject: gr\u00c3\u00bc\u00c3\u009fe\r\n"));
  }

  private void startUnix(Offer offer) throws Exception {
    String socket = home.resolve("socket").toString();
    ServerSettings settings = RecordingServer.settings(Protocol.LMTP).withOffer(offer);
    server = RecordingServer.start(home, "unix:" + socket, settings);
    exim.configure(UNIX.formatted(socket));
  }

  private void startInet(ServerSettings settings) throws Exception {
    server = RecordingServer.start(home, "inet:127.0.0.1:0", settings);
    String protocol = settings.protocol() == Protocol.LMTP ? "lmtp" : "smtp";
    exim.configure(INET.formatted(protocol, server.address().replaceFirst(".*:", "")));
  }

  private Received onlyMessage() throws Exception {
    List<Received> received = server.await(1);
    assertEquals(1, received.size(), received::toString);
    return received.get(0);
  }

  private void assertLog(String pattern) {
    assertTrue(Pattern.compile(pattern).matcher(exim.log()).find(), () -> pattern + exim.log());
  }

  private static void assertParameters(String pattern, Received message) {
    assertTrue(message.parameters().toString().matches(pattern), message::toString);
  }

  private static String content(Received message) {
    assertTrue(RECEIVED.matcher(message.content()).find(), message.content().substring(0, 200));
    return RECEIVED.matcher(message.content()).replaceFirst("");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
