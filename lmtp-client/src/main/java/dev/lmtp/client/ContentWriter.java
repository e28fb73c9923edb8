package dev.lmtp.client;

import dev.lmtp.Extension;
import dev.lmtp.client.LmtpClient.LineEnds;
import dev.lmtp.client.LmtpClient.LongLines;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ClientState;
import dev.lmtp.session.ContentForm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * Sends the content of one delivery block by block: behind {@code DATA} through the session's
 * encoder, or in chunks. Before each block it looks whether the server has said something, so that
 * no reply from before the end of the content is taken for one behind it (H54). The command of a
 * chunk leaves with its first octets, the final dot with the last ones, and what ends a content
 * (the whole of a small chunk) is held until it is known whether an envelope can leave with it.
 *
 * <p>What was looked through beforehand is one chunk. A stream goes in chunks only if it has to
 * (BINARYMIME, RFC 3030 §3): a chunk for each block, none before the reply to the one before, and
 * an empty last one.
 *
 * <p>Where the content turns out to be unfit, it is not ended: the connection has to be cut, and so
 * nobody gets it.
 */
final class ContentWriter {

  /** So much of a file goes between two looks at what the server says. */
  private static final int RANGE = 1 << 20;

  /** Likewise, where the whole has a deadline: a block of the transport, which waits for each. */
  private static final int TIMED_RANGE = 1 << 17;

  private static final int FINAL_DOT = ".\r\n".length();

  private final Wire wire;
  private final ClientSession session;
  private final Content content;
  private final LmtpClient client;
  private final ByteBuffer out;
  private final DeliveryListener listener;
  private final OptionalLong total;

  // Looks for what was not known beforehand; null where all is known or anything may be sent.
  private ContentScan guard;
  // None where lines are short as far as is known, or may be long.
  private LineFolder folder;
  private ContentForm form;
  private boolean streamsChunks;
  private ByteBuffer piece;
  private boolean exhausted;
  private long taken;
  private long sent;
  // Octets of the end that wait in out; the session takes them for handed over.
  private int held;

  /**
   * A writer that has not begun.
   *
   * @param out a buffer of some size for it alone
   */
  ContentWriter(
      LmtpClient client,
      Wire wire,
      ClientSession session,
      Content content,
      ByteBuffer out,
      DeliveryListener listener) {
    this.client = client;
    this.wire = wire;
    this.session = session;
    this.content = content;
    this.out = out;
    this.listener = listener;
    this.total =
        content.scan().map(scan -> OptionalLong.of(scan.octets())).orElse(OptionalLong.empty());
  }

  /**
   * Refuses what must not be sent to this server.
   *
   * @throws LmtpException of kind {@link Kind#CONTENT}
   */
  void check(ContentScan scan, ContentForm form) throws LmtpException {
    if (client.lineEnds() == LineEnds.REFUSE && scan.hasBareLineEnd()) {
      throw unfit("bare CRs or LFs (RFC 5321 section 2.3.8)");
    }
    if (scan.hasEightBit() && !session.capabilities().offers(Extension.EIGHTBITMIME)) {
      throw unfit("octets above 127, the server no 8BITMIME (RFC 6152 section 3)");
    }
    if (form == ContentForm.DATA
        && client.longLines() == LongLines.REFUSE
        && scan.longestLine() > LineFolder.LONGEST_LINE) {
      throw unfit("a line of more than 998 octets (RFC 5321 section 4.5.3.1.6)");
    }
  }

  private LmtpException unfit(String what) {
    return new LmtpException(Kind.CONTENT, wire.peer() + ": the content has " + what);
  }

  /** Begins where the server is ready for the content, in each transaction. */
  void begin(ContentForm form) {
    this.form = form;
    content.rewind();
    piece = null;
    exhausted = false;
    taken = 0;
    sent = 0;
    out.clear();
    boolean known = content.scan().isPresent();
    boolean chunks = form == ContentForm.CHUNKS;
    guard = known || chunks ? null : new ContentScan();
    folder = null;
    if (known) {
      foldWhereLong(content.scan().orElseThrow(), 0);
    }
    streamsChunks = chunks && !known;
    if (chunks && known) {
      session.lastChunk(content.scan().orElseThrow().octets());
    }
  }

  /** Whether there is a next block to send, and a way. */
  boolean isDue() {
    boolean unfinished =
        switch (session.state()) {
          case CONTENT, CHUNK -> true;
          case RCPT, CHUNKS -> streamsChunks && session.outstanding() == 0;
          default -> false;
        };
    return unfinished && wire.isWritable();
  }

  /**
   * Sends the next block, or nothing where the server has said something. A connection that is lost
   * is the wire's to tell.
   *
   * @throws LmtpException where the content is unfit
   * @throws IOException where it cannot be read
   */
  void sendBlock() throws IOException {
    if (session.state() == ClientState.CONTENT) {
      sendEncoded();
    } else if (streamsChunks) {
      sendChunk();
    } else if (sent == 0) {
      sendChunkStart();
    } else if (!wire.hears()) {
      sendRange();
    }
  }

  private void sendEncoded() throws IOException {
    boolean full = false;
    while (!exhausted && !full) {
      takePiece();
      full =
          !exhausted && !(folder != null ? folder.encode(piece, out) : session.content(piece, out));
    }
    if (exhausted && session.endContent(out)) {
      held = out.position();
      return;
    }
    // Reading the source may have taken its time.
    if (wire.hears()) {
      return;
    }
    sent += out.position();
    boolean left = wire.write(out.flip());
    out.clear();
    if (left) {
      listener.sent(taken - (piece == null ? 0 : piece.remaining()), total);
    }
  }

  /** How many octets wait to be {@link #release released}, the last ones of the content. */
  int held() {
    return held;
  }

  /**
   * Sends the end of the content, and in the same write what the session has to say behind it.
   *
   * @return whether all of the content left; if not, that has to be taken back from the session.
   *     Where the server has said something nothing was written, and the end can be held again
   */
  boolean release() {
    int end = held;
    held = 0;
    boolean chunk = form == ContentForm.CHUNKS;
    if (wire.hears()) {
      out.position(chunk ? end : end - FINAL_DOT);
      sent = chunk ? 0 : sent;
      return false;
    }
    ByteBuffer commands = session.output();
    boolean joined = commands.remaining() <= out.remaining();
    if (joined) {
      out.put(commands.duplicate());
    }
    wire.write(out.flip());
    boolean left = out.position() >= end;
    out.clear();
    if (left) {
      sent += chunk ? 0 : end;
      wire.showContent(chunk ? sent : sent - FINAL_DOT);
      if (!chunk) {
        wire.showFinalDot();
      }
      if (joined) {
        wire.showCommands(commands);
        commands.position(commands.limit());
      }
      listener.sent(chunk ? sent : taken, total);
    }
    return left;
  }

  private void takePiece() throws IOException {
    if (exhausted || (piece != null && piece.hasRemaining())) {
      return;
    }
    piece = content.next();
    exhausted = piece == null;
    taken += exhausted ? 0 : piece.remaining();
    if (guard != null) {
      long unfinished = guard.unfinishedLine();
      if (exhausted) {
        guard.end();
      } else {
        guard.add(piece);
      }
      check(guard, ContentForm.DATA);
      foldWhereLong(guard, unfinished);
    }
  }

  /** Where a line may be longer than it shows yet, a sequence must not have begun too late. */
  private void foldWhereLong(ContentScan scan, long column) {
    if (folder == null
        && client.longLines() == LongLines.FOLD
        && scan.longestLine() > LineFolder.SAFE) {
      folder = new LineFolder(session::content, (int) column);
    }
  }

  private void sendChunk() throws IOException {
    takePiece();
    if (wire.hears()) {
      return;
    }
    int count = exhausted ? 0 : piece.remaining();
    if (exhausted) {
      session.lastChunk(0);
    } else {
      session.chunk(count);
    }
    ByteBuffer command = session.output();
    wire.showCommands(command);
    boolean left = wire.write(command);
    if (exhausted) {
      streamsChunks = false;
      if (!left) {
        session.endNotSent();
      }
    } else if (left && wire.write(piece)) {
      chunkSent(count);
    }
  }

  private void sendChunkStart() throws IOException {
    if (out.position() == 0) {
      ByteBuffer command = session.output();
      wire.showCommands(command);
      out.put(command);
      piece = content.next();
      taken = Math.min(piece.remaining(), out.remaining());
      out.put(piece.limit(piece.position() + (int) taken));
    }
    if (taken == total.getAsLong()) {
      sent = taken;
      held = out.position();
      session.chunkSent(taken);
    } else if (!wire.hears() && wire.write(out.flip())) {
      chunkSent((int) taken);
    }
  }

  private void sendRange() throws IOException {
    int range = client.deliveryPatience() == null ? RANGE : TIMED_RANGE;
    int count = (int) Math.min(range, content.scan().orElseThrow().octets() - sent);
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
    listener.sent(sent, total);
  }
}
