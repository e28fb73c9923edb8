package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.Protocol;
import dev.lmtp.server.interop.RecordingServer.Received;
import dev.lmtp.testing.peer.PeerProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** swaks, which knows no parameter; an angle bracket in the address makes room for them. */
class SwaksInteropIT {

  @TempDir Path home;

  static Stream<Arguments> kinds() {
    return Stream.of(List.of("--pipeline"), List.<String>of())
        .flatMap(
            options ->
                Stream.of(
                    Arguments.of(Protocol.LMTP, Endpoint.UNIX, options),
                    Arguments.of(Protocol.LMTP, Endpoint.INET, options),
                    Arguments.of(Protocol.SMTP, Endpoint.INET, options)));
  }

  @ParameterizedTest(name = "{0} over {1} {2}")
  @MethodSource("kinds")
  @DisplayName("E1 E7: ENVID and ORCPT, together and one by one; swaks' bracket is part of them")
  void parameters(Protocol protocol, Endpoint endpoint, List<String> options) throws Exception {
    PeerProgram swaks = PeerProgram.require("swaks");

    try (RecordingServer server =
        RecordingServer.start(
            home, endpoint.listen(home.resolve("socket")), RecordingServer.settings(protocol))) {
      String address = server.address();
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  address.startsWith("unix:") ? "--socket" : "--server",
                  address.substring(address.indexOf(':') + 1),
                  "--protocol",
                  protocol == Protocol.LMTP ? "LMTP" : "ESMTP",
                  "--helo",
                  "client.example.org",
                  "--from",
                  "sender@example.org> BODY=8BITMIME RET=FULL ENVID=QQ",
                  "--to",
                  "ann@example.org> NOTIFY=FAILURE ORCPT=rfc822;ann,unknown@d,ben@example.org",
                  "--data",
                  "Subject: x\\n\\n.dot"));
      arguments.addAll(options);
      swaks.run(arguments.toArray(String[]::new)).requireSuccess();

      List<Received> received = server.await(1);
      assertEquals(1, received.size());
      assertEquals("BODY=8BITMIME RET=FULL ENVID=QQ>", received.get(0).parameters().toString());
      assertEquals(
          List.of("<ann@example.org> NOTIFY=FAILURE ORCPT=rfc822;ann>", "<ben@example.org>"),
          received.get(0).recipients());
      assertEquals("Subject: x\r\n\r\n.dot\r\n", received.get(0).content());
    }
  }
}
