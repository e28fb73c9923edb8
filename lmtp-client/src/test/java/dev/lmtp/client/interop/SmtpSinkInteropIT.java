package dev.lmtp.client.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.client.interop.ClientProgram.Outcome;
import dev.lmtp.client.interop.SmtpSink.Listen;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
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

  /** Dots at line starts, bytes above 127, a long line, LF line ends and none at the end. */
  private static final String MESSAGE =
      "From: sender@example.org\nSubject: sink\n\n.\n..\n.dot\n\u00e9\u00ff\n"
          + "x".repeat(900)
          + "\nend";

  private static final int ACCEPTED = 0;
  private static final int DEFERRED = 75;
  private static final int PROTOCOL = 76;

  @TempDir Path home;
  private ClientProgram client;

  @BeforeEach
  void makeClient() {
    client = new ClientProgram(home);
  }

  static Stream<Arguments> kinds() {
    return Stream.of("lmtp", "smtp")
        .flatMap(
            protocol -> Stream.of(Listen.values()).map(listen -> Arguments.of(protocol, listen)));
  }

  @ParameterizedTest(name = "{0} over {1}")
  @MethodSource("kinds")
  @DisplayName("L1 L5 S7 H5 H58: two recipients accepted, content byte for byte")
  void delivers(String protocol, Listen listen) throws Exception {
    try (SmtpSink sink = SmtpSink.start(sinkHome(), listen, options(protocol, ""))) {
      Outcome outcome = deliver(sink, protocol);

      assertOutcome(outcome, ACCEPTED, "accepted 250 2\\.\\d\\.0 Ok");
      String stored = sink.messages();
      assertTrue(stored.contains("\nX-Mail-Args: <" + SENDER + ">"), stored);
      assertTrue(stored.contains("\nX-Rcpt-Args: <" + ANN + ">\n"), stored);
      assertTrue(stored.contains("\nX-Rcpt-Args: <" + BEN + ">\n"), stored);
      assertTrue(stored.endsWith("\n" + MESSAGE + "\n\n"), stored);
    }
  }

  /** The sink's option, the client's exit status and what its line says for each recipient. */
  @ParameterizedTest(name = "{0} smtp-sink {1}")
  @CsvSource({
    // No pipelining, no 8BITMIME.
    "lmtp, -p,         0, accepted 250 2\\.2\\.0 Ok",
    "smtp, -p,         0, accepted 250 2\\.0\\.0 Ok",
    // The greeting, the hello.
    "lmtp, -r CONNECT, 75, deferred 450 4\\.3\\.0 .*",
    "lmtp, -f CONNECT, 69, rejected 500 5\\.3\\.0 .*",
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
  })
  @DisplayName("L5 S6 H54 H58: replies that refuse decide for each recipient")
  void refused(String protocol, String fault, int status, String line) throws Exception {
    assertFault(protocol, fault, status, line);
  }

  @ParameterizedTest(name = "{0} smtp-sink {1}")
  @CsvSource({
    "lmtp, -q CONNECT, (deferred|not.sent)\\b.*",
    "lmtp, -q LHLO,    (deferred|not.sent)\\b.*",
    "lmtp, -q MAIL,    (deferred|not.sent)\\b.*",
    "lmtp, -q RCPT,    (deferred|not.sent)\\b.*",
    "lmtp, -q DATA,    (deferred|not.sent)\\b.*",
    "smtp, -q DATA,    (deferred|not.sent)\\b.*",
    "lmtp, -Q MAIL,    deferred 421 4\\.0\\.0 .*",
    "lmtp, -Q RCPT,    deferred 421 4\\.0\\.0 .*",
    "lmtp, -Q DATA,    deferred 421 4\\.0\\.0 .*",
    "lmtp, -Q .,       deferred 421 4\\.0\\.0 .*",
    "smtp, -Q .,       deferred 421 4\\.0\\.0 .*",
    "lmtp, -q .,       unknown\\b.*",
    "smtp, -q .,       unknown\\b.*",
  })
  @DisplayName("L5 S11 H53 H55: a connection that ends early is to be tried again")
  void cutShort(String protocol, String fault, String line) throws Exception {
    assertFault(protocol, fault, DEFERRED, line);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Listen.class)
  @DisplayName("L1 H58: an SMTP server does not speak LMTP")
  void smtpServerForLmtp(Listen listen) throws Exception {
    try (SmtpSink sink = SmtpSink.start(sinkHome(), listen, List.of())) {
      Outcome outcome = deliver(sink, "lmtp");

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
    try (SmtpSink sink = SmtpSink.start(sinkHome(), Listen.UNIX, options(protocol, fault))) {
      assertOutcome(deliver(sink, protocol), status, line);
    }
  }

  private Outcome deliver(SmtpSink sink, String protocol) throws Exception {
    return client.run(
        MESSAGE, "--to", sink.address(), "--protocol", protocol, "--from", SENDER, ANN, BEN);
  }

  private static void assertOutcome(Outcome outcome, int status, String line) {
    assertEquals(status, outcome.status(), outcome::toString);
    assertEquals(2, outcome.lines().size(), outcome::toString);
    assertTrue(outcome.lines().get(0).matches("ann@example\\.org " + line), outcome::toString);
    assertTrue(outcome.lines().get(1).matches("ben@example\\.org " + line), outcome::toString);
  }

  private Path sinkHome() throws Exception {
    return Files.createDirectories(home.resolve("sink"));
  }

  private static List<String> options(String protocol, String fault) {
    return Stream.concat(
            protocol.equals("lmtp") ? Stream.of("-L") : Stream.of(),
            Stream.of(fault.split(" ")).filter(word -> !word.isEmpty()))
        .toList();
  }
}
