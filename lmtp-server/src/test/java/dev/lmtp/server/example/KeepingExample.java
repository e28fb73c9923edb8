package dev.lmtp.server.example;

import dev.lmtp.Reply;
import dev.lmtp.server.Content;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.IncomingMessage;
import dev.lmtp.server.KeptContent;
import dev.lmtp.server.PipeAgent;
import dev.lmtp.server.Recipient;
import dev.lmtp.server.RouteAgent;
import dev.lmtp.server.TraceFields;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/** The shorter blocks of agents.md. */
final class KeepingExample {

  interface Store {
    /** Where the message of one recipient goes; closed when it is safe. */
    WritableByteChannel open(Recipient recipient, String key) throws IOException;
  }

  static final Reply JUNK = Reply.of(550, "5.7.1", "Not wanted here");

  private KeepingExample() {}

  static void keep(IncomingMessage message, Store store, Executor threads)
      throws IOException, NoSuchAlgorithmException {
    // agents.md begins
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    try (KeptContent kept = message.keep(sha256)) { // received whole, and hashed as it came
      String key = HexFormat.of().formatHex(sha256.digest());
      String header = new String(kept.header().bytes(), StandardCharsets.UTF_8);
      if (header.contains("X-Spam: yes") || kept.body().size() == 0) {
        message.replyAll(JUNK);
        return;
      }
      message.deliverEach( // several recipients at once, all from the same octets
          threads,
          recipient -> {
            try (WritableByteChannel target = store.open(recipient, key)) {
              kept.whole().transferTo(target);
            }
            recipient.accept();
          });
    }
    // agents.md ends
  }

  static Content traced(IncomingMessage message, Recipient recipient, KeptContent kept)
      throws IOException {
    // agents.md begins
    TraceFields fields =
        TraceFields.NONE
            .withReturnPath(message.transaction().reversePath())
            .withDeliveredTo(recipient.path().mailbox())
            .withOriginalTo(recipient.parameters()) // X-Original-To, where there is an ORCPT
            .withReceived(message.transaction(), Optional.empty(), "mx.example.org", Instant.now())
            .with("X-Scanned", "yes");
    Content content = kept.whole().with(fields); // nothing is copied
    // agents.md ends
    return content;
  }

  static DeliveryAgent compose(DeliveryAgent mailboxes) {
    // agents.md begins
    DeliveryAgent tickets =
        PipeAgent.of("/usr/local/bin/new-ticket", "--user", "%n")
            .withPatience(Duration.ofMinutes(1));
    DeliveryAgent agent =
        RouteAgent.byDomain(
            Map.of(
                "tickets.example.org",
                new LimitedAgent(tickets, 4), // four at once
                "example.org",
                mailboxes));
    // agents.md ends
    return agent;
  }
}
