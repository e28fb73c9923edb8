package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.ForwardPath;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaildirQuotaTest {

  @TempDir Path directory;
  private Spool spool;

  @BeforeEach
  void makeMailboxes() throws IOException {
    spool = new Spool(directory);
    for (String name : List.of("empty", "half", "full", "other")) {
      spool.mailbox(name);
    }
    put("half/new/1.x.mx,S=500", 1);
    put("full/cur/1.x.mx,S=1000:2,S", 1);
  }

  private void put(String path, int size) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[size]);
  }

  private MaildirAgent agent(long quota) {
    return MaildirAgent.builder(spool.template()).quota(quota).hostname("mx").build();
  }

  private String answer(MaildirAgent agent, String recipient, long... size) throws IOException {
    Parameters parameters =
        size.length == 0 ? Parameters.NONE : Parameters.NONE.with(Parameter.SIZE, size[0]);
    return Arrival.codes(
        agent.recipient(
            Arrival.transaction(Arrival.peer(), parameters),
            ForwardPath.parse(recipient),
            Parameters.NONE));
  }

  @Test
  void usageIsTheSumOfNewAndCurAndOfTheFolders() throws IOException {
    put("other/new/1.x.mx,S=1", 99);
    put("other/new/2.x.mx,S=20,W=21", 99);
    put("other/cur/3.x.mx,S=300:2,RS", 99);
    put("other/cur/4.x.mx:2,S", 4_000);
    put("other/.Sent/cur/5.x.mx,S=50000:2,S", 1);
    put("other/.Sent.2024/new/6.x.mx,S=600000", 1);
    // What is no message does not count.
    put("other/tmp/7.x.mx,S=7000000", 1);
    put("other/maildirsize", 5);
    put("other/.subscriptions", 5);
    put("other/Plain/cur/8.x.mx,S=80000000", 1);
    Files.createSymbolicLink(directory.resolve("other/.Link"), directory.resolve("full"));

    assertEquals(654_321, MaildirQuota.usage(new Maildir(directory.resolve("other"))));
  }

  @Test
  void aMailboxWithoutFoldersIsEmpty() throws IOException {
    assertEquals(0, MaildirQuota.usage(new Maildir(directory.resolve("empty"))));
  }

  @Test
  @DisplayName("H75: at or over the quota already, 452 4.2.2 at RCPT")
  void atRcpt() throws IOException {
    assertEquals("250 2.1.5", answer(agent(1_001), "full"));
    assertEquals("452 4.2.2", answer(agent(1_000), "full"));
    assertEquals("452 4.2.2", answer(agent(999), "full"));
    assertEquals("250 2.1.5", answer(agent(1), "empty"));
    assertEquals("452 4.2.2", answer(agent(0), "empty"));
    assertEquals("550 5.1.1", answer(agent(0), "nobody"));
    assertEquals("250 2.1.5", answer(MaildirAgent.of(spool.template()), "full"));
  }

  @Test
  @DisplayName("E3: the declared size counts at RCPT")
  void declaredSize() throws IOException {
    assertEquals("250 2.1.5", answer(agent(1_000), "half", 0));
    assertEquals("250 2.1.5", answer(agent(1_000), "half", 500));
    assertEquals("452 4.2.2", answer(agent(1_000), "half", 501));
    assertEquals("452 4.2.2", answer(agent(1_000), "half", Long.MAX_VALUE));
    assertEquals("452 4.2.2", answer(agent(1_000), "full", 0));
  }

  @Test
  @DisplayName("H75: the real size, for that recipient alone, and its file still serves the others")
  void realSize() throws IOException {
    String content = "line\r\n".repeat(150);

    Arrival arrival = Arrival.of("half", "empty", "full", "other").deliver(agent(1_200), content);

    assertEquals(List.of("452 4.2.2", "250 2.0.0", "452 4.2.2", "250 2.0.0"), arrival.answers());
    assertEquals(List.of(0, 1, 2, 3), arrival.order());
    String stored = content.replace("\r\n", "\n");
    assertEquals(List.of(stored), spool.contents("empty"));
    assertEquals(List.of(stored), spool.contents("other"));
    assertEquals(List.of("1.x.mx,S=500"), names("half"));
    assertEquals(4, spool.files().size(), "two were there, two came");
  }

  private List<String> names(String mailbox) {
    return spool.messages(mailbox).stream().map(path -> path.getFileName().toString()).toList();
  }

  @Test
  void exactlyToTheQuota() throws IOException {
    Arrival.of("empty").deliver(agent(10_000), "text\r\n");
    long size = Files.size(spool.messages("empty").get(0));

    // The second one of the same size fits to the octet, the third one does not.
    MaildirAgent agent = agent(2 * size);
    assertEquals(
        List.of("250 2.0.0", "452 4.2.2"),
        Arrival.of("empty", "empty").deliver(agent, "text\r\n").answers());
    assertEquals(2, spool.messages("empty").size());
    assertTrue(MaildirQuota.usage(new Maildir(directory.resolve("empty"))) == 2 * size);
  }
}
