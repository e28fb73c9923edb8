package dev.lmtp.client;

import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.session.ClientSession;
import java.net.SocketTimeoutException;

/** Replies to commands that are sent one by one, outside of deliveries. */
record Replies(ClientSession session, Wire wire, Protocol protocol) {

  LmtpException refused(Kind kind, String what, Reply reply) {
    return new LmtpException(kind, wire.peer() + " " + what, reply);
  }

  /** Waits for the reply to the one command that was sent. */
  Reply next() throws LmtpException {
    while (true) {
      switch (session.poll(wire.in())) {
        case NEED_INPUT -> {
          if (!wire.exchange(session.patience())) {
            boolean late = wire.failure() instanceof SocketTimeoutException;
            throw new LmtpException(
                late ? Kind.TIMEOUT : Kind.CONNECT,
                wire.peer() + ": " + wire.failure().getMessage(),
                wire.failure());
          }
        }
        case VIOLATION -> throw violation();
        default -> {
          Reply reply = session.reply();
          requireNoMore();
          return reply;
        }
      }
    }
  }

  /** A reply nobody asked for yet would be taken for that to the next command. */
  private void requireNoMore() throws LmtpException {
    if (wire.in().hasRemaining()) {
      switch (session.poll(wire.in())) {
        case VIOLATION -> throw violation();
        case CLOSED ->
            throw refused(
                Kind.REFUSED, "closes the connection", session.closingReply().orElseThrow());
        default -> {}
      }
    }
  }

  private LmtpException violation() {
    return new LmtpException(
        Kind.PROTOCOL,
        wire.peer()
            + " does not speak "
            + protocol
            + ": "
            + session.violation()
            + " ("
            + session.violation().section()
            + ")");
  }
}
