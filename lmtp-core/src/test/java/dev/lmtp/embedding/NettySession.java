package dev.lmtp.embedding;

import dev.lmtp.Reply;
import dev.lmtp.session.ServerEvent;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerState;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Drives a server's session from a Netty channel. The application answers each event now or later;
 * until it has, nothing more is read. A piece of content is valid at once only. Deadlines are a
 * {@code ReadTimeoutHandler} before this.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a connection that is lost ends the input
final class NettySession extends ByteToMessageDecoder {
  private final ServerSession session;
  private final Function<ServerEvent, CompletionStage<?>> application;
  private boolean waiting;

  NettySession(ServerSession session, Function<ServerEvent, CompletionStage<?>> application) {
    this.session = session;
    this.application = application;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    proceed(context, Unpooled.EMPTY_BUFFER);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    proceed(context, in);
  }

  @Override
  protected void decodeLast(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    session.endInput();
    proceed(context, in);
  }

  private void proceed(ChannelHandlerContext context, ByteBuf buffer) {
    while (!waiting && session.state() != ServerState.TLS) {
      ByteBuffer in = buffer.nioBuffer();
      ServerEvent event = session.poll(in);
      buffer.skipBytes(in.position());
      switch (event) {
        case FLUSH -> flush(context);
        case NEED_INPUT, CLOSED -> {
          flush(context);
          if (event == ServerEvent.CLOSED) {
            context.close();
          }
          return;
        }
        default -> ask(context, event);
      }
    }
    flush(context);
  }

  private void ask(ChannelHandlerContext context, ServerEvent event) {
    CompletionStage<?> answer = application.apply(event);
    waiting = !answer.toCompletableFuture().isDone();
    if (waiting) {
      context.channel().config().setAutoRead(false);
      answer.whenCompleteAsync((done, e) -> goOn(context, e), context.executor());
    }
  }

  private void goOn(ChannelHandlerContext context, Throwable failure) {
    if (failure != null) {
      session.close(Reply.of(421, "4.3.0", "Internal error, closing"));
    }
    waiting = false;
    context.channel().config().setAutoRead(true);
    proceed(context, internalBuffer());
  }

  private void flush(ChannelHandlerContext context) {
    context.writeAndFlush(Unpooled.buffer().writeBytes(session.output()));
  }
}
