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
    List<String> compiled =
        List.of(
            one("lmtp-client", "client/ReadmeClientExample.java"),
            one("lmtp-server", "server/ReadmeAgentExample.java"),
            one("lmtp-server", "server/ReadmeOwnIoExample.java"));
    assertEquals(compiled, shown("README.md"));
  }

  private static String one(String module, String file) throws IOException {
    List<String> blocks = compiled(module, file, "README");
    assertEquals(1, blocks.size(), file);
    return blocks.get(0);
  }

  /** The blocks of Java in a document. */
  static List<String> shown(String document) throws IOException {
    Matcher block =
        Pattern.compile("(?ms)^```java\\n(.*?)^```")
            .matcher(Files.readString(ROOT.resolve(document)));
    return block.results().map(found -> found.group(1).strip()).toList();
  }

  /** What a test's source marks as shown in a document. */
  static List<String> compiled(String module, String file, String document) throws IOException {
    String source =
        Files.readString(ROOT.resolve(module).resolve("src/test/java/dev/lmtp").resolve(file));
    return Pattern.compile("(?s)// " + document + " begins\\n(.*?)\\n *// " + document + " ends")
        .matcher(source)
        .results()
        .map(marked -> marked.group(1).lines().collect(Collectors.joining("\n")))
        .map(block -> block.stripIndent().strip())
        .toList();
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
