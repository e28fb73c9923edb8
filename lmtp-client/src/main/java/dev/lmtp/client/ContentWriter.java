package dev.lmtp.client;

import dev.lmtp.Extension;
import dev.lmtp.client.LmtpClient.LineEnds;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ClientState;
import dev.lmtp.session.ContentForm;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Sends the content of one delivery block by block, so that its caller can listen in between:
 * behind {@code DATA} through the session's encoder, or as one last chunk. The command of the chunk
 * leaves with its first octets, the final dot with the last ones.
 *
 * <p>Where the content turns out to be unfit, it is not ended: the connection has to be cut, and so
 * nobody gets it.
 */
final class ContentWriter {

  /** So much of a file goes between two looks at what the server says. */
  private static final int RANGE = 1 << 20;

  private static final int FINAL_DOT = ".\r\n".length();

  private final Wire wire;
  private final ClientSession session;
  private final Content content;
  private final LineEnds lineEnds;
  private final ByteBuffer out;

  // Looks for what was not known beforehand; null where all is known.
  private final ContentScan guard;
  private ByteBuffer piece;
  private boolean exhausted;
  private long sent;

  /**
   * A writer that has not begun.
   *
   * @param out an empty buffer of some size for it alone
   */
  ContentWriter(
      Wire wire, ClientSession session, Content content, LineEnds lineEnds, ByteBuffer out) {
    this.wire = wire;
    this.session = session;
    this.content = content;
    this.lineEnds = lineEnds;
    this.out = out;
    this.guard = content.scan().isPresent() ? null : new ContentScan();
  }

  /**
   * Refuses what must not be sent to this server.
   *
   * @throws LmtpException of kind {@link Kind#CONTENT}
   */
  static void check(ContentScan scan, LineEnds lineEnds, ClientSession session, String peer)
      throws LmtpException {
    if (lineEnds == LineEnds.REFUSE && scan.hasBareLineEnd()) {
      throw new LmtpException(
          Kind.CONTENT, peer + ": the content has bare CRs or LFs (RFC 5321 section 2.3.8)");
    }
    if (scan.hasEightBit() && !session.capabilities().offers(Extension.EIGHTBITMIME)) {
      throw new LmtpException(
          Kind.CONTENT,
          peer + ": the content has octets above 127, the server no 8BITMIME (RFC 6152 section 3)");
    }
  }

  /** Begins where the server is ready for the content, in each transaction. */
  void begin(ContentForm form) {
    content.rewind();
    piece = null;
    exhausted = false;
    sent = 0;
    if (form == ContentForm.CHUNKS) {
      session.lastChunk(content.scan().orElseThrow().octets());
    }
  }

  /** Whether there is a next block to send, and a way. */
  boolean isDue() {
    boolean unfinished =
        session.state() == ClientState.CONTENT || session.state() == ClientState.CHUNK;
    return unfinished && wire.isWritable();
  }

  /**
   * Sends the next block. A connection that is lost is the wire's to tell.
   *
   * @throws LmtpException where the content is unfit
   * @throws IOException where it cannot be read
   */
  void sendBlock() throws IOException {
    if (session.state() == ClientState.CONTENT) {
      sendEncoded();
    } else if (sent == 0) {
      sendChunkStart();
    } else {
      sendRange();
    }
  }

  private void sendEncoded() throws IOException {
    out.clear();
    boolean ended = false;
    boolean full = false;
    while (!ended && !full) {
      takePiece();
      if (exhausted) {
        ended = session.endContent(out);
        full = !ended;
      } else {
        full = !session.content(piece, out);
      }
    }
    sent += out.position();
    if (!wire.write(out.flip())) {
      if (ended) {
        session.endNotSent();
      }
    } else if (ended) {
      wire.showContent(sent - FINAL_DOT);
      wire.showFinalDot();
    }
  }

  private void takePiece() throws IOException {
    if (exhausted || (piece != null && piece.hasRemaining())) {
      return;
    }
    piece = content.next();
    exhausted = piece == null;
    if (guard != null) {
      if (exhausted) {
        guard.end();
      } else {
        guard.add(piece);
      }
      check(guard, lineEnds, session, wire.peer());
    }
  }

  private void sendChunkStart() throws IOException {
    ByteBuffer command = session.output();
    wire.showCommands(command);
    out.clear().put(command);
    piece = content.next();
    int first = Math.min(piece.remaining(), out.remaining());
    out.put(piece.limit(piece.position() + first));
    if (wire.write(out.flip())) {
      chunkSent(first);
    }
  }

  private void sendRange() throws IOException {
    int count = (int) Math.min(RANGE, content.scan().orElseThrow().octets() - sent);
    if (content.transfer(wire, sent, count)) {
      chunkSent(count);
    }
  }

  private void chunkSent(int count) {
    session.chunkSent(count);
    sent += count;
    if (session.state() != ClientState.CHUNK) {
      wire.showContent(sent);
    }
  }
}
