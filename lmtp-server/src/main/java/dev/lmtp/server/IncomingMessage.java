package dev.lmtp.server;

import dev.lmtp.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/**
 * A message on its way in: who sends it, whom it is for, and its content as it arrives. Nothing of
 * the content is held in memory; whoever reads slowly slows the peer.
 *
 * <p>The content is read once, by {@link #next}, {@link #transferTo}, {@link #channel} or {@link
 * #stream}, which all draw from the same source; by one thread at a time, and only until {@link
 * DeliveryAgent#deliver} returns. Its lines end in CR LF and its dots are taken out. The end of the
 * content is the real one: where the peer broke off, or sent what must not be taken, reading throws
 * a {@link ContentAbortedException}, and then whatever was stored is to be thrown away.
 */
public final class IncomingMessage {

  /** Where the content comes from. */
  interface Content {
    /** The next piece, or {@code null} at the end. */
    ByteBuffer next() throws IOException;
  }

  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final Transaction transaction;
  private final List<Recipient> recipients;
  private final Content content;
  private ByteBuffer piece = EMPTY;
  private boolean ended;

  IncomingMessage(Transaction transaction, List<Recipient> recipients, Content content) {
    this.transaction = transaction;
    this.recipients = List.copyOf(recipients);
    this.content = content;
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
    for (Recipient recipient : recipients) {
      recipient.reply(reply);
    }
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
      ByteBuffer next = content.next();
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
