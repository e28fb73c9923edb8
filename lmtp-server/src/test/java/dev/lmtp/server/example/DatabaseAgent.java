package dev.lmtp.server.example;

import dev.lmtp.Reply;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.IncomingMessage;
import dev.lmtp.server.Recipient;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

// agents.md begins
/** Stores into a database that answers later, from threads of its own. */
final class DatabaseAgent implements DeliveryAgent {

  interface Database {
    /** Completes with false for a user who is not there. */
    CompletableFuture<Boolean> insert(String user, byte[] content);
  }

  private static final Reply UNKNOWN = Reply.of(550, "5.1.1", "No such user");
  private static final Reply LATER = Reply.of(451, "4.3.0", "Try again later");

  private final Database database;

  DatabaseAgent(Database database) {
    this.database = database;
  }

  @Override
  public void deliver(IncomingMessage message) throws IOException {
    byte[] content = message.stream().readAllBytes();
    for (Recipient recipient : message.recipients()) {
      var unused =
          database
              .insert(recipient.path().mailbox().toString(), content)
              .handle((found, failure) -> failure != null ? LATER : found ? RECIPIENT_OK : UNKNOWN)
              .thenApply(recipient::reply);
    }
    message.awaitAnswers(); // until all have one, or their time is up
  }
}
// agents.md ends
