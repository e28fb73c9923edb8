package dev.lmtp.benchmarks;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.session.ServerSettings;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.james.protocols.netty.NettyServer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.subethamail.smtp.helper.SimpleMessageListener;
import org.subethamail.smtp.helper.SimpleMessageListenerAdapter;
import org.subethamail.smtp.server.SMTPServer;

/**
 * One message by one open connection of our client, in the same process, to a server that reads it
 * and throws it away.
 */
public class Servers extends Measured {

  /** Who takes it. James is the only other one that speaks LMTP, and nobody else Unix sockets. */
  public enum Server {
    /** Ours, by SMTP over TCP, which is what all of them know. */
    OURS,
    /** Ours, by LMTP over TCP. */
    OURS_LMTP,
    /** Ours, by LMTP over a Unix-domain socket. */
    OURS_UNIX,
    /** Ours, by LMTP within the process. */
    OURS_MEMORY,
    /** SubEthaSMTP. */
    SUB_ETHA,
    /** Apache James, by SMTP. */
    JAMES,
    /** Apache James, by LMTP. */
    JAMES_LMTP;

    Protocol protocol() {
      return switch (this) {
        case OURS, SUB_ETHA, JAMES -> Protocol.SMTP;
        default -> Protocol.LMTP;
      };
    }
  }

  private static final Reply OK = Reply.of(250, "2.0.0", "Ok");

  /** Who takes it. */
  @Param public Server server = Server.OURS;

  /** The size of the message in octets. */
  @Param({"1024", "102400"})
  public int size = 1024;

  private final Envelope envelope = Envelope.of("sender@example.org", "user@example.org");
  private MessageSource message;
  private LmtpConnection connection;
  private Closeable running;

  /** For JMH. */
  public Servers() {}

  /** Starts the server and connects. */
  @Setup
  public void connect() throws Exception {
    message = MessageSource.of(Corpus.BASE64.content(size));
    SocketAddress address =
        switch (server) {
          case OURS, OURS_LMTP -> ours("inet:127.0.0.1:0");
          case OURS_UNIX -> oursUnix();
          case OURS_MEMORY -> ours("memory:benchmark");
          case SUB_ETHA -> subEtha();
          case JAMES, JAMES_LMTP -> james();
        };
    connection = LmtpClient.builder(address).protocol(server.protocol()).build().connect();
  }

  private SocketAddress ours(String address) throws IOException {
    LmtpServer ours =
        LmtpServer.builder(
                mail -> {
                  while (mail.next().hasRemaining()) {}
                  mail.replyAll(OK);
                })
            .settings(ServerSettings.of(server.protocol(), "mail.example.org"))
            .listen(address)
            .start();
    running = ours;
    return ours.addresses().get(0);
  }

  private SocketAddress oursUnix() throws IOException {
    Path folder = Files.createTempDirectory("lmtp-benchmarks");
    SocketAddress address = ours("unix:" + folder.resolve("socket"));
    Closeable ours = running;
    running =
        () -> {
          ours.close();
          Files.deleteIfExists(folder.resolve("socket"));
          Files.delete(folder);
        };
    return address;
  }

  private SocketAddress subEtha() throws IOException {
    SMTPServer subEtha = new SMTPServer(new SimpleMessageListenerAdapter(new Reader()));
    subEtha.setBindAddress(InetAddress.getLoopbackAddress());
    try (ServerSocket any = new ServerSocket(0)) {
      subEtha.setPort(any.getLocalPort());
    }
    subEtha.start();
    running = subEtha::stop;
    return new InetSocketAddress(subEtha.getBindAddress(), subEtha.getPort());
  }

  private SocketAddress james() throws Exception {
    NettyServer james = James.start(server.protocol());
    running = james::unbind;
    return james.getListenAddresses().get(0);
  }

  /** Reads what SubEthaSMTP hands over. */
  private static final class Reader implements SimpleMessageListener {
    private final byte[] block = new byte[8 * 1024];

    @Override
    public boolean accept(String from, String recipient) {
      return true;
    }

    @Override
    public void deliver(String from, String recipient, InputStream data) {
      try {
        while (data.read(block) >= 0) {}
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** One message. */
  @Benchmark
  public void deliver() throws IOException {
    DeliveryResult result = connection.deliver(envelope, message);
    if (!result.allAccepted()) {
      throw new IllegalStateException("not accepted: " + result);
    }
  }

  /** Ends all of it. */
  @TearDown
  public void disconnect() throws IOException {
    connection.close();
    running.close();
  }
}
