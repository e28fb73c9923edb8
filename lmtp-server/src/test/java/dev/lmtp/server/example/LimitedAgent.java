package dev.lmtp.server.example;

import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.IncomingMessage;
import dev.lmtp.server.Transaction;
import java.io.IOException;
import java.util.concurrent.Semaphore;

// agents.md begins
/** Lets an agent take so many messages at once, and defers the others. */
final class LimitedAgent implements DeliveryAgent {

  private static final Reply BUSY = Reply.of(451, "4.3.0", "Too many at once, try again");

  private final DeliveryAgent agent;
  private final Semaphore permits;

  LimitedAgent(DeliveryAgent agent, int atOnce) {
    this.agent = agent;
    this.permits = new Semaphore(atOnce);
  }

  @Override
  public Reply sender(Transaction transaction) throws IOException {
    return agent.sender(transaction);
  }

  @Override
  public Reply recipient(Transaction transaction, ForwardPath path, Parameters parameters)
      throws IOException {
    return agent.recipient(transaction, path, parameters);
  }

  @Override
  public void deliver(IncomingMessage message) throws IOException {
    if (!permits.tryAcquire()) {
      message.replyAll(BUSY);
      return;
    }
    try {
      agent.deliver(message);
    } finally {
      permits.release();
    }
  }
}
// agents.md ends
