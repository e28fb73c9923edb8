package dev.lmtp.server;

import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.session.ServerEvent;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;

/** The README's loop over a session with one's own input and output, as it stands there. */
final class ReadmeOwnIoExample {

  final ByteArrayOutputStream kept = new ByteArrayOutputStream();

  private void keep(ByteBuffer content) {
    byte[] octets = new byte[content.remaining()];
    content.get(octets);
    kept.writeBytes(octets);
  }

  private void forget(ServerEvent event) {
    if (event == ServerEvent.ABORTED) {
      kept.reset();
    }
  }

  private static void reportAll(ServerSession session, Reply reply) {
    int recipients = session.recipients().size();
    for (int i = 0; i < recipients; i++) {
      session.report(i, reply);
    }
  }

  private static void write(WritableByteChannel channel, ByteBuffer output) throws IOException {
    while (output.hasRemaining()) {
      channel.write(output);
    }
  }

  void run(SocketChannel channel) throws IOException {
    // README begins
    ServerSession session = new ServerSession(ServerSettings.of(Protocol.LMTP, "mail.example.org"));
    ByteBuffer in = ByteBuffer.allocate(8_192).limit(0);
    for (ServerEvent event; (event = session.poll(in)) != ServerEvent.CLOSED; ) {
      switch (event) {
        case CONNECTED, HELLO, MAIL, RCPT, COMMAND, CONTENT_START -> session.accept();
        case CONTENT -> keep(session.content());
        case CONTENT_END -> reportAll(session, Reply.of(250, "2.0.0", "Kept"));
        case FLUSH -> write(channel, session.output());
        case NEED_INPUT -> {
          write(channel, session.output());
          if (channel.read(in.clear()) < 0) {
            session.endInput();
          }
          in.flip();
        }
        default -> forget(event);
      }
    }
    write(channel, session.output());
    // README ends
  }
}
