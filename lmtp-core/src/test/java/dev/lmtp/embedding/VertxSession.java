package dev.lmtp.embedding;

import dev.lmtp.session.ServerEvent;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerState;
import io.vertx.core.Future;
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

  private VertxSession(
      ServerSession session, NetSocket socket, Function<ServerEvent, Future<?>> application) {
    this.session = session;
    this.socket = socket;
    this.application = application;
  }

  static void start(
      NetSocket socket, ServerSession session, Function<ServerEvent, Future<?>> application) {
    VertxSession driver = new VertxSession(session, socket, application);
    socket.handler(driver::take).endHandler(end -> driver.end());
    driver.proceed();
  }

  private void take(Buffer received) {
    in = ByteBuffer.wrap(received.getBytes());
    proceed();
  }

  private void end() {
    session.endInput();
    proceed();
  }

  private void proceed() {
    while (!waiting && session.state() != ServerState.TLS) {
      ServerEvent event = session.poll(in);
      switch (event) {
        case NEED_INPUT -> {
          flush();
          return;
        }
        case FLUSH -> flush();
        case CLOSED -> {
          flush();
          socket.end();
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
    proceed();
    if (!waiting) {
      socket.resume();
    }
  }

  private void flush() {
    ByteBuffer output = session.output();
    if (output.hasRemaining()) {
      byte[] octets = new byte[output.remaining()];
      output.get(octets);
      socket.write(Buffer.buffer(octets));
    }
  }
}
