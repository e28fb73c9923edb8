package dev.lmtp.client.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.Envelope;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.PeerProgram;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our client hands mail to servers made of Python's aiosmtpd, its SMTP and its LMTP class. */
class AiosmtpdInteropIT {
  /** Prints each message as {@code repr}; refuses one recipient. */
  private static final String SCRIPT =
      """
      import asyncio, sys
      import aiosmtpd.smtp, aiosmtpd.lmtp
      class Handler:
          async def handle_RCPT(self, server, session, envelope, address, options):
              if address.startswith('unknown'):
                  return '550 5.1.1 No such user'
              envelope.rcpt_tos.append(address)
              envelope.rcpt_options.append(options)
              return '250 2.1.5 OK'
          async def handle_DATA(self, server, session, envelope):
              print(repr((envelope.mail_from, envelope.mail_options, envelope.rcpt_tos,
                          envelope.rcpt_options, envelope.content)), flush=True)
              return '250 2.0.0 stored'
      kind = {'LMTP': aiosmtpd.lmtp.LMTP, 'SMTP': aiosmtpd.smtp.SMTP}[sys.argv[1]]
      async def main():
          def session():
              return kind(Handler(), enable_SMTPUTF8=True, data_size_limit=100000,
                          hostname='mx.example.org')
          loop = asyncio.get_running_loop()
          server = await loop.create_server(session, '127.0.0.1', int(sys.argv[2]))
          await server.serve_forever()
      asyncio.run(main())
      """;

  @TempDir Path home;

  /** Its LMTP class says hello by LHLO, and then has one reply for all recipients. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({"SMTP, ACCEPTED FINAL 250 2.0.0", "LMTP, UNKNOWN FINAL"})
  @DisplayName("L5 E3 E4 E6 H52 H58: one command at a time; a reply that never comes is unknown")
  void delivers(Protocol protocol, String last) throws Exception {
    // The package is Debian's, and so is for Debian's Python.
    PeerProgram python = PeerProgram.of("/usr/bin/python3");
    Assumptions.assumeTrue(
        python.run("-c", "import aiosmtpd").status() == 0, "python3-aiosmtpd is not installed");
    InetSocketAddress address = PeerDaemon.freeAddress();
    try (PeerDaemon daemon =
            PeerDaemon.start(
                    python.command(
                        "-c", SCRIPT, protocol.name(), Integer.toString(address.getPort())),
                    home.resolve("output"))
                .awaitListening(address);
        TappedClient client =
            TappedClient.connect(
                home,
                address,
                protocol,
                builder ->
                    builder.patience(
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(2)))) {
      List<String> outcomes =
          client.deliver(
              Envelope.of(
                      "j\u00fcrg@example.org",
                      "ann@example.org",
                      "unknown@example.org",
                      "\u03b1\u03b2@example.org")
                  .withParameters(Parameters.of(Parameter.SMTPUTF8, true)),
              "Subject: gr\u00fc\u00dfe\r\n\r\n.\r\n");

      assertEquals(List.of("ACCEPTED FINAL 250 2.0.0", "REJECTED RCPT 550 5.1.1", last), outcomes);
      assertEquals(
          "('j\u00fcrg@example.org', ['SMTPUTF8', 'SIZE=21', 'BODY=8BITMIME'],"
              + " ['ann@example.org', '\u03b1\u03b2@example.org'], [[], []],"
              + " b'Subject: gr\\xfc\\xdfe\\r\\n\\r\\n.\\r\\n')\n",
          new String(
              daemon.output().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }
  }
}
