package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.PeerProgram;
import dev.lmtp.testing.peer.PeerProgram.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Other people's LMTP clients, and our own, run as programs, talk to our server program. */
class ProgramsInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final String ANN = "ann@example.org";
  private static final String BEN = "ben@example.org";
  private static final String NOBODY = "nobody@example.org";
  private static final String FULL = "full@example.org";

  private static final long QUOTA = 1_000_000;

  /** Our client's exit status when a recipient is to be tried again. */
  private static final int TRY_AGAIN = 75;

  /** swaks' exit status when no recipient was accepted. */
  private static final int SWAKS_NO_RECIPIENT = 24;

  private static final int LOAD_MESSAGES = 200;
  private static final int LOAD_SESSIONS = 5;
  private static final int LOAD_LENGTH = 5_000;

  /** Sends the message once for each list of recipients; prints who was refused each time. */
  private static final String SMTPLIB_SCRIPT =
      """
      import smtplib, sys
      address, message = sys.argv[1], open(sys.argv[2], 'rb').read()
      kind, _, place = address.partition(':')
      host, _, port = place.rpartition(':')
      target = (place,) if kind == 'unix' else (host, int(port))
      with smtplib.LMTP(*target, local_hostname='client.example.org') as lmtp:
          for recipients in sys.argv[4:]:
              try:
                  refused = lmtp.sendmail(sys.argv[3], recipients.split(','), message)
              except smtplib.SMTPRecipientsRefused as e:
                  refused = e.recipients
              for recipient, (code, text) in sorted(refused.items()):
                  print('refused', recipient, code, text.decode('ascii'))
              print('done')
          print('features', ' '.join(sorted(lmtp.esmtp_features)))
          print('noop', *lmtp.noop())
      """;

  @TempDir Path home;
  private Maildirs maildirs;

  @BeforeEach
  void makeMailboxes() throws IOException {
    maildirs = Maildirs.under(home.resolve("mail"));
    maildirs.add(ANN);
    maildirs.add(BEN);
  }

  @Test
  @DisplayName("a socket that was passed on as standard input, as systemd does")
  void inheritedSocket() throws Exception {
    Path socket = home.resolve("socket");
    String message = AwkwardMessage.from(SENDER);
    try (ServerProgram server =
        ServerProgram.startWithSocket(home, socket, "--maildir", maildirs.template())) {
      assertEquals("unix:" + socket, server.address(0));
      PeerProgram.ourClient()
          .runWith(
              AwkwardMessage.bytes(message),
              "--long-lines",
              "send",
              "--to",
              server.address(0),
              "--from",
              SENDER,
              ANN)
          .requireLines(ANN + " accepted 250 2.");
    }
    assertStored(ANN, message + "\n");
    assertTrue(Files.exists(socket), "the socket's file is its maker's to remove");
  }

  @ParameterizedTest(name = "over {0}")
  @EnumSource(names = {"UNIX", "INET"})
  @DisplayName("L4 L5 S7 E4 H5: our client, two of four recipients accepted, content byte for byte")
  void ourClient(Endpoint endpoint) throws Exception {
    maildirs.addFilled(FULL, QUOTA + 1);
    String message = AwkwardMessage.from(SENDER);

    try (ServerProgram server =
        start(endpoint, "--maildir", maildirs.template(), "--quota", Long.toString(QUOTA))) {
      Outcome outcome =
          PeerProgram.ourClient()
              .runWith(
                  AwkwardMessage.bytes(message),
                  "--long-lines",
                  "send",
                  "--to",
                  server.address(0),
                  "--from",
                  SENDER,
                  ANN,
                  NOBODY,
                  FULL,
                  BEN);

      assertEquals(TRY_AGAIN, outcome.status(), outcome::toString);
      // A refusal is known at RCPT, an acceptance only behind the content.
      assertEquals(4, outcome.lines().size(), outcome::toString);
      outcome.requireLines(NOBODY + " rejected 550 5.1.1 ", FULL + " deferred 452 4.2.2 ");
      outcome.requireLines(ANN + " accepted 250 2.", BEN + " accepted 250 2.");
    }

    assertStored(ANN, message + "\n");
    assertStored(BEN, message + "\n");
    assertStored(FULL);
    assertFalse(maildirs.exists(NOBODY));
  }

  @ParameterizedTest(name = "over {0}")
  @EnumSource(names = {"UNIX", "INET"})
  @DisplayName("L4 E1: swaks, pipelining, two of three recipients accepted")
  void swaks(Endpoint endpoint) throws Exception {
    PeerProgram swaks = PeerProgram.require("swaks");
    // swaks puts an empty line behind data that ends with a line end; so this does not.
    String message = "From: " + SENDER + "\nSubject: swaks\n\n.dot\n..\n\u00e9\nend";

    try (ServerProgram server = startStoring(endpoint)) {
      Outcome outcome =
          swaks.run(
              swaksArguments(
                  server, "--to", String.join(",", ANN, NOBODY, BEN), "--data", file(message)));

      assertEquals(0, outcome.status(), outcome::toString);
      outcome.requireLines(
          "<-  220 ",
          " -> LHLO client.example.org",
          "<-  250-PIPELINING",
          " -> MAIL FROM:<sender@example.org>",
          " -> RCPT TO:<ann@example.org>",
          " -> RCPT TO:<nobody@example.org>",
          " -> RCPT TO:<ben@example.org>",
          " -> DATA",
          "<-  250 2.1.0 ",
          "<-  250 2.1.5 ",
          "<** 550 5.1.1 ",
          "<-  250 2.1.5 ",
          "<-  354 ",
          " -> .",
          "<-  250 2.",
          "<-  250 2.",
          " -> QUIT",
          "<-  221 2.0.0 ");
    }

    assertStored(ANN, message + "\n");
    assertStored(BEN, message + "\n");
    assertFalse(maildirs.exists(NOBODY));
  }

  @ParameterizedTest(name = "over {0}")
  @EnumSource(names = {"UNIX", "INET"})
  @DisplayName("L3 E1: swaks, pipelining, no recipient accepted: 503 for DATA and then QUIT")
  void swaksWithUnknownRecipient(Endpoint endpoint) throws Exception {
    PeerProgram swaks = PeerProgram.require("swaks");

    try (ServerProgram server = startStoring(endpoint)) {
      Outcome outcome = swaks.run(swaksArguments(server, "--to", NOBODY));

      assertEquals(SWAKS_NO_RECIPIENT, outcome.status(), outcome::toString);
      outcome.requireLines(
          " -> DATA",
          "<-  250 2.1.0 ",
          "<** 550 5.1.1 ",
          "<** 503 5.5.1 ",
          " -> QUIT",
          "<-  221 2.0.0 ");
    }

    assertFalse(maildirs.exists(NOBODY));
  }

  @ParameterizedTest(name = "over {0}")
  @EnumSource(names = {"UNIX", "INET"})
  @DisplayName("L4 L9 S2: smtplib.LMTP, three messages over one connection")
  void smtplib(Endpoint endpoint) throws Exception {
    PeerProgram python = PeerProgram.require("python3");
    String message = "From: " + SENDER + "\r\nSubject: smtplib\r\n\r\n.dot\r\n..\r\n\u00e9\r\n.";

    try (ServerProgram server = startStoring(endpoint)) {
      // Never two good recipients in one transaction: smtplib reads a single reply to the content.
      Outcome outcome =
          python.run(
              "-c",
              SMTPLIB_SCRIPT,
              server.address(0),
              file(message).substring(1),
              SENDER,
              String.join(",", NOBODY, ANN),
              NOBODY,
              BEN);

      assertEquals(0, outcome.status(), outcome::toString);
      outcome.requireLines(
          "refused nobody@example.org 550 5.1.1 ",
          "done",
          "refused nobody@example.org 550 5.1.1 ",
          "done",
          "done",
          "features ",
          "noop 250 b'2.0.0 ");
      assertTrue(
          outcome.output().matches("(?s).*features .*8bitmime.* enhancedstatuscodes.*"),
          outcome::toString);
    }

    assertStored(ANN, message.replace("\r\n", "\n") + "\n");
    assertStored(BEN, message.replace("\r\n", "\n") + "\n");
    assertFalse(maildirs.exists(NOBODY));
  }

  @ParameterizedTest(name = "over {0}")
  @EnumSource(names = {"UNIX", "INET"})
  @DisplayName("L4 L6: smtp-source, parallel sessions, two recipients, every message stored")
  void loadOntoMaildirs(Endpoint endpoint) throws Exception {
    // smtp-source's second recipient has a number in front.
    String second = "2" + ANN;
    maildirs.add(second);

    try (ServerProgram server = startStoring(endpoint)) {
      runLoad(server, "-r", "2");
    }

    Set<String> messages = loadStored(ANN);
    assertEquals(messages, loadStored(second));
    for (String message : messages) {
      String body = message.substring(message.indexOf("\n\n") + 2).replace("\n", "\r\n");
      // smtp-source does not count the last line end.
      assertEquals(LOAD_LENGTH + "\r\n".length(), body.length(), body);
    }
  }

  /** Each message has a Message-Id of its own: so many different ones, and no other. */
  private Set<String> loadStored(String recipient) throws IOException {
    List<StoredMessage> stored = maildirs.newMessages(recipient);
    assertEquals(LOAD_MESSAGES, stored.size(), recipient);
    Set<String> contents = stored.stream().map(StoredMessage::content).collect(Collectors.toSet());
    assertEquals(LOAD_MESSAGES, contents.size(), recipient);
    assertEquals(List.of(), maildirs.unfinished(recipient));
    return contents;
  }

  @ParameterizedTest(name = "over {0}")
  @EnumSource(names = {"UNIX", "INET"})
  @DisplayName("L4 S5: smtp-source, parallel sessions of many messages each, discarded")
  void loadOntoNothing(Endpoint endpoint) throws Exception {
    try (ServerProgram server = start(endpoint, "--discard")) {
      runLoad(server, "-d", "-r", "3");
    }

    assertStored(ANN);
  }

  /** smtp-source stops with an error at the first reply that is not the expected one. */
  private static void runLoad(ServerProgram server, String... options) throws Exception {
    List<String> load =
        List.of(
            "-L",
            "-M",
            "client.example.org",
            "-s",
            Integer.toString(LOAD_SESSIONS),
            "-m",
            Integer.toString(LOAD_MESSAGES),
            "-l",
            Integer.toString(LOAD_LENGTH),
            "-f",
            SENDER,
            "-t",
            ANN);
    Outcome outcome =
        PeerProgram.require("smtp-source")
            .run(
                Stream.of(load.stream(), Stream.of(options), Stream.of(server.address(0)))
                    .flatMap(arguments -> arguments)
                    .toArray(String[]::new));
    assertEquals(0, outcome.status(), () -> outcome + server.output());
  }

  private ServerProgram startStoring(Endpoint endpoint) throws Exception {
    return start(endpoint, "--maildir", maildirs.template());
  }

  private ServerProgram start(Endpoint endpoint, String... options) throws Exception {
    return ServerProgram.start(home, List.of(endpoint.listen(home.resolve("socket"))), options);
  }

  private static String[] swaksArguments(ServerProgram server, String... more) {
    String address = server.address(0);
    String place = address.substring(address.indexOf(':') + 1);
    return Stream.concat(
            Stream.of(
                address.startsWith("unix:") ? "--socket" : "--server",
                place,
                "--protocol",
                "LMTP",
                "--pipeline",
                "--helo",
                "client.example.org",
                "--from",
                SENDER),
            Stream.of(more))
        .toArray(String[]::new);
  }

  /** The message in a file, named as swaks wants it: with an at sign in front. */
  private String file(String message) throws IOException {
    return "@" + Files.writeString(home.resolve("message"), message, StandardCharsets.ISO_8859_1);
  }

  private void assertStored(String recipient, String... contents) throws IOException {
    List<StoredMessage> messages = maildirs.newMessages(recipient);
    assertEquals(List.of(contents), messages.stream().map(StoredMessage::content).toList());
    for (StoredMessage message : messages) {
      assertEquals("Return-Path: <" + SENDER + ">\n", message.returnPath());
      assertEquals("Delivered-To: " + recipient + "\n", message.deliveredTo());
    }
    assertEquals(List.of(), maildirs.unfinished(recipient));
  }
}
