package dev.lmtp.session;

import dev.lmtp.Reply;
import dev.lmtp.codec.ChunkDecoder;
import dev.lmtp.codec.DotDecoder;
import dev.lmtp.codec.Violation;
import java.nio.ByteBuffer;

/**
 * A content on its way in, behind {@code DATA} or in chunks: where its pieces end, how large it has
 * become, and whether it is refused. A refused content is read on to its real end, up to a limit,
 * so that none of it is ever taken for commands. Keeps no reference to the input outside a content.
 */
final class IncomingContent {

  private final ServerSettings settings;
  // Made for the first content: most connections are idle, and there may be many.
  private DotDecoder dots;
  private ChunkDecoder chunk;
  private ByteBuffer piece;
  private Reply refusal;
  private boolean ruleBroken;
  private long octets;
  private long discarded;

  IncomingContent(ServerSettings settings) {
    this.settings = settings;
  }

  /** Begins a content. */
  void start() {
    octets = 0;
    discarded = 0;
    refusal = null;
    ruleBroken = false;
  }

  /** Begins a chunk of the content, or of octets that are refused from the start. */
  void startChunk(long size) {
    if (chunk == null) {
      chunk = new ChunkDecoder();
    }
    chunk.start(size);
  }

  /** Reads on in the content behind {@code DATA}. */
  DotDecoder.Result readData(ByteBuffer in) {
    if (dots == null) {
      dots = new DotDecoder(settings.limits().textLine());
    }
    DotDecoder.Result result = dots.decode(in);
    if (result == DotDecoder.Result.CONTENT) {
      take(dots.content());
    } else if (result == DotDecoder.Result.END && ruleBroken) {
      // Which rule was seen first is a matter of how the octets were cut; the reply is not.
      refuse(broken());
    }
    return result;
  }

  /** Reads on in a chunk; {@code END} is the chunk's. */
  DotDecoder.Result readChunk(ByteBuffer in) {
    ByteBuffer found = chunk.take(in);
    if (found.hasRemaining()) {
      take(found);
      return DotDecoder.Result.CONTENT;
    }
    if (chunk.remaining() > 0) {
      return DotDecoder.Result.NEED_INPUT;
    }
    chunk.release();
    return DotDecoder.Result.END;
  }

  private void take(ByteBuffer found) {
    piece = found;
    octets += found.remaining();
    discarded += refusal != null ? found.remaining() : 0;
  }

  /** The rule that a content broke which is not refused yet; {@code null} where none. */
  Violation violation() {
    return refusal != null ? null : broken();
  }

  private Violation broken() {
    if (dots != null && dots.sawBareLineEnd() && settings.bareLineEnds() == BareLineEnds.REJECT) {
      return Violation.BARE_LINE_END;
    }
    if (dots != null && dots.sawLongLine()) {
      return Violation.TEXT_LINE_TOO_LONG;
    }
    return isRoomFor(0) ? null : Violation.MESSAGE_TOO_BIG;
  }

  /** Whether so many more octets keep within the limit for a message. */
  boolean isRoomFor(long more) {
    return more <= settings.limits().message() - octets;
  }

  /** Whether more of a refused content came than is read to stay in frame. */
  boolean isEndless() {
    return discarded > settings.limits().discardedContent();
  }

  void refuse(Reply reply) {
    refusal = reply;
  }

  /** Refuses it for what is wrong with it. */
  void refuse(Violation wrong) {
    ruleBroken = true;
    refuse(wrong.reply().orElseThrow());
  }

  boolean isRefused() {
    return refusal != null;
  }

  /** The reply it was refused with, or {@code null}. */
  Reply refusal() {
    return refusal;
  }

  /** The piece found last, or {@code null}. */
  ByteBuffer piece() {
    return piece;
  }

  long octets() {
    return octets;
  }

  /** The content is over, one way or the other. How large it was is known until the next. */
  void end() {
    piece = null;
    refusal = null;
    if (dots != null) {
      dots.reset();
    }
    if (chunk != null) {
      chunk.release();
    }
  }
}
