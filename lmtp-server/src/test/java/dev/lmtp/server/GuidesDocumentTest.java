package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.server.example.OfferExample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the two guides show is what the build compiles, and it works. */
@Timeout(60)
class GuidesDocumentTest {

  @Test
  void agents() throws IOException {
    List<String> compiled = new ArrayList<>();
    for (String example :
        List.of(
            "DirectoryAgent",
            "DatabaseAgent",
            "KeepingExample",
            "LimitedAgent",
            "ProxyAgent",
            "OfferExample",
            "SecureServerExample",
            "RecordingExampleTest")) {
      compiled.addAll(
          ReadmeTest.compiled("lmtp-server", "server/example/" + example + ".java", "agents.md"));
    }
    assertEquals(compiled, ReadmeTest.shown("docs/agents.md"));
  }

  @Test
  void delivering() throws IOException {
    assertEquals(
        ReadmeTest.compiled("lmtp-client", "client/DeliveringExample.java", "delivering.md"),
        ReadmeTest.shown("docs/delivering.md"));
  }

  @Test
  void offer(@TempDir Path folder) throws IOException {
    DeliveryAgent agent = message -> message.replyAll(DeliveryAgent.RECIPIENT_OK);
    try (LmtpServer server =
            LmtpServer.builder(agent)
                .listen("unix:" + folder.resolve("s"))
                .settings(OfferExample.settings())
                .start();
        RawPeer peer = RawPeer.greeted(server)) {
      peer.say("XPING", "MAIL FROM:<a@b> RET=HDRS", "RCPT TO:<c@d> XTENANT=1 NOTIFY=NEVER");
      peer.expect("250 2.0.0", "250 2.1.0", "250 2.1.5");
    }
  }
}
