package dev.lmtp.server;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.List;

/** A message for some of its recipients: another content, and else what the whole message says. */
record PartOfMessage(IncomingMessage.Source whole, ReadableByteChannel content, ByteBuffer block)
    implements IncomingMessage.Source {

  private static final int BLOCK = 65_536;

  PartOfMessage(IncomingMessage.Source whole, Content content) {
    this(
        whole,
        content.channel(),
        ByteBuffer.allocate((int) Math.min(BLOCK, Math.max(1, content.size()))));
  }

  @Override
  public ByteBuffer next() throws IOException {
    return content.read(block.clear()) < 0 ? null : block.flip().asReadOnlyBuffer();
  }

  @Override
  public void awaitAnswers(List<Recipient> some) throws InterruptedIOException {
    whole.awaitAnswers(some);
  }

  @Override
  public Duration timeLeft() {
    return whole.timeLeft();
  }

  @Override
  public boolean isPeerGone() {
    return whole.isPeerGone();
  }

  @Override
  public void whenPeerGone(Runnable action) {
    whole.whenPeerGone(action);
  }

  @Override
  public void afterReplies(AfterReplies hook) {
    whole.afterReplies(hook);
  }
}
