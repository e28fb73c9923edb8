package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.session.ServerSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our client, our server and Maildirs, over real sockets. */
@Timeout(120)
class EndToEndTest {

  @TempDir Path folder;

  @BeforeEach
  void makeMailboxes() throws IOException {
    Files.createDirectories(folder.resolve("mail/ada"));
    Files.createDirectories(folder.resolve("mail/grace"));
  }

  private LmtpServer start(Protocol protocol) throws IOException {
    MaildirAgent agent =
        MaildirAgent.builder(folder.resolve("mail/%n").toString()).hostname("there").build();
    return LmtpServer.builder(agent)
        .listen("unix:" + folder.resolve("s"))
        .settings(ServerSettings.of(protocol, "there"))
        .start();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("mail"))) {
      return all.filter(Files::isRegularFile).collect(Collectors.toList());
    }
  }

  /** What was stored, behind the three trace fields of five lines. */
  private static String content(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1)
        .lines()
        .skip(5)
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  private static String message(int lines) {
    Random random = new Random(lines);
    StringBuilder text = new StringBuilder("Subject: test\n\n");
    for (int i = 0; i < lines; i++) {
      text.append(".".repeat(random.nextInt(3))).append("x".repeat(random.nextInt(90)));
      text.append('\n');
    }
    return text.toString();
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  @DisplayName("Many messages over one connection, by DATA and by BDAT, each stored byte for byte")
  void manyMessages(Protocol protocol) throws IOException {
    LmtpClient.Builder builder =
        LmtpClient.builder("unix:" + folder.resolve("s")).protocol(protocol);
    Envelope envelope = Envelope.of("me@example.org", "ada@example.org");
    int stored = 0;
    try (LmtpServer server = start(protocol);
        LmtpConnection connection = builder.build().connect()) {
      for (int lines : new int[] {0, 1, 10, 700, 3_000}) {
        String text = message(lines);
        byte[] unix = text.getBytes(StandardCharsets.US_ASCII);
        byte[] wire = text.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII);
        Path file = Files.write(folder.resolve("message"), wire);
        for (MessageSource source :
            List.of(
                MessageSource.of(unix),
                MessageSource.of(wire),
                MessageSource.of(file),
                MessageSource.of(new ByteArrayInputStream(unix)))) {
          DeliveryResult result = connection.deliver(envelope, source);
          assertTrue(result.allAccepted(), () -> result.toString());
          List<Path> files = files();
          assertEquals(1, files.size());
          assertEquals(text, content(files.get(0)));
          Files.delete(files.get(0));
          stored++;
        }
      }
      assertEquals(1, server.connections());
    }
    assertEquals(20, stored);
  }

  @Test
  @DisplayName("L4 L5: each recipient has its own outcome, the same one twice too")
  void outcomes() throws IOException {
    LmtpClient client = LmtpClient.to("unix:" + folder.resolve("s"));
    try (LmtpServer server = start(Protocol.LMTP)) {
      DeliveryResult result =
          client.deliver(
              Envelope.of("", "ada@x.org", "nobody@x.org", "grace@x.org", "ada@x.org"),
              MessageSource.of("hi".getBytes(StandardCharsets.US_ASCII)));
      assertEquals(
          List.of("ACCEPTED", "REJECTED", "ACCEPTED", "ACCEPTED"),
          result.recipients().stream()
              .map(RecipientResult::outcome)
              .map(Enum::name)
              .collect(Collectors.toList()));
      assertEquals(3, files().size());
      assertTrue(server.addresses().size() == 1);
    }
  }

  @Test
  @DisplayName("S12 H21: input that ends at any octet delivers nothing and leaves no file")
  void cutAtEveryOctet() throws IOException {
    String envelope = "LHLO here\nMAIL FROM:<a@b.c>\nRCPT TO:<ada@d>\nRCPT TO:<grace@d>\n";
    String dotted = (envelope + "DATA\nhi\n..\n.\n").replace("\n", "\r\n");
    String chunked = (envelope + "BDAT 4\nhi\nBDAT 3 LAST\n.\n").replace("\n", "\r\n");
    for (String whole : List.of(dotted, chunked)) {
      try (LmtpServer server = start(Protocol.LMTP)) {
        for (int cut = 0; cut < whole.length(); cut++) {
          try (RawPeer peer = new RawPeer(server)) {
            peer.send(whole.substring(0, cut));
            peer.endOutput();
            while (!peer.line().isEmpty()) {
              // until the server has closed, and so has done with it
            }
          }
        }
        assertEquals(List.of(), files());
        try (RawPeer peer = new RawPeer(server)) {
          peer.send(whole);
          peer.endOutput();
          while (!peer.line().isEmpty()) {
            // as above
          }
        }
      }
      assertEquals(2, files().size());
      for (Path file : files()) {
        Files.delete(file);
      }
    }
  }
}
