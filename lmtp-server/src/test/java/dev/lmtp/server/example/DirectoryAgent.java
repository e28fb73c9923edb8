package dev.lmtp.server.example;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.IncomingMessage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

// agents.md begins
/** Stores each message into a directory, as a file of its own. */
final class DirectoryAgent implements DeliveryAgent {

  private final Path directory;

  DirectoryAgent(Path directory) {
    this.directory = directory;
  }

  @Override
  public void deliver(IncomingMessage message) throws IOException {
    String name = UUID.randomUUID().toString();
    Path part = directory.resolve(name + ".part");
    try (FileChannel names = FileChannel.open(directory, READ);
        FileChannel file = FileChannel.open(part, CREATE_NEW, WRITE)) {
      message.transferTo(file);
      file.force(true);
      Files.move(part, directory.resolve(name + ".eml"), StandardCopyOption.ATOMIC_MOVE);
      names.force(true); // the name is safe too: now a 250 is no lie
      message.replyAll(RECIPIENT_OK);
    } finally {
      Files.deleteIfExists(part); // the disk was full, or the content broke off
    }
  }
}
// agents.md ends
