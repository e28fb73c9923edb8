package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is what the build compiles, and it works. */
@Timeout(60)
class ReadmeTest {

  private static final Path ROOT = Path.of("..");

  @Test
  void everyExampleIsCompiled() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    Matcher shown = Pattern.compile("(?ms)^```java\\n(.*?)^```").matcher(readme);
    List<String> inReadme = new ArrayList<>();
    while (shown.find()) {
      inReadme.add(shown.group(1).strip());
    }
    List<String> compiled =
        List.of(
            compiled("lmtp-client", "client/ReadmeClientExample.java"),
            compiled("lmtp-client", "client/ReadmePoolExample.java"),
            compiled("lmtp-server", "server/ReadmeAgentExample.java"),
            compiled("lmtp-server", "server/ReadmeOwnIoExample.java"),
            compiled("lmtp-server", "server/ReadmeOfferExample.java"),
            compiled("lmtp-server", "server/ReadmeSecurityExample.java"),
            compiled("lmtp-client", "client/ReadmeSecurityExample.java"));
    assertEquals(compiled, inReadme);
  }

  private static String compiled(String module, String file) throws IOException {
    String source =
        Files.readString(ROOT.resolve(module).resolve("src/test/java/dev/lmtp").resolve(file));
    Matcher marked =
        Pattern.compile("(?s)// README begins\\n(.*?)\\n *// README ends").matcher(source);
    assertEquals(true, marked.find(), file);
    return marked.group(1).lines().collect(Collectors.joining("\n")).stripIndent().strip();
  }

  @Test
  void offer(@TempDir Path folder) throws IOException {
    DeliveryAgent agent = message -> message.replyAll(DeliveryAgent.RECIPIENT_OK);
    try (LmtpServer server =
            LmtpServer.builder(agent)
                .listen("unix:" + folder.resolve("s"))
                .settings(ReadmeOfferExample.settings())
                .start();
        RawPeer peer = RawPeer.greeted(server)) {
      peer.say("XPING", "MAIL FROM:<a@b> RET=HDRS", "RCPT TO:<c@d> XTENANT=1 NOTIFY=NEVER");
      peer.expect("250 2.0.0", "250 2.1.0", "250 2.1.5");
    }
  }

  @Test
  void ownInputAndOutput(@TempDir Path folder) throws Exception {
    ReadmeOwnIoExample example = new ReadmeOwnIoExample();
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      try (SocketChannel client = SocketChannel.open(address);
          SocketChannel accepted = server.accept()) {
        Thread serving = new Thread(() -> run(example, accepted));
        serving.start();
        String dialogue =
            "LHLO here\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n";
        client.write(ByteBuffer.wrap(dialogue.getBytes(StandardCharsets.US_ASCII)));
        serving.join();
        accepted.shutdownOutput();
        String replies =
            new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.US_ASCII);
        assertEquals("hi\r\n", example.kept.toString(StandardCharsets.US_ASCII));
        assertFalse(replies.isEmpty());
        assertEquals(1, replies.split("250 2\\.0\\.0 Kept\r\n221 ", -1).length - 1);
      }
    }
  }

  private static void run(ReadmeOwnIoExample example, SocketChannel channel) {
    try {
      example.run(channel);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
