package dev.lmtp.server;

import dev.lmtp.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A message on its way in: who sends it, whom it is for, and its content as it arrives. Nothing of
 * the content is held in memory, unless it is to be {@link #keep kept}; whoever reads slowly slows
 * the peer.
 *
 * <p>The content is read once, by {@link #next}, {@link #transferTo}, {@link #channel}, {@link
 * #stream} or {@link #keep}, which all draw from the same source; by one thread at a time, and only
 * until {@link DeliveryAgent#deliver} returns. Its lines end in CR LF and its dots are taken out.
 * The end of the content is the real one: where the peer broke off, or sent what must not be taken,
 * reading throws a {@link ContentAbortedException}, and then whatever was stored is to be thrown
 * away.
 */
public final class IncomingMessage {

  /** Where the content comes from, and who knows the peer. */
  interface Source {
    /** The next piece, or {@code null} at the end. */
    ByteBuffer next() throws IOException;

    /** Until these are answered; the content was read before. */
    default void awaitAnswers(List<Recipient> some) throws InterruptedIOException {
      throw new UnsupportedOperationException();
    }

    default Duration timeLeft() {
      throw new UnsupportedOperationException();
    }

    default boolean isPeerGone() {
      throw new UnsupportedOperationException();
    }

    default void whenPeerGone(Runnable action) {
      throw new UnsupportedOperationException();
    }

    default void afterReplies(AfterReplies hook) {
      throw new UnsupportedOperationException();
    }
  }

  /** How one recipient gets the message. */
  @FunctionalInterface
  public interface ToOne {
    /**
     * Delivers, and answers.
     *
     * @throws IOException where that failed: 451 4.3.0 for this recipient, if it has no answer
     */
    void deliver(Recipient recipient) throws IOException;
  }

  private static final System.Logger LOG = System.getLogger("dev.lmtp.server");
  private static final Reply FAILED = Reply.of(451, "4.3.0", "Delivery failed, try again");
  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final Transaction transaction;
  private final List<Recipient> recipients;
  private final Source source;
  private ByteBuffer piece = EMPTY;
  private boolean ended;

  IncomingMessage(Transaction transaction, List<Recipient> recipients, Source source) {
    this.transaction = transaction;
    this.recipients = List.copyOf(recipients);
    this.source = source;
  }

  /** What {@code MAIL} opened: the peer, the reverse-path and the parameters. */
  public Transaction transaction() {
    return transaction;
  }

  /** The recipients that were accepted, in the order of their {@code RCPT}s; never empty. */
  public List<Recipient> recipients() {
    return recipients;
  }

  /** Gives the same answer to every recipient that has none. */
  public void replyAll(Reply reply) {
    Recipient.replyAll(recipients, reply);
  }

  /**
   * Delivers to the recipients at once, each by a task of its own, and returns when all are done.
   * The content must have been read before, or not be needed.
   *
   * @param threads where the tasks run; the last one, and those it refuses, run on this thread
   * @param delivery is safe for use by several threads
   * @throws InterruptedIOException where this thread was interrupted; tasks may go on
   */
  public void deliverEach(Executor threads, ToOne delivery) throws InterruptedIOException {
    int last = recipients.size() - 1;
    CountDownLatch running = new CountDownLatch(last);
    for (Recipient recipient : recipients.subList(0, last)) {
      Runnable task =
          () -> {
            try {
              deliverTo(recipient, delivery);
            } finally {
              running.countDown();
            }
          };
      try {
        threads.execute(task);
      } catch (RejectedExecutionException e) {
        // Not to be left alone with those that run already.
        task.run();
      }
    }
    deliverTo(recipients.get(last), delivery);
    try {
      running.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("delivering to each recipient");
    }
  }

  private void deliverTo(Recipient recipient, ToOne delivery) {
    try {
      delivery.deliver(recipient);
    } catch (IOException | RuntimeException e) {
      LOG.log(
          Level.WARNING, transaction.id() + ": agent failed, recipient " + recipient.index(), e);
    }
    if (!recipient.isAnswered()) {
      recipient.reply(FAILED);
    }
  }

  /**
   * Waits until every recipient is answered, be it by its deadline, and reads the rest of the
   * content before: for an agent whose answers come from other threads.
   *
   * @throws ContentAbortedException where the content never ends
   * @throws InterruptedIOException where this thread was interrupted
   */
  public void awaitAnswers() throws IOException {
    while (next().hasRemaining()) {
      // Nobody is answered before the content is here.
    }
    source.awaitAnswers(recipients);
  }

  /**
   * How long the peer is going to wait for the answers: as the server is configured, or as a
   * front-end said (Dovecot's TIMEOUT). It begins to run when the content is here. Who has no
   * answer then gets 451 4.4.1, since a later one would not be heard, and the message be delivered
   * twice (RFC 1047).
   */
  public Duration timeLeft() {
    return source.timeLeft();
  }

  /**
   * Whether the peer has gone, so that nobody will hear the answers and the sender tries again: the
   * connection is lost, or its input has ended behind the content. Any thread.
   */
  public boolean isPeerGone() {
    return source.isPeerGone();
  }

  /**
   * Has something done when the peer goes before the last answer. It is looked for once a second,
   * from the end of the content on; a content that breaks off is told by an exception.
   *
   * @param action on a thread of its own
   */
  public void whenPeerGone(Runnable action) {
    source.whenPeerGone(action);
  }

  /**
   * Has something done when the last reply is out; nothing where the content breaks off. Hooks run
   * in their order on the session's thread. Only until {@link DeliveryAgent#deliver} returns.
   */
  public void afterReplies(AfterReplies hook) {
    source.afterReplies(hook);
  }

  /**
   * The next piece of the content, as it lies in the server's buffer: read-only, never empty, valid
   * until the next read. Without a copy, and so the fastest way.
   *
   * @return a piece, or an empty buffer when the content has ended
   * @throws ContentAbortedException where it never will
   * @throws IOException where the connection fails
   */
  public ByteBuffer next() throws IOException {
    while (!ended && !piece.hasRemaining()) {
      ByteBuffer next = source.next();
      if (next == null) {
        ended = true;
      } else {
        piece = next;
      }
    }
    ByteBuffer found = piece;
    piece = EMPTY;
    return found;
  }

  /**
   * Writes the rest of the content to a channel.
   *
   * @return how many octets
   * @throws IOException as {@link #next}, and where the channel fails
   */
  public long transferTo(WritableByteChannel target) throws IOException {
    long octets = 0;
    for (ByteBuffer next = next(); next.hasRemaining(); next = next()) {
      octets += next.remaining();
      while (next.hasRemaining()) {
        target.write(next);
      }
    }
    return octets;
  }

  /** The content as a channel; closing it changes nothing. */
  public ReadableByteChannel channel() {
    return new ReadableByteChannel() {
      @Override
      public int read(ByteBuffer target) throws IOException {
        return IncomingMessage.this.read(target);
      }

      @Override
      public boolean isOpen() {
        return true;
      }

      @Override
      public void close() {
        // What is not read is thrown away when the delivery returns.
      }
    };
  }

  /** The content as a stream; closing it changes nothing. */
  public InputStream stream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        return length == 0 ? 0 : IncomingMessage.this.read(ByteBuffer.wrap(target, offset, length));
      }
    };
  }

  /**
   * Receives the rest of the content as a whole, to be read many times; see {@link KeptContent}.
   *
   * @param digests get every octet as it comes
   * @return to be closed by the agent
   * @throws IOException as {@link #next}, and where it cannot be kept; then nothing is left
   */
  public KeptContent keep(MessageDigest... digests) throws IOException {
    return keep(KeptContent.Place.DEFAULT, digests);
  }

  /** As {@link #keep(MessageDigest...)}, in another place. */
  public KeptContent keep(KeptContent.Place place, MessageDigest... digests) throws IOException {
    return KeptContent.of(this, place, digests);
  }

  /**
   * The same message for some of its recipients, for another agent to deliver: with a content that
   * was kept, or one made of it. The recipients are these, so answers go where they belong.
   *
   * @param content valid for as long as the other agent works
   * @param some of this message's recipients
   * @throws IllegalArgumentException where there is none, or one of another message
   */
  public IncomingMessage part(Content content, List<Recipient> some) {
    if (some.isEmpty() || !recipients.containsAll(some)) {
      throw new IllegalArgumentException("not recipients of this message");
    }
    return new IncomingMessage(transaction, some, new PartOfMessage(source, content));
  }

  private int read(ByteBuffer target) throws IOException {
    if (!piece.hasRemaining()) {
      piece = next();
      if (!piece.hasRemaining()) {
        return -1;
      }
    }
    int length = Math.min(piece.remaining(), target.remaining());
    int from = piece.position();
    target.put(target.position(), piece, from, length);
    target.position(target.position() + length);
    piece.position(from + length);
    return length;
  }
}
