package dev.lmtp.client;

import dev.lmtp.Envelope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The README's pool, as it stands there. */
final class ReadmePoolExample {

  private ReadmePoolExample() {}

  static void run(LmtpClient client, Envelope envelope, List<Path> spool) throws IOException {
    // README begins
    try (LmtpPool pool = LmtpPool.builder().connections(4).build()) {
      for (Path message : spool) {
        if (pool.deliver(client, envelope, MessageSource.of(message)).allAccepted()) {
          Files.delete(message);
        }
      }
    }
    // README ends
  }
}
