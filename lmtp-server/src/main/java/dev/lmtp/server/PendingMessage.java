package dev.lmtp.server;

import dev.lmtp.Reply;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerState;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A message in the agent's hands: from the go-ahead for its content until every recipient is
 * answered.
 *
 * <p><b>Threads.</b> The content is pulled by one thread at a time; until it has ended, answers are
 * only kept. From then on the thread that gives an answer reports it to the session and writes what
 * may leave. The lock guards the session during that time; it is never held while the agent runs.
 */
final class PendingMessage implements IncomingMessage.Content {

  private static final Reply NO_ANSWER = Reply.of(451, "4.3.0", "Not delivered, try again");

  private final Conversation conversation;
  private final ServerSession session;
  private final Transaction transaction;
  private final List<Recipient> recipients = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final boolean[] reported;
  private Conversation.Pulled last = Conversation.Pulled.CONTENT;
  private boolean contentEnded;

  PendingMessage(Conversation conversation, ServerSession session, Transaction transaction) {
    this.conversation = conversation;
    this.session = session;
    this.transaction = transaction;
    for (int i = 0; i < session.recipients().size(); i++) {
      recipients.add(new Recipient(i, session.recipients().get(i), this::releaseReplies));
    }
    this.reported = new boolean[recipients.size()];
  }

  /** Has the agent deliver, then reads what it left and answers whom it did not. */
  void handOver(DeliveryAgent agent) {
    try {
      agent.deliver(new IncomingMessage(transaction, recipients, this));
    } catch (IOException | RuntimeException e) {
      // What an agent throws when its content was cut off is no failure of its own.
      if (last != Conversation.Pulled.ABORTED) {
        conversation.agentFailed(e);
      }
    } catch (Error e) {
      conversation.agentFailed(e);
      locked(() -> session.close(Conversation.BROKEN));
    }
    if (last == Conversation.Pulled.CONTENT) {
      finishContent();
    }
    for (Recipient recipient : recipients) {
      recipient.close(NO_ANSWER);
    }
    releaseReplies();
    logOutcome();
    if (last == Conversation.Pulled.END) {
      tellAgent(agent);
    }
  }

  private void tellAgent(DeliveryAgent agent) {
    boolean connected = conversation.isConnected();
    try {
      agent.replied(
          transaction, connected ? DeliveryAgent.Replies.SENT : DeliveryAgent.Replies.LOST);
    } catch (IOException | RuntimeException e) {
      conversation.agentFailed(e);
    }
  }

  @Override
  public ByteBuffer next() throws ContentAbortedException {
    if (last == Conversation.Pulled.CONTENT) {
      last = conversation.pullContent();
      if (last == Conversation.Pulled.CONTENT) {
        return session.content();
      }
      if (last == Conversation.Pulled.END) {
        locked(() -> contentEnded = true);
        releaseReplies();
      }
    }
    if (last == Conversation.Pulled.ABORTED) {
      throw new ContentAbortedException(transaction.id() + ": the content was cut off");
    }
    return null;
  }

  /** Reads the content that the agent left, to its real end. */
  private void finishContent() {
    if (session.state() != ServerState.CLOSED && !isPromised()) {
      // Nobody is served by the rest: the session discards it by itself, up to its limit.
      for (Recipient recipient : recipients) {
        recipient.close(NO_ANSWER);
        session.report(recipient.index(), recipient.answer());
      }
      session.refuse(NO_ANSWER);
      return;
    }
    try {
      while (last == Conversation.Pulled.CONTENT) {
        next();
      }
    } catch (ContentAbortedException e) {
      // Logged where the content was aborted; nobody waits for an answer.
    }
  }

  private boolean isPromised() {
    return recipients.stream().anyMatch(r -> r.isAnswered() && r.answer().isPositive());
  }

  /** Hands the session the answers there are, and writes those that may leave. Any thread. */
  private void releaseReplies() {
    locked(
        () -> {
          if (!contentEnded || session.state() != ServerState.REPLIES) {
            return;
          }
          for (Recipient recipient : recipients) {
            if (recipient.isAnswered() && !reported[recipient.index()]) {
              reported[recipient.index()] = true;
              session.report(recipient.index(), recipient.answer());
            }
          }
          conversation.flush();
        });
  }

  private void locked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  private void logOutcome() {
    if (last == Conversation.Pulled.ABORTED) {
      return;
    }
    int accepted = 0;
    int deferred = 0;
    for (Recipient recipient : recipients) {
      accepted += recipient.answer().isPositive() ? 1 : 0;
      deferred += recipient.answer().isTransient() ? 1 : 0;
    }
    conversation.log(
        accepted == recipients.size() ? Level.DEBUG : Level.INFO,
        String.format(
            "%s: %d accepted, %d deferred, %d rejected",
            transaction.id(), accepted, deferred, recipients.size() - accepted - deferred));
  }
}
