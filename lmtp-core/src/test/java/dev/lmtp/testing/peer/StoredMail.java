package dev.lmtp.testing.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The messages that another's server has put into a directory, such as a Maildir's {@code new}. */
public final class StoredMail {
  private final Path directory;

  private StoredMail(Path directory) {
    this.directory = directory;
  }

  /** What stands, or will stand, in that directory. */
  public static StoredMail in(Path directory) {
    return new StoredMail(directory);
  }

  /** The texts, a char for each octet, in no particular order. */
  public List<String> messages() throws IOException {
    List<String> messages = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          messages.add(PeerProgram.text(file));
        }
      }
    }
    return messages;
  }

  /** Waits for a message that holds this text. */
  public String awaitMessage(String text) throws IOException, InterruptedException {
    return Await.answer(
        "a message with " + text + " in " + directory,
        () -> messages().stream().filter(message -> message.contains(text)).findFirst(),
        () -> {
          try {
            return String.join("\n----\n", messages());
          } catch (IOException e) {
            return e.toString();
          }
        });
  }
}
