package dev.lmtp.client;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The blocks of delivering.md, in their order. */
final class DeliveringExample {

  private DeliveringExample() {}

  /** What the application does with a recipient's fate. */
  interface Queue {
    void forget(RecipientResult recipient);

    void bounce(RecipientResult recipient);

    void retry(RecipientResult recipient);

    void retryAll(LmtpException why);

    void decide(Outgoing sent, DeliveryResult result);
  }

  static void outcomes(LmtpClient client, Envelope envelope, Path file, Queue queue) {
    // delivering.md begins
    try {
      DeliveryResult result = client.deliver(envelope, MessageSource.of(file));
      for (RecipientResult recipient : result.recipients()) {
        switch (recipient.outcome()) {
          case ACCEPTED -> queue.forget(recipient);
          case REJECTED -> queue.bounce(recipient);
          case DEFERRED, NOT_SENT, UNKNOWN -> queue.retry(recipient);
        }
      }
    } catch (LmtpException e) {
      queue.retryAll(e); // nobody has it; e.kind() says whether to try again or to call somebody
    }
    // delivering.md ends
  }

  static void pool(LmtpClient client, Envelope envelope, List<Path> spool) throws IOException {
    // delivering.md begins
    try (LmtpPool pool = LmtpPool.builder().connections(4).build()) {
      for (Path message : spool) {
        if (pool.deliver(client, envelope, MessageSource.of(message)).allAccepted()) {
          Files.delete(message);
        }
      }
    }
    // delivering.md ends
  }

  static void all(LmtpClient client, Envelope envelope, Stream<Path> spool, Queue queue)
      throws IOException {
    // delivering.md begins
    try (LmtpConnection connection = client.connect()) {
      connection.deliverAll(
          spool.map(file -> new Outgoing(envelope, MessageSource.of(file))).iterator(),
          (sent, result) -> queue.decide(sent, result));
    }
    // delivering.md ends
  }

  static LmtpClient secure(String password) {
    // delivering.md begins
    LmtpClient client =
        LmtpClient.builder("inet:mail.example.org:2424")
            .tls(ClientTls.Use.REQUIRED)
            .credentials(Credentials.password("ada", password))
            .deliveryPatience(Duration.ofMinutes(5))
            .build();
    // delivering.md ends
    return client;
  }
}
