package dev.lmtp.client.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.client.interop.SmtpSink.Listen;
import dev.lmtp.testing.peer.PeerProgram;
import dev.lmtp.testing.peer.PeerProgram.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Our client program hands mail to Postfix's smtp-sink, which can be told where to fail. */
class SmtpSinkInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final String ANN = "ann@example.org";
  private static final String BEN = "ben@example.org";

  /** Dots at line starts, a long line, LF line ends and none at the end. */
  private static final String MESSAGE =
      "From: sender@example.org\nSubject: sink\n\n.\n..\n.dot\n" + "x".repeat(900) + "\nend";

  private static final String MESSAGE_8BIT = MESSAGE + "\u00e9\u00ff";

  private static final int ACCEPTED = 0;
  private static final int BAD_DATA = 65;
  private static final int DEFERRED = 75;
  private static final int PROTOCOL = 76;

  @TempDir Path home;

  static Stream<Arguments> kinds() {
    return Stream.of("lmtp", "smtp")
        .flatMap(
            protocol -> Stream.of(Listen.values()).map(listen -> Arguments.of(protocol, listen)));
  }

  @ParameterizedTest(name = "{0} over {1}")
  @MethodSource("kinds")
  @DisplayName("L1 L5 S7 H5 H58: two recipients accepted, content byte for byte")
  void delivers(String protocol, Listen listen) throws Exception {
    try (SmtpSink sink = SmtpSink.start(home, listen, options(protocol, ""))) {
      Outcome outcome = deliver(sink, protocol, MESSAGE_8BIT);

      assertOutcome(outcome, ACCEPTED, "accepted 250 2\\.\\d\\.0 Ok");
      String stored = sink.messages();
      assertTrue(stored.contains("\nX-Mail-Args: <" + SENDER + ">"), stored);
      assertTrue(stored.contains("\nX-Rcpt-Args: <" + ANN + ">\n"), stored);
      assertTrue(stored.contains("\nX-Rcpt-Args: <" + BEN + ">\n"), stored);
      assertTrue(stored.endsWith("\n" + MESSAGE_8BIT + "\n\n"), stored);
    }
  }

  /** The sink's option, the client's exit status and what its line says for each recipient. */
  @ParameterizedTest(name = "{0} smtp-sink {1}")
  @CsvSource({
    // No pipelining; no 8BITMIME, which this message does not need.
    "lmtp, -p,         0, accepted 250 2\\.2\\.0 Ok",
    "smtp, -p,         0, accepted 250 2\\.0\\.0 Ok",
    "lmtp, -8,         0, accepted 250 2\\.2\\.0 Ok",
    // EHLO refused, HELO taken; a greeting that does not say ESMTP.
    "smtp, -f EHLO,    0, accepted 250 2\\.0\\.0 Ok",
    "smtp, -e,         0, accepted 250 2\\.0\\.0 Ok",
    // The envelope.
    "lmtp, -r MAIL,    75, deferred 450 4\\.3\\.0 .*",
    "lmtp, -f MAIL,    69, rejected 500 5\\.3\\.0 .*",
    "lmtp, -r RCPT,    75, deferred 450 4\\.3\\.0 .*",
    "lmtp, -f RCPT,    69, rejected 500 5\\.3\\.0 .*",
    "smtp, -r RCPT,    75, deferred 450 4\\.3\\.0 .*",
    "smtp, -f RCPT,    69, rejected 500 5\\.3\\.0 .*",
    // The content.
    "lmtp, -r DATA,    75, deferred 450 4\\.3\\.0 .*",
    "lmtp, -f DATA,    69, rejected 500 5\\.3\\.0 .*",
    "lmtp, -r .,       75, deferred 450 4\\.3\\.0 .*",
    "lmtp, -f .,       69, rejected 500 5\\.3\\.0 .*",
    "smtp, -r .,       75, deferred 450 4\\.3\\.0 .*",
    "smtp, -f .,       69, rejected 500 5\\.3\\.0 .*",
    // It takes its time before it wants the content.
    "lmtp, -w 1,       0, accepted 250 2\\.2\\.0 Ok",
  })
  @DisplayName("L5 S6 H54 H58: replies that refuse decide for each recipient")
  void refused(String protocol, String fault, int status, String line) throws Exception {
    assertFault(protocol, fault, status, line);
  }

  @ParameterizedTest(name = "{0} smtp-sink {1}")
  @CsvSource({
    "lmtp, -q MAIL,    not-sent - - .*",
    "lmtp, -q RCPT,    not-sent - - .*",
    "lmtp, -q DATA,    not-sent - - .*",
    "smtp, -q DATA,    not-sent - - .*",
    "lmtp, -Q MAIL,    deferred 421 4\\.0\\.0 .*",
    "lmtp, -Q RCPT,    deferred 421 4\\.0\\.0 .*",
    "lmtp, -Q DATA,    deferred 421 4\\.0\\.0 .*",
    "lmtp, -Q .,       deferred 421 4\\.0\\.0 .*",
    "smtp, -Q .,       deferred 421 4\\.0\\.0 .*",
    "lmtp, -q .,       unknown - - .*",
    "smtp, -q .,       unknown - - .*",
  })
  @DisplayName("L5 S11 H53 H55: a connection that ends early is to be tried again")
  void cutShort(String protocol, String fault, String line) throws Exception {
    assertFault(protocol, fault, DEFERRED, line);
  }

  /** It reads nothing any more: who waits until all is sent waits for ever. */
  @ParameterizedTest(name = "{0} smtp-sink {1}")
  @CsvSource({"lmtp, -A 0", "smtp, -A 0", "lmtp, -A 1", "smtp, -A 1"})
  @DisplayName("H54: 550 in the midst of the content, at once and when we are blocked")
  void answeredEarly(String protocol, String fault) throws Exception {
    try (SmtpSink sink = SmtpSink.start(home, Listen.UNIX, options(protocol, fault))) {
      Outcome outcome =
          deliver(sink, protocol, MESSAGE + "\n" + ("y".repeat(78) + "\n").repeat(100_000));
      assertOutcome(outcome, 69, "rejected 550 - This violates SMTP");
    }
  }

  @ParameterizedTest(name = "{0} smtp-sink {1}")
  @CsvSource({"lmtp, -8", "smtp, -8", "smtp, -f EHLO"})
  @DisplayName("E4: 8-bit content is not sent to a server without 8BITMIME")
  void eightBitContentIsNotSent(String protocol, String fault) throws Exception {
    try (SmtpSink sink = SmtpSink.start(home, Listen.UNIX, options(protocol, fault))) {
      Outcome outcome = deliver(sink, protocol, MESSAGE_8BIT);

      assertEquals(BAD_DATA, outcome.status(), outcome::toString);
      assertEquals(1, outcome.errors().lines().count(), outcome::toString);
      assertTrue(outcome.errors().contains("8BITMIME"), outcome::toString);
      assertEquals("", sink.messages());
    }
  }

  /** Every recipient has its line all the same; one on standard error says what happened. */
  @ParameterizedTest(name = "{0} smtp-sink {1}")
  @CsvSource({
    "lmtp, -r CONNECT, 75, .*: 450 4\\.3\\.0 .*",
    "lmtp, -f CONNECT, 69, .*: 500 5\\.3\\.0 .*",
    "lmtp, -q CONNECT, 75, .*: connection closed by peer",
    "lmtp, -q LHLO,    75, .*: connection closed by peer",
    "lmtp, -Q LHLO,    75, .*: 421 4\\.0\\.0 .*",
    "smtp, -q EHLO,    75, .*: connection closed by peer",
  })
  @DisplayName("S1 S6 S11: no session comes about")
  void refusedAtTheDoor(String protocol, String fault, int status, String error) throws Exception {
    try (SmtpSink sink = SmtpSink.start(home, Listen.UNIX, options(protocol, fault))) {
      Outcome outcome = deliver(sink, protocol, MESSAGE);

      assertEquals(status, outcome.status(), outcome::toString);
      assertEquals(2, outcome.lines().size(), outcome::toString);
      String line = "(ann|ben)@example\\.org (not-sent - -|deferred 4.. \\S+|rejected 5.. \\S+) .*";
      assertTrue(outcome.lines().stream().allMatch(l -> l.matches(line)), outcome::toString);
      assertTrue(outcome.errors().matches("lmtp-client: " + error + "\\R"), outcome::toString);
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Listen.class)
  @DisplayName("L1 H58: an SMTP server does not speak LMTP")
  void smtpServerForLmtp(Listen listen) throws Exception {
    try (SmtpSink sink = SmtpSink.start(home, listen, List.of())) {
      Outcome outcome = deliver(sink, "lmtp", MESSAGE);

      assertEquals(PROTOCOL, outcome.status(), outcome::toString);
      assertEquals("", sink.messages());
    }
  }

  @ParameterizedTest(name = "{0} -q QUIT")
  @CsvSource({"lmtp", "smtp"})
  @DisplayName("H59: a server that hangs up on QUIT has taken the message all the same")
  void hangsUpOnQuit(String protocol) throws Exception {
    assertFault(protocol, "-q QUIT", ACCEPTED, "accepted 250 .*");
  }

  private void assertFault(String protocol, String fault, int status, String line)
      throws Exception {
    try (SmtpSink sink = SmtpSink.start(home, Listen.UNIX, options(protocol, fault))) {
      assertOutcome(deliver(sink, protocol, MESSAGE), status, line);
    }
  }

  private Outcome deliver(SmtpSink sink, String protocol, String message) throws Exception {
    return PeerProgram.ourClient()
        .runWith(
            message.getBytes(StandardCharsets.ISO_8859_1),
            "--to",
            sink.address(),
            "--protocol",
            protocol,
            "--from",
            SENDER,
            ANN,
            BEN);
  }

  private static void assertOutcome(Outcome outcome, int status, String line) {
    assertEquals(status, outcome.status(), outcome::toString);
    assertEquals(2, outcome.lines().size(), outcome::toString);
    assertTrue(outcome.lines().get(0).matches("ann@example\\.org " + line), outcome::toString);
    assertTrue(outcome.lines().get(1).matches("ben@example\\.org " + line), outcome::toString);
  }

  private static List<String> options(String protocol, String fault) {
    return Stream.concat(
            protocol.equals("lmtp") ? Stream.of("-L") : Stream.of(),
            Stream.of(fault.split(" ")).filter(word -> !word.isEmpty()))
        .toList();
  }
}
