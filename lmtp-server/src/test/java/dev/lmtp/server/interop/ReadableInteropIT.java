package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpClient.LongLines;
import dev.lmtp.client.MessageSource;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.DovecotInstance;
import dev.lmtp.testing.peer.ImapDialogue;
import dev.lmtp.testing.peer.PostfixInstance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What our server stored in Maildirs a real Dovecot lists, gives out by IMAP, and counts. */
class ReadableInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final String ANN = "ann@example.org";
  private static final String MESSAGE = AwkwardMessage.from(SENDER) + "\n";

  private static final String LARGE = ("x".repeat(78) + "\n").repeat(1_000);

  private static final Pattern SIZE = Pattern.compile("RFC822\\.SIZE (\\d+)");
  private static final Pattern FETCHED =
      Pattern.compile("\\* (\\d+) FETCH \\(RFC822\\.SIZE (\\d+) BODY\\[\\] \\{(\\d+)\\}\r\n");

  @TempDir Path home;
  private Maildirs maildirs;

  @BeforeEach
  void makeMailbox() throws Exception {
    maildirs = Maildirs.under(home.resolve("mail"));
    maildirs.add(ANN);
  }

  @ParameterizedTest(name = "--line-ending {0}")
  @ValueSource(strings = {"lf", "crlf"})
  @DisplayName("S7: byte for byte what our client sent, however lines end in the files")
  void fromOurClient(String lineEnding) throws Exception {
    try (ServerProgram server = start("--line-ending", lineEnding)) {
      assertEquals(Outcome.ACCEPTED, deliver(server, MESSAGE).outcome());
      assertEquals(Outcome.ACCEPTED, deliver(server, "\n").outcome());
    }

    assertRead(List.of(MESSAGE, "\n"));
  }

  @Test
  @DisplayName("S7: byte for byte what Postfix was given, below its own field")
  void fromPostfix() throws Exception {
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        ServerProgram server = start()) {
      postfix.start(
          PostfixRoute.VIRTUAL_TRANSPORT.parameters("example.org", "lmtp:" + server.address(0)),
          Endpoint.INET.service());
      postfix.submit(SENDER, List.of(ANN), AwkwardMessage.bytes(MESSAGE));
      assertEquals("sent", postfix.log().awaitAttempt(ANN).status());
    }

    assertRead(List.of(MESSAGE));
  }

  /** As many as there are and no more, each with the size it says, and with that content. */
  private void assertRead(List<String> messages) throws Exception {
    try (DovecotInstance dovecot = imap("quota = maildir:User quota");
        ImapDialogue imap = login(dovecot)) {
      String selected = imap.command("SELECT INBOX");
      assertTrue(selected.contains("* " + messages.size() + " EXISTS\r\n"), selected);
      String fetched = imap.command("FETCH 1:* (RFC822.SIZE BODY.PEEK[])");
      Matcher message = FETCHED.matcher(fetched);
      for (String expected : messages) {
        assertTrue(message.find(), fetched);
        int octets = Integer.parseInt(message.group(3));
        assertEquals(Integer.toString(octets), message.group(2));
        String body = fetched.substring(message.end(), message.end() + octets);
        assertTrue(body.startsWith("Return-Path: <" + SENDER + ">\r\nDelivered-To: "), body);
        assertTrue(body.endsWith("\r\n" + expected.replace("\n", "\r\n")), body);
      }
      assertEquals(
          "", dovecot.log().lines().filter(l -> l.contains("Error: ")).findFirst().orElse(""));
    }
  }

  @Test
  @DisplayName(
      "E3: quota: what Dovecot counts of names is what we count, to the octet, in folders too")
  void quotaByNames() throws Exception {
    deliverFour("lf");
    long used;
    try (DovecotInstance dovecot = imap("quota = maildir:User quota");
        ImapDialogue imap = login(dovecot)) {
      imap.command("CREATE Archive");
      imap.command("SELECT INBOX");
      // One with a flag goes to cur, one without to new.
      imap.command("STORE 1 +FLAGS (\\Seen)");
      imap.command("COPY 1 Archive");
      imap.command("MOVE 2 Archive");
      imap.command("STORE 1 +FLAGS (\\Deleted)");
      imap.command("EXPUNGE");
      assertStorage(counted(imap), imap);
      assertTrue(imap.command("STATUS INBOX (MESSAGES)").contains("(MESSAGES 2)"));

      // What comes by another way than its own it counts when it is told to.
      long before = counted(imap);
      deliverLarge("lf");
      assertEquals(before, counted(imap));
      dovecot.countQuota(ANN);
      used = counted(imap);
      assertTrue(used > before + LARGE.length(), () -> before + " and " + used);
    }
    assertFull(used);
  }

  @Test
  @DisplayName(
      "E3: quota: what Dovecot counts in its index is what we count, where lines end in CR LF")
  void quotaByIndex() throws Exception {
    deliverFour("crlf");
    long used = 0;
    try (DovecotInstance dovecot = imap("quota = count:User quota\nquota_vsizes = yes");
        ImapDialogue imap = login(dovecot)) {
      imap.command("SELECT INBOX");
      deliverLarge("crlf");
      Matcher size = SIZE.matcher(imap.command("NOOP") + imap.command("FETCH 1:* RFC822.SIZE"));
      while (size.find()) {
        used += Long.parseLong(size.group(1));
      }
      assertStorage(used, imap);
    }
    assertFull(used);
  }

  private void deliverFour(String lineEnding) throws Exception {
    try (ServerProgram server = start("--line-ending", lineEnding)) {
      for (int i = 0; i < 4; i++) {
        assertEquals(Outcome.ACCEPTED, deliver(server, "x".repeat(i) + "\n").outcome());
      }
    }
  }

  private void deliverLarge(String lineEnding) throws Exception {
    try (ServerProgram server = start("--line-ending", lineEnding)) {
      assertEquals(Outcome.ACCEPTED, deliver(server, LARGE).outcome());
    }
    maildirs.giveTo(DovecotInstance.OWNER);
  }

  /** IMAP tells it in KiB. */
  private static void assertStorage(long used, ImapDialogue imap) throws Exception {
    String quota = imap.command("GETQUOTAROOT INBOX");
    assertTrue(quota.contains("(STORAGE " + (used + 1023) / 1024 + " "), quota + used);
  }

  /** At RCPT the size counts that the client declares, and behind the content that of the file. */
  private void assertFull(long used) throws Exception {
    String message = "\r\n".repeat(100);
    try (ServerProgram server = start("--quota", Long.toString(used + message.length()))) {
      RecipientResult result = deliver(server, message);
      assertEquals("FINAL Mailbox is full", result.stage() + " " + result.detail());
    }
    try (ServerProgram server = start("--quota", Long.toString(used + message.length() - 1))) {
      RecipientResult result = deliver(server, message);
      assertEquals("RCPT Mailbox is full", result.stage() + " " + result.detail());
    }
  }

  /** What Dovecot keeps in a Maildir++: the limit, and lines of octets and messages. */
  private long counted(ImapDialogue imap) throws Exception {
    imap.command("GETQUOTAROOT INBOX");
    return Files.readAllLines(maildirs.mailbox(ANN).resolve("maildirsize")).stream()
        .skip(1)
        .mapToLong(line -> Long.parseLong(line.strip().split(" +")[0]))
        .sum();
  }

  private ServerProgram start(String... options) throws Exception {
    String[] all = new String[options.length + 2];
    all[0] = "--maildir";
    all[1] = maildirs.template();
    System.arraycopy(options, 0, all, 2, options.length);
    return ServerProgram.start(home, List.of("inet:127.0.0.1:0"), all);
  }

  private static RecipientResult deliver(ServerProgram server, String message) throws Exception {
    DeliveryResult result =
        LmtpClient.builder(server.address(0))
            .longLines(LongLines.SEND)
            .build()
            .deliver(Envelope.of(SENDER, ANN), MessageSource.of(AwkwardMessage.bytes(message)));
    return result.recipients().get(0);
  }

  private DovecotInstance imap(String quota) throws Exception {
    maildirs.giveTo(DovecotInstance.OWNER);
    return DovecotInstance.imap(home, maildirs.template(), quota);
  }

  private static ImapDialogue login(DovecotInstance dovecot) throws Exception {
    ImapDialogue imap = ImapDialogue.open(dovecot.inet());
    imap.command("LOGIN " + ANN + " secret");
    return imap;
  }
}
