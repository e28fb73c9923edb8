package dev.lmtp.benchmarks;

import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerSettings;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * The least there can be around a session: one thread, one selector, and everything thrown away.
 * What a server costs beyond this is its driver. No agent may block here, and there is no deadline.
 */
final class PlainSelector {

  private static final Reply ACCEPTED = Reply.of(250, "2.0.0", "Ok");

  private final Selector selector = Selector.open();
  private final ByteBuffer in = ByteBuffer.allocate(64 * 1024);
  private final ServerSettings settings = ServerSettings.of(Protocol.LMTP, "plain.example.org");

  private PlainSelector() throws IOException {}

  /** Serves until the process ends. */
  static void serve(Path socket) throws IOException {
    try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(UnixDomainSocketAddress.of(socket), 1_024);
      listening.configureBlocking(false);
      PlainSelector plain = new PlainSelector();
      System.out.println("listening");
      listening.register(plain.selector, SelectionKey.OP_ACCEPT);
      while (true) {
        plain.selector.select(plain::ready);
      }
    }
  }

  private void ready(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        SocketChannel accepted = ((ServerSocketChannel) key.channel()).accept();
        accepted.configureBlocking(false);
        ServerSession session = new ServerSession(settings);
        accepted.register(selector, SelectionKey.OP_READ, session);
        goOn(accepted, session, in.clear().limit(0));
        return;
      }
      SocketChannel channel = (SocketChannel) key.channel();
      ServerSession session = (ServerSession) key.attachment();
      if (channel.read(in.clear()) < 0) {
        session.endInput();
      }
      goOn(channel, session, in.flip());
    } catch (IOException e) {
      key.cancel();
    }
  }

  private static void goOn(SocketChannel channel, ServerSession session, ByteBuffer in)
      throws IOException {
    while (true) {
      switch (session.poll(in)) {
        case NEED_INPUT -> {
          flush(channel, session);
          return;
        }
        case FLUSH -> flush(channel, session);
        case CONTENT_END -> {
          for (int i = 0; i < session.recipients().size(); i++) {
            session.report(i, ACCEPTED);
          }
        }
        case CLOSED -> {
          flush(channel, session);
          channel.close();
          return;
        }
        case CONTENT, VIOLATION, ABORTED -> {}
        default -> session.accept();
      }
    }
  }

  private static void flush(SocketChannel channel, ServerSession session) throws IOException {
    ByteBuffer output = session.output();
    while (output.hasRemaining()) {
      channel.write(output);
    }
  }
}
