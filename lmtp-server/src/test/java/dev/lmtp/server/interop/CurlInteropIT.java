package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.server.interop.RecordingServer.Received;
import dev.lmtp.testing.peer.PeerProgram;
import dev.lmtp.testing.peer.PeerProgram.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** curl, which speaks SMTP and no LMTP, uses what our server offers. */
class CurlInteropIT {
  @TempDir Path home;
  private PeerProgram curl;
  private RecordingServer server;

  @BeforeEach
  void start() throws Exception {
    curl = PeerProgram.require("curl");
    server =
        RecordingServer.start(home, "inet:127.0.0.1:0", RecordingServer.settings(Protocol.SMTP));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  @DisplayName("S7 E3: SIZE is declared, two recipients of three taken")
  void size() throws Exception {
    String message = "Subject: x\r\n\r\n.dot\r\n..\r\n.";

    Outcome outcome =
        send(
            message,
            "--mail-rcpt-allowfails",
            "--mail-from",
            "sender@example.org",
            "--mail-rcpt",
            "ann@example.org",
            "--mail-rcpt",
            "unknown@example.org",
            "--mail-rcpt",
            "ben@example.org");

    outcome.requireSuccess();
    Received received = onlyMessage();
    assertEquals("SIZE=" + message.length(), received.parameters().toString());
    assertEquals(List.of("<ann@example.org>", "<ben@example.org>"), received.recipients());
    assertEquals(message + "\r\n", received.content());
  }

  @Test
  @DisplayName("E6: curl says SMTPUTF8 by itself where an address is not ASCII")
  void smtpUtf8() throws Exception {
    Outcome outcome =
        send(
            "Subject: x\r\n\r\n",
            "--mail-from",
            "j\u00fcrg@example.org",
            "--mail-rcpt",
            "\u03b1\u03b2@example.org");

    outcome.requireSuccess();
    Received received = onlyMessage();
    assertEquals("<j\u00fcrg@example.org>", received.from().toString());
    assertEquals("SIZE=14 SMTPUTF8", received.parameters().toString());
    assertEquals(List.of("<\u03b1\u03b2@example.org>"), received.recipients());
  }

  /** curl has no option for these; an angle bracket in the address makes room for them. */
  @Test
  @DisplayName("E7: RET, ENVID, NOTIFY and ORCPT; the bracket curl adds is part of the last one")
  void dsn() throws Exception {
    Outcome outcome =
        send(
            "Subject: x\r\n\r\n",
            "--mail-from",
            "sender@example.org> RET=HDRS ENVID=QQ+2B1",
            "--mail-rcpt",
            "ann@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ann+2B1@example.net");

    outcome.requireSuccess();
    Received received = onlyMessage();
    assertEquals("RET=HDRS ENVID=QQ+2B1> SIZE=14", received.parameters().toString());
    assertEquals(
        List.of("<ann@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ann+2B1@example.net>"),
        received.recipients());
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "VRFY, ann,     0, 250 2.1.5 Ann <ann@example.org>",
    "VRFY, unknown, 8, 550 5.1.1 No such user",
    "VRFY, ben,     0, 252 ",
    "EXPN, staff,   0, 250 2.1.5 <ann@example.org>",
    "EXPN, ann,     8, 502 ",
    "HELP, '',      0, 214 2.0.0 Ask ann",
    "NOOP, '',      0, 250 2.0.0 ",
    "RSET, '',      0, 250 2.0.0 ",
  })
  @DisplayName("S5: VRFY, EXPN, HELP, NOOP and RSET")
  void questions(String verb, String argument, int status, String reply) throws Exception {
    Outcome outcome =
        run(
            argument.isEmpty()
                ? Stream.of("--request", verb)
                : Stream.of("--request", verb, "--mail-rcpt", argument));

    assertEquals(status, outcome.status(), outcome::toString);
    assertTrue(outcome.errors().contains("\n< " + reply), outcome::toString);
  }

  private Outcome send(String message, String... options) throws Exception {
    Path file = Files.writeString(home.resolve("message"), message, StandardCharsets.UTF_8);
    return run(Stream.concat(Stream.of("--upload-file", file.toString()), Stream.of(options)));
  }

  private Outcome run(Stream<String> options) throws Exception {
    String url = server.address().replaceFirst("inet:", "smtp://") + "/client.example.org";
    return curl.run(
        Stream.concat(
                Stream.of("--silent", "--show-error", "--verbose", "--noproxy", "*", url), options)
            .toArray(String[]::new));
  }

  private Received onlyMessage() throws Exception {
    List<Received> received = server.await(1);
    assertEquals(1, received.size(), received::toString);
    return received.get(0);
  }
}
