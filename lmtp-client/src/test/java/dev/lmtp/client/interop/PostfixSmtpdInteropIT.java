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
import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.PostfixInstance;
import dev.lmtp.testing.peer.StoredMail;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our client hands mail to a real Postfix by SMTP, which stores it in Maildirs. */
class PostfixSmtpdInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final String ACCEPTED = "ACCEPTED FINAL 250 2.0.0";

  @TempDir Path home;
  private PostfixInstance postfix;
  private InetSocketAddress address;

  @BeforeEach
  void prepare() throws Exception {
    postfix = PostfixInstance.prepare(home);
    address = PeerDaemon.freeAddress();
  }

  @AfterEach
  void stop() {
    postfix.close();
  }

  @Test
  @DisplayName("S3 S7 E1 E3 E4 E5: two stored byte for byte, one unknown; SIZE, BODY, one chunk")
  void chunked() throws Exception {
    start(Map.of());
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertStored(client);

      assertTrue(client.commands().contains("\r\nBDAT "), client::dialogue);
      assertTrue(
          client.commands().contains("> SIZE=104506 BODY=8BITMIME\r\nRCPT TO:"), client::dialogue);
    }
  }

  @Test
  @DisplayName("S7 H5 H58: the same without PIPELINING, SIZE and CHUNKING")
  void plain() throws Exception {
    start(Map.of("smtpd_discard_ehlo_keywords", "pipelining, size, chunking, dsn, smtputf8"));
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertStored(client);

      assertTrue(client.commands().contains("\r\nDATA\r\n"), client::dialogue);
      assertTrue(
          client.commands().contains("MAIL FROM:<sender@example.org> BODY=8BITMIME\r\n"),
          client::dialogue);
    }
  }

  private void assertStored(TappedClient client) throws Exception {
    String message = AwkwardMessage.from(SENDER) + "\n";
    assertEquals(
        List.of(ACCEPTED, "REJECTED RCPT 550 5.1.1", ACCEPTED),
        client.deliver(
            Envelope.of(SENDER, "ann@example.org", "unknown@example.org", "ben@example.org"),
            message.replace("\n", "\r\n")));
    assertTrue(mail("ann").awaitMessage("Subject: dots").endsWith("\n" + message));
    assertTrue(mail("ben").awaitMessage("Subject: dots").endsWith("\n" + message));
  }

  @Test
  @DisplayName("E7: RET, ENVID, NOTIFY and ORCPT are what Postfix's report is made of")
  void dsn() throws Exception {
    start(Map.of());
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertEquals(List.of(ACCEPTED, ACCEPTED), client.deliver(reported(), "Subject: x\r\n\r\n"));

      String report = mail("sender").awaitMessage("Action: delivered");
      assertTrue(report.contains("\nOriginal-Envelope-Id: QQ+1=\n"), report);
      assertTrue(report.contains("\nOriginal-Recipient: rfc822;Ann+1@example.net\n"), report);
      assertTrue(report.contains("\nContent-Type: text/rfc822-headers\n"), report);
      assertFalse(report.contains("ben@example.org"), report);
    }
  }

  @Test
  @DisplayName("E7: where DSN is not offered its parameters stay away")
  void dsnNotOffered() throws Exception {
    start(Map.of("smtpd_discard_ehlo_keywords", "dsn"));
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertEquals(List.of(ACCEPTED, ACCEPTED), client.deliver(reported(), "Subject: x\r\n\r\n"));

      assertFalse(client.commands().contains("NOTIFY"), client::dialogue);
      assertFalse(client.commands().contains("ENVID"), client::dialogue);
    }
  }

  private static Envelope reported() {
    return Envelope.of(SENDER)
        .withParameters(Parameters.of(Parameter.RET, DsnReturn.HDRS).with(Parameter.ENVID, "QQ+1="))
        .withRecipient(
            ForwardPath.parse("ann@example.org"),
            Parameters.of(Parameter.NOTIFY, DsnNotify.of(Condition.SUCCESS, Condition.FAILURE))
                .with(Parameter.ORCPT, OriginalRecipient.of("Ann+1@example.net")))
        .withRecipient(
            ForwardPath.parse("ben@example.org"), Parameters.of(Parameter.NOTIFY, DsnNotify.NEVER));
  }

  @Test
  @DisplayName("E6 E7: addresses in UTF-8, and the report has the original one")
  void smtpUtf8() throws Exception {
    String juerg = "j\u00fcrg@b\u00fccher.example";
    start(Map.of());
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      Envelope envelope =
          Envelope.of(juerg)
              .withParameters(Parameters.of(Parameter.SMTPUTF8, true))
              .withRecipient(
                  ForwardPath.parse(juerg),
                  Parameters.of(Parameter.NOTIFY, DsnNotify.of(Condition.SUCCESS))
                      .with(Parameter.ORCPT, OriginalRecipient.of("\u03b1\u03b2@x.example")));
      assertEquals(List.of(ACCEPTED), client.deliver(envelope, "Subject: \u00c3\u00bc\r\n\r\n"));

      // Octets: the text is read as ISO 8859-1.
      String report = mail("juerg").awaitMessage("Action: delivered");
      assertTrue(
          report.contains("\nFinal-Recipient: utf-8; j\u00c3\u00bcrg@b\u00c3\u00bccher.example\n"),
          report);
      assertTrue(
          report.contains("\nOriginal-Recipient: utf-8;\u00ce\u00b1\u00ce\u00b2@x.example\n"),
          report);
      assertTrue(mail("juerg").awaitMessage("Subject: \u00c3\u00bc").length() > 0);
    }
  }

  @Test
  @DisplayName("E6: where SMTPUTF8 is not offered a recipient that needs it is not tried")
  void smtpUtf8NotOffered() throws Exception {
    start(Map.of("smtpd_discard_ehlo_keywords", "smtputf8"));
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      Envelope envelope = Envelope.of(SENDER, "j\u00fcrg@b\u00fccher.example", "ann@example.org");
      assertEquals(
          List.of("REJECTED RCPT", ACCEPTED), client.deliver(envelope, "Subject: x\r\n\r\n"));
      assertFalse(client.commands().contains("cher.example"), client::dialogue);
    }
  }

  @Test
  @DisplayName("E3: a message beyond the SIZE that is offered; the next one is taken")
  void tooLarge() throws Exception {
    start(Map.of());
    Envelope envelope = Envelope.of(SENDER, "ann@example.org");
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      List<String> outcomes =
          client.deliver(envelope, "Subject: x\r\n\r\n" + "x\r\n".repeat(100_000));
      assertEquals(List.of("REJECTED MAIL 552 5.3.4"), outcomes);
      assertEquals(List.of(ACCEPTED), client.deliver(envelope, "Subject: x\r\n\r\nsmall\r\n"));
    }
  }

  @Test
  @DisplayName("S9: 452 4.5.3 for the third recipient: one transaction more")
  void tooManyRecipients() throws Exception {
    start(Map.of("smtpd_recipient_limit", "2"));
    try (TappedClient client = TappedClient.connect(home, address, Protocol.SMTP)) {
      assertEquals(
          List.of(ACCEPTED, ACCEPTED, ACCEPTED),
          client.deliver(
              Envelope.of(SENDER, "ann@example.org", "ben@example.org", SENDER),
              "Subject: x\r\n\r\n"));
      assertTrue(client.dialogue().contains("\nS: 452 4.5.3 "), client::dialogue);
      mail("sender").awaitMessage("Subject: x");
    }
  }

  private StoredMail mail(String user) {
    return StoredMail.in(home.resolve("mail/" + user + "/new"));
  }

  private void start(Map<String, String> more) throws Exception {
    Map<String, String> parameters = parameters(home);
    parameters.putAll(more);
    postfix.start(parameters, services(address));
  }

  /** A server with Maildirs for ann, ben, the sender and somebody of a longer name. */
  static Map<String, String> parameters(Path home) throws IOException {
    Path mail = Files.createDirectories(home.resolve("mail"));
    Files.setOwner(
        mail, mail.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    Map<String, String> parameters = new HashMap<>();
    parameters.put("mydestination", "");
    parameters.put("virtual_mailbox_domains", "example.org, b\u00fccher.example");
    parameters.put("virtual_mailbox_base", mail.toString());
    parameters.put(
        "virtual_mailbox_maps",
        "inline:{ann@example.org=ann/, ben@example.org=ben/, sender@example.org=sender/,"
            + " j\u00fcrg@b\u00fccher.example=juerg/}");
    parameters.put("virtual_uid_maps", "static:" + Files.getAttribute(mail, "unix:uid"));
    parameters.put("virtual_gid_maps", "static:" + Files.getAttribute(mail, "unix:uid"));
    parameters.put("smtpd_relay_restrictions", "reject_unauth_destination");
    parameters.put("message_size_limit", "200000");
    return parameters;
  }

  static String[] services(InetSocketAddress address) {
    return new String[] {
      "127.0.0.1:" + address.getPort() + " inet n - n - - smtpd",
      "virtual unix - n n - - virtual",
      "tlsmgr unix - - n 1000? 1 tlsmgr"
    };
  }
}
