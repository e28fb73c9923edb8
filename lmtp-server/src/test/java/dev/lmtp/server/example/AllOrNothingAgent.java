package dev.lmtp.server.example;

import dev.lmtp.Reply;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.IncomingMessage;
import dev.lmtp.server.Recipient;
import dev.lmtp.server.Transaction;
import java.io.IOException;

/**
 * Every recipient must exist, or nobody gets the message: each {@code RCPT} is taken, and who does
 * not exist is told behind the content, for all.
 */
final class AllOrNothingAgent implements DeliveryAgent {

  private final DeliveryAgent agent;

  AllOrNothingAgent(DeliveryAgent agent) {
    this.agent = agent;
  }

  @Override
  public Reply sender(Transaction transaction) throws IOException {
    return agent.sender(transaction);
  }

  @Override
  public void deliver(IncomingMessage message) throws IOException {
    for (Recipient recipient : message.recipients()) {
      Reply reply =
          agent.recipient(message.transaction(), recipient.path(), recipient.parameters());
      if (reply.isNegative()) {
        message.replyAll(reply);
        return;
      }
    }
    agent.deliver(message);
  }
}
