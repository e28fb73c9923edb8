package dev.lmtp.embedding;

import dev.lmtp.session.ServerEvent;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * Drives a server's session from a Vert.x socket. The application answers each event now or later;
 * until it has, nothing more is read. A piece of content is valid at once only. Deadlines are the
 * server's idle timeout.
 */
final class VertxSession {
  private final ServerSession session;
  private final NetSocket socket;
  private final Function<ServerEvent, Future<?>> application;
  private ByteBuffer in = ByteBuffer.allocate(0);
  private boolean waiting;

  /** Completed when the session is over and the application has been told so. */
  final Promise<Void> ended = Promise.promise();

  VertxSession(
      NetSocket socket, ServerSession session, Function<ServerEvent, Future<?>> application) {
    this.session = session;
    this.socket = socket;
    this.application = application;
    socket.handler(octets -> proceed(ByteBuffer.wrap(octets.getBytes())));
    socket.endHandler(
        end -> {
          session.endInput();
          proceed(in);
        });
    proceed(in);
  }

  private void proceed(ByteBuffer octets) {
    in = octets;
    while (!waiting && session.state() != ServerState.TLS) {
      ServerEvent event = session.poll(in);
      switch (event) {
        case FLUSH -> flush();
        case NEED_INPUT, CLOSED -> {
          flush();
          if (event == ServerEvent.CLOSED) {
            socket.end();
            ended.tryComplete();
          }
          return;
        }
        default -> {
          Future<?> answer = application.apply(event);
          if (!answer.isComplete()) {
            waiting = true;
            socket.pause();
            answer.onFailure(e -> socket.close()).onSuccess(done -> resume());
          }
        }
      }
    }
    flush();
  }

  private void resume() {
    waiting = false;
    proceed(in);
    if (!waiting) {
      socket.resume();
    }
  }

  private void flush() {
    byte[] octets = new byte[session.output().remaining()];
    session.output().get(octets);
    socket.write(Buffer.buffer(octets));
  }
}
