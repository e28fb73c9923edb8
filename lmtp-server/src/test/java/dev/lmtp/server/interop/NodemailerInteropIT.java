package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.server.interop.RecordingServer.Received;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.PeerProgram;
import dev.lmtp.testing.peer.PeerProgram.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** nodemailer, the mail library of Node.js, as Debian's package has it; with {@code lmtp: true}. */
class NodemailerInteropIT {
  private static final Path LIBRARY = Path.of("/usr/share/nodejs/nodemailer");
  private static final String SENDER = "sender@example.org";

  /** Its library, protocol and port, a file and the recipients as arguments. */
  private static final String SEND =
      """
      const [library, protocol, port, file, ...to] = process.argv.slice(1);
      const transport = require(library).createTransport({
        host: '127.0.0.1', port: +port, lmtp: protocol === 'LMTP', name: 'client.example.org',
        ignoreTLS: true, secure: false});
      transport.sendMail({
        envelope: {from: 'sender@example.org', to,
          dsn: {id: 'a+b', return: 'headers', notify: ['failure', 'delay']}},
        raw: require('fs').readFileSync(file)}, (error, info) => {
          console.log('accepted', (info || error).accepted || '');
          console.log('rejected', (info || error).rejected || '');
          for (const e of (info || error).rejectedErrors || []) console.log(e.recipient, e.response);
          if (error) console.log('error', error.message);
        });
      """;

  @TempDir Path home;

  @ParameterizedTest(name = "{0}")
  @EnumSource(Protocol.class)
  @DisplayName("L4 S7 E3 E4 E7: good, unknown and busy; byte for byte, with DSN parameters")
  void delivers(Protocol protocol) throws Exception {
    String message = AwkwardMessage.from(SENDER).replace("\n", "\r\n") + "\r\n";
    try (RecordingServer server = server(protocol)) {
      Outcome outcome =
          send(server, protocol, message, "ann", "unknown", "away", "ben").requireSuccess();

      outcome.requireLines(
          "accepted [ 'ann@example.org', 'ben@example.org' ]",
          "rejected [ 'unknown@example.org', 'away@example.org' ]",
          "unknown@example.org 550 5.1.1 ",
          "away@example.org 450 4.2.1 ");
      List<Received> received = server.await(1);
      assertEquals(1, received.size());
      assertEquals("RET=HDRS ENVID=a+2Bb", received.get(0).parameters().toString());
      assertEquals(
          List.of(
              "<ann@example.org> NOTIFY=FAILURE,DELAY", "<ben@example.org> NOTIFY=FAILURE,DELAY"),
          received.get(0).recipients());
      assertEquals(message, received.get(0).content());
    }
  }

  @Test
  @DisplayName("L4: it takes a reply for each recipient, and success is what all of them refuse")
  void refusedBehindTheContent() throws Exception {
    try (RecordingServer server = server(Protocol.LMTP)) {
      send(server, Protocol.LMTP, "Subject: x\r\n\r\n", "full", "ann", "spam", "ben")
          .requireSuccess()
          .requireLines(
              "accepted [ 'ann@example.org', 'ben@example.org' ]",
              "rejected [ 'full@example.org', 'spam@example.org' ]");
      Outcome nobody = send(server, Protocol.LMTP, "Subject: x\r\n\r\n", "full").requireSuccess();
      assertEquals(List.of("accepted []", "rejected [ 'full@example.org' ]"), nobody.lines());
    }
  }

  @Test
  @DisplayName("E6: SMTPUTF8 where an address is not ASCII")
  void smtpUtf8() throws Exception {
    try (RecordingServer server = server(Protocol.LMTP)) {
      send(server, Protocol.LMTP, "Subject: x\r\n\r\n", "\u03b1\u03b2").requireSuccess();

      Received received = server.await(1).get(0);
      assertTrue(received.parameters().toString().startsWith("SMTPUTF8 "), received::toString);
      assertEquals(
          List.of("<\u03b1\u03b2@example.org> NOTIFY=FAILURE,DELAY"), received.recipients());
    }
  }

  /** Where the library is; skips the test where it is not. */
  static Path library() {
    Assumptions.assumeTrue(Files.isDirectory(LIBRARY), "node-nodemailer is not installed");
    return LIBRARY;
  }

  private RecordingServer server(Protocol protocol) throws Exception {
    return RecordingServer.start(home, "inet:127.0.0.1:0", RecordingServer.settings(protocol));
  }

  private Outcome send(
      RecordingServer server, Protocol protocol, String message, String... localParts)
      throws Exception {
    Path file = Files.write(home.resolve("message"), AwkwardMessage.bytes(message));
    Stream<String> words =
        Stream.of(
            "-e",
            SEND,
            library().toString(),
            protocol.name(),
            server.address().replaceFirst(".*:", ""),
            file.toString());
    Stream<String> to = Stream.of(localParts).map(name -> name + "@example.org");
    return PeerProgram.require("node").run(Stream.concat(words, to).toArray(String[]::new));
  }
}
