package consumer;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.MessageSource;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;

/** Runs the README's examples: FOLDER SOCKET. */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Path socket = Path.of(arguments[1]);
    Thread server = new Thread(() -> serve(folder));
    server.start();
    while (!Files.exists(socket)) {
      Thread.sleep(20);
    }
    ReadmeClientExample.run();

    ownIo(folder);
    server.interrupt();
    server.join();
  }

  private static void ownIo(Path folder) throws Exception {
    Path socket = folder.resolve("own.sock");
    ReadmeOwnIoExample example = new ReadmeOwnIoExample();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      FutureTask<Void> serving =
          new FutureTask<>(
              () -> {
                try (SocketChannel accepted = server.accept()) {
                  example.run(accepted);
                }
                return null;
              });
      new Thread(serving).start();
      DeliveryResult result =
          LmtpClient.to("unix:" + socket)
              .deliver(
                  Envelope.of("charles@example.org", "own@example.org"),
                  MessageSource.of(Path.of("message.eml")));
      serving.get();
      if (!result.allAccepted() || example.kept.size() == 0) {
        throw new AssertionError(result);
      }
    }
  }

  private static void serve(Path folder) {
    try {
      new ReadmeAgentExample(folder).run();
    } catch (InterruptedException e) {
      // Enough has been delivered; the server is closed.
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1);
    }
  }
}
