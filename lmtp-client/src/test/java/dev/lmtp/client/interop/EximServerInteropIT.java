package dev.lmtp.client.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DsnNotify;
import dev.lmtp.DsnNotify.Condition;
import dev.lmtp.DsnReturn;
import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.OriginalRecipient;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.EximInstance;
import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.StoredMail;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our client hands mail to a real Exim by SMTP, which stores it in one Maildir. */
class EximServerInteropIT {
  private static final String SENDER = "sender@example.org";

  /** Exim has no enhanced codes. */
  private static final String ACCEPTED = "ACCEPTED FINAL 250";

  private static final String CONFIGURATION =
      """
      accept_8bitmime = true
      smtputf8_advertise_hosts = *
      dsn_advertise_hosts = *
      message_size_limit = 200000
      acl_smtp_rcpt = rcpt
      %s
      begin acl
      rcpt:
        deny local_parts = unknown
             message = no such user
        accept
      begin routers
      maildir:
        driver = accept
        transport = maildir
      begin transports
      maildir:
        driver = appendfile
        directory = %s
        maildir_format
        envelope_to_add
        return_path_add
        user = Debian-exim
      begin retry
      * * F,1h,10m
      """;

  /** From 4.98 on it tells beforehand how many messages and recipients it takes. */
  private static final String WITHOUT_LIMITS =
      """
      .ifdef _OPT_MAIN_LIMITS_ADVERTISE_HOSTS
      limits_advertise_hosts =
      .endif
      """;

  @TempDir Path home;
  private EximInstance exim;
  private InetSocketAddress address;

  @BeforeEach
  void prepare() throws Exception {
    exim = EximInstance.prepare(home);
    address = PeerDaemon.freeAddress();
  }

  @AfterEach
  void stop() throws Exception {
    exim.close();
  }

  @Test
  @DisplayName("S3 S7 E1 E3 E4 E5: two stored byte for byte, one unknown; SIZE, BODY, one chunk")
  void chunked() throws Exception {
    start("");
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertStored(client);

      assertTrue(client.commands().contains("\r\nBDAT "), client::dialogue);
      assertTrue(
          client.commands().contains("> SIZE=104506 BODY=8BITMIME\r\nRCPT TO:"), client::dialogue);
    }
  }

  @Test
  @DisplayName("S7 H5 H58: the same without PIPELINING and CHUNKING")
  void plain() throws Exception {
    start("chunking_advertise_hosts =\npipelining_advertise_hosts =\n");
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertStored(client);

      assertTrue(client.commands().contains("\r\nDATA\r\n"), client::dialogue);
    }
  }

  private void assertStored(TappedClient client) throws Exception {
    String message = AwkwardMessage.from(SENDER) + "\n";
    assertEquals(
        List.of(ACCEPTED, "REJECTED RCPT 550", ACCEPTED),
        client.deliver(
            Envelope.of(SENDER, "ann@example.org", "unknown@example.org", "ben@example.org"),
            message.replace("\n", "\r\n")));
    assertTrue(mail().awaitMessage("Envelope-to: ann@example.org\n").endsWith("\n" + message));
    assertTrue(mail().awaitMessage("Envelope-to: ben@example.org\n").endsWith("\n" + message));
  }

  /** Exim puts ENVID and ORCPT into its report as they came, in xtext. */
  @Test
  @DisplayName("E7: RET, ENVID, NOTIFY and ORCPT are what Exim's report is made of")
  void dsn() throws Exception {
    start("");
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      Envelope envelope =
          Envelope.of(SENDER)
              .withParameters(
                  Parameters.of(Parameter.RET, DsnReturn.HDRS).with(Parameter.ENVID, "QQ+1="))
              .withRecipient(
                  ForwardPath.parse("ann@example.org"),
                  Parameters.of(Parameter.NOTIFY, DsnNotify.of(Condition.SUCCESS))
                      .with(Parameter.ORCPT, OriginalRecipient.of("Ann+1@example.net")))
              .withRecipient(
                  ForwardPath.parse("ben@example.org"),
                  Parameters.of(Parameter.NOTIFY, DsnNotify.NEVER));
      assertEquals(List.of(ACCEPTED, ACCEPTED), client.deliver(envelope, "Subject: x\r\n\r\n"));

      String report = mail().awaitMessage("Action: delivered");
      assertTrue(report.contains("\nOriginal-Envelope-ID: QQ+2B1+3D\n"), report);
      assertTrue(report.contains("\nOriginal-Recipient: rfc822;Ann+2B1@example.net\n"), report);
      assertTrue(report.contains("\nContent-type: text/rfc822-headers\n"), report);
      assertFalse(report.contains("ben@example.org"), report);
    }
  }

  @Test
  @DisplayName("E6: addresses in UTF-8")
  void smtpUtf8() throws Exception {
    String juerg = "j\u00fcrg@b\u00fccher.example";
    start("");
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      Envelope envelope =
          Envelope.of(juerg, juerg).withParameters(Parameters.of(Parameter.SMTPUTF8, true));
      assertEquals(List.of(ACCEPTED), client.deliver(envelope, "Subject: \u00c3\u00bc\r\n\r\n"));

      // Octets: the text is read as ISO 8859-1.
      String stored = mail().awaitMessage("Subject: \u00c3\u00bc");
      assertTrue(
          stored.contains("Envelope-to: j\u00c3\u00bcrg@b\u00c3\u00bccher.example\n"), stored);
      assertTrue(exim.log().contains(" P=utf8esmtp "), exim::log);
    }
  }

  @Test
  @DisplayName("E3: a message beyond the SIZE that is offered; the next one is taken")
  void tooLarge() throws Exception {
    start("");
    Envelope envelope = Envelope.of(SENDER, "ann@example.org");
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertEquals(
          List.of("REJECTED MAIL 552"),
          client.deliver(envelope, "Subject: x\r\n\r\n" + "x\r\n".repeat(100_000)));
      assertEquals(List.of(ACCEPTED), client.deliver(envelope, "Subject: x\r\n\r\nsmall\r\n"));
    }
  }

  @Test
  @DisplayName("S9: 452 without an enhanced code for the third recipient: one transaction more")
  void tooManyRecipients() throws Exception {
    start(WITHOUT_LIMITS + "recipients_max = 2\n");
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertEquals(
          List.of(ACCEPTED, ACCEPTED, ACCEPTED),
          client.deliver(
              Envelope.of(SENDER, "a@example.org", "b@example.org", "c@example.org"),
              "Subject: x\r\n\r\n"));
      assertTrue(client.dialogue().contains("S: 452 too many recipients\n"), client::dialogue);
      mail().awaitMessage("Envelope-to: c@example.org\n");
    }
  }

  @Test
  @DisplayName("E10: by RCPTMAX three recipients go in two transactions; then MAILMAX is used up")
  void limits() throws Exception {
    exim.configure("");
    exim.requireSupport("ESMTP_Limits");
    start("recipients_max = 2\nsmtp_accept_max_per_connection = 2\n");
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertEquals(
          List.of(ACCEPTED, ACCEPTED, ACCEPTED),
          client.deliver(
              Envelope.of(SENDER, "a@example.org", "b@example.org", "c@example.org"),
              "Subject: x\r\n\r\n"));
      assertTrue(
          client.dialogue().contains("\nS: 250-LIMITS MAILMAX=2 RCPTMAX=2\n"), client::dialogue);
      assertFalse(client.dialogue().contains("\nS: 4"), client::dialogue);
      assertFalse(client.connection().isReusable());
    }
  }

  @Test
  @DisplayName("S11 H53: Exim ends the connection with 421 where it has had messages enough")
  void tooManyMessages() throws Exception {
    start(WITHOUT_LIMITS + "smtp_accept_max_per_connection = 1\n");
    Envelope envelope = Envelope.of(SENDER, "ann@example.org", "ben@example.org");
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertEquals(List.of(ACCEPTED, ACCEPTED), client.deliver(envelope, "Subject: 1\r\n\r\n"));
      assertEquals(
          List.of("DEFERRED MAIL 421", "DEFERRED MAIL 421"),
          client.deliver(envelope, "Subject: 2\r\n\r\n"));
      assertFalse(client.connection().isReusable());
    }
  }

  private StoredMail mail() {
    return StoredMail.in(home.resolve("mail/new"));
  }

  private void start(String more) throws Exception {
    exim.configure(CONFIGURATION.formatted(more, exim.directory("mail")));
    exim.listen(address);
  }
}
