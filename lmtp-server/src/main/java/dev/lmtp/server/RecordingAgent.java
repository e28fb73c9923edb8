package dev.lmtp.server;

import dev.lmtp.ForwardPath;
import dev.lmtp.Mailbox;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * For tests of applications that send mail: takes messages, keeps them in memory, and tells which
 * came. A message is recorded before its first reply, so that whoever has the reply finds it; one
 * that breaks off is not.
 *
 * <p>Safe for use by any number of threads.
 */
public final class RecordingAgent implements DeliveryAgent {

  /**
   * A message that came.
   *
   * @param transaction its sender, and who handed it over
   * @param recipients who were accepted for it
   * @param content read-only, with CR LF
   * @param replies what each recipient was answered
   */
  public record Message(
      Transaction transaction,
      List<ForwardPath> recipients,
      ByteBuffer content,
      List<Reply> replies) {

    /** Copies the lists. */
    public Message {
      recipients = List.copyOf(recipients);
      content = content.asReadOnlyBuffer();
      replies = List.copyOf(replies);
    }

    /** The content as UTF-8. */
    public String text() {
      return StandardCharsets.UTF_8.decode(content.duplicate()).toString();
    }
  }

  private static final Reply RECORDED = Reply.of(250, "2.0.0", "Recorded");

  private final Function<Mailbox, Reply> rcpt;
  private final Function<Mailbox, Reply> delivery;
  private final List<Message> messages = new ArrayList<>();

  /** Takes everything. */
  public RecordingAgent() {
    this(mailbox -> RECIPIENT_OK, mailbox -> RECORDED);
  }

  /**
   * Answers as it is told.
   *
   * @param rcpt answers each {@code RCPT}
   * @param delivery answers each recipient behind the content
   */
  public RecordingAgent(Function<Mailbox, Reply> rcpt, Function<Mailbox, Reply> delivery) {
    this.rcpt = rcpt;
    this.delivery = delivery;
  }

  @Override
  public Reply recipient(Transaction transaction, ForwardPath recipient, Parameters parameters) {
    return rcpt.apply(recipient.mailbox());
  }

  @Override
  public void deliver(IncomingMessage message) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(message.stream().readAllBytes());
    List<Recipient> to = message.recipients();
    List<Reply> replies = to.stream().map(r -> delivery.apply(r.path().mailbox())).toList();
    List<ForwardPath> paths = to.stream().map(Recipient::path).toList();
    synchronized (messages) {
      messages.add(new Message(message.transaction(), paths, content, replies));
      messages.notifyAll();
    }
    for (int i = 0; i < replies.size(); i++) {
      to.get(i).reply(replies.get(i));
    }
  }

  /** What came until now. */
  public List<Message> messages() {
    synchronized (messages) {
      return List.copyOf(messages);
    }
  }

  /**
   * Waits until so many messages have come, since the agent was made.
   *
   * @return all that came
   * @throws TimeoutException where they do not come in that time
   */
  public List<Message> awaitMessages(int count, Duration patience)
      throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + patience.toNanos();
    synchronized (messages) {
      while (messages.size() < count) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new TimeoutException(messages.size() + " messages came, not " + count);
        }
        messages.wait(left);
      }
      return List.copyOf(messages);
    }
  }
}
