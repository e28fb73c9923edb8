package dev.lmtp.server;

import dev.lmtp.Mailbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The README's delivery agent, as it stands there. */
final class ReadmeAgentExample {

  private final Path folder;

  ReadmeAgentExample(Path folder) {
    this.folder = folder;
  }

  private void store(Mailbox mailbox, byte[] content) throws IOException {
    Files.write(
        folder.resolve(mailbox.localPart()),
        content,
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.DSYNC);
  }

  void run() throws IOException, InterruptedException {
    // README begins
    DeliveryAgent agent =
        message -> {
          byte[] content = message.stream().readAllBytes();
          for (Recipient recipient : message.recipients()) {
            store(recipient.path().mailbox(), content);
            recipient.accept(); // 250 leaves now: the message must be safe
          }
        };
    try (LmtpServer server = LmtpServer.builder(agent).listen("unix:/run/lmtp.sock").start()) {
      server.join();
    }
    // README ends
  }
}
