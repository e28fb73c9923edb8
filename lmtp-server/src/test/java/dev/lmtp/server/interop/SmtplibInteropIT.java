package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Protocol;
import dev.lmtp.server.interop.RecordingServer.Received;
import dev.lmtp.testing.peer.PeerProgram;
import dev.lmtp.testing.peer.PeerProgram.Outcome;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Python's smtplib, which knows no extension but lets its user write what they bring. */
class SmtplibInteropIT {

  /** Everything a session can ask, and four messages; its address and class as arguments. */
  private static final String SCRIPT =
      """
      import smtplib, sys
      from email.message import EmailMessage
      kind, _, place = sys.argv[1].partition(':')
      host, _, port = place.rpartition(':')
      target = (place,) if kind == 'unix' else (host, int(port))
      with getattr(smtplib, sys.argv[2])(*target, local_hostname='client.example.org') as s:
          def show(what, reply):
              print(what, reply[0], reply[1].decode())
          s.ehlo_or_helo_if_needed()
          print('offered', ' '.join(sorted(s.esmtp_features)))
          print('size', s.esmtp_features['size'])
          show('verify', s.verify('ann'))
          show('expn', s.expn('staff'))
          print('help', s.help().decode())
          show('noop', s.noop())
          # DSN: as its RFC writes it.
          show('mail', s.mail('sender@example.org', ['BODY=8BITMIME', 'RET=HDRS', 'ENVID=QQ+2B1']))
          show('rcpt', s.rcpt('ann@example.org', ['NOTIFY=SUCCESS,DELAY', 'ORCPT=rfc822;Ann+2B1@x']))
          show('rcpt', s.rcpt('ben@example.org', ['notify=never']))
          show('verify', s.verify('unknown'))
          show('bad', s.rcpt('eve@example.org', ['NOTIFY=NEVER,DELAY']))
          show('bad', s.rcpt('eve@example.org', ['X=Y']))
          show('data', s.data(b'Subject: x\\r\\n\\r\\n.\\r\\n'))
          if sys.argv[2] == 'LMTP':
              show('second', s.getreply())  # smtplib reads one
          # SMTPUTF8 and 8-bit content, from its own message class.
          message = EmailMessage()
          message['From'] = 'j\u00fcrg@b\u00fccher.example'
          message['To'] = '\u03b1\u03b2@example.org'
          message['Subject'] = 'gr\u00fc\u00dfe'
          message.set_content('gr\u00fc\u00dfe', cte='8bit')
          print('sent', s.send_message(message))
          # BINARYMIME, in chunks; an empty one is the last.
          show('mail', s.mail('sender@example.org', ['BODY=BINARYMIME']))
          show('rcpt', s.rcpt('ann@example.org'))
          s.send(b'BDAT 4\\r\\n\\r\\n.\\n' + b'BDAT 3\\r\\n\\0\\xff\\r')
          show('chunk', s.getreply())
          show('chunk', s.getreply())
          show('last', s.docmd('BDAT 0 LAST'))
          # The others, which no program at hand uses.
          show('mail', s.mail('', ['BY=120;RT', 'HOLDFOR=60', 'MT-PRIORITY=-3', 'ENVID=Q', 'MTRK=QQ',
                                   'SOLICIT=net.example:ADV']))
          show('rcpt', s.rcpt('ann@example.org', ['RRVS=2014-04-03T23:01:00Z;C']))
          show('data', s.data(b''))
          # RSET forgets.
          show('mail', s.mail('sender@example.org'))
          show('rset', s.rset())
          show('rcpt', s.rcpt('ann@example.org'))
      """;

  @TempDir Path home;

  static Stream<Arguments> kinds() {
    return Stream.of(
        Arguments.of(Protocol.LMTP, Endpoint.UNIX),
        Arguments.of(Protocol.LMTP, Endpoint.INET),
        Arguments.of(Protocol.SMTP, Endpoint.INET));
  }

  @ParameterizedTest(name = "{0} over {1}")
  @MethodSource("kinds")
  @DisplayName("S5 E4 E5 E6 E7 E10: every parameter and every question")
  void everything(Protocol protocol, Endpoint endpoint) throws Exception {
    PeerProgram python = PeerProgram.require("python3");

    try (RecordingServer server =
        RecordingServer.start(
            home, endpoint.listen(home.resolve("socket")), RecordingServer.settings(protocol))) {
      Outcome outcome =
          python.run("-c", SCRIPT, server.address(), protocol.name()).requireSuccess();

      outcome.requireLines(
          "offered 8bitmime binarymime chunking deliverby dsn enhancedstatuscodes futurerelease"
              + " limits mt-priority mtrk no-soliciting pipelining rrvs size smtputf8",
          "size ",
          "verify 250 2.1.5 Ann <ann@example.org>",
          "expn 250 2.1.5 <ann@example.org>",
          "help 2.0.0 Ask ann",
          "noop 250 2.0.0 ",
          "mail 250 2.1.0 ",
          "rcpt 250 2.1.5 ",
          "rcpt 250 2.1.5 ",
          "verify 550 5.1.1 ",
          "bad 501 5.5.4 ",
          "bad 555 5.5.4 ",
          "data 250 2.1.5 Stored",
          "sent {}",
          "mail 250 2.1.0 ",
          "rcpt 250 2.1.5 ",
          "chunk 250 2.",
          "chunk 250 2.",
          "last 250 2.1.5 Stored",
          "mail 250 2.1.0 ",
          "rcpt 250 2.1.5 ",
          "data 250 2.1.5 Stored",
          "mail 250 2.1.0 ",
          "rset 250 2.0.0 ",
          "rcpt 503 5.5.1 ");
      List<Received> received = server.await(4);
      assertEquals(4, received.size());
      assertEquals("BODY=8BITMIME RET=HDRS ENVID=QQ+2B1", received.get(0).parameters().toString());
      assertEquals(
          List.of(
              "<ann@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ann+2B1@x",
              "<ben@example.org> NOTIFY=NEVER"),
          received.get(0).recipients());
      assertEquals("Subject: x\r\n\r\n.\r\n", received.get(0).content());
      assertEquals("<j\u00fcrg@b\u00fccher.example>", received.get(1).from().toString());
      assertEquals(List.of("<\u03b1\u03b2@example.org>"), received.get(1).recipients());
      assertTrue(
          received.get(1).parameters().toString().matches("SIZE=\\d+ SMTPUTF8 BODY=8BITMIME"),
          received::toString);
      assertEquals("BODY=BINARYMIME", received.get(2).parameters().toString());
      assertEquals("\r\n.\n\0\u00ff\r", received.get(2).content());
      assertEquals("<>", received.get(3).from().toString());
      assertEquals(
          "BY=120;RT HOLDFOR=60 MT-PRIORITY=-3 ENVID=Q MTRK=QQ SOLICIT=net.example:ADV",
          received.get(3).parameters().toString());
      assertEquals(
          List.of("<ann@example.org> RRVS=2014-04-03T23:01:00Z;C"), received.get(3).recipients());
      assertEquals("\r\n", received.get(3).content());
    }
  }
}
