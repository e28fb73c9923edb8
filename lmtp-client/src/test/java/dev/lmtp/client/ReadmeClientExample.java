package dev.lmtp.client;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import java.io.IOException;
import java.nio.file.Path;

/** The README's client, as it stands there. */
final class ReadmeClientExample {

  private ReadmeClientExample() {}

  static void run() throws IOException {
    // README begins
    LmtpClient client = LmtpClient.to("unix:/run/lmtp.sock");
    Envelope envelope = Envelope.of("charles@example.org", "ada@example.org", "grace@example.org");
    DeliveryResult result = client.deliver(envelope, MessageSource.of(Path.of("message.eml")));
    for (RecipientResult recipient : result.recipients()) {
      switch (recipient.outcome()) {
        case ACCEPTED -> System.out.println(recipient.recipient() + " has it");
        case REJECTED ->
            System.out.println(recipient.recipient() + " never: " + recipient.detail());
        case DEFERRED, NOT_SENT, UNKNOWN -> System.out.println(recipient.recipient() + " later");
      }
    }
    // README ends
  }
}
