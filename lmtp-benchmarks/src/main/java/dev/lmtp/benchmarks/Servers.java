package dev.lmtp.benchmarks;

import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.io.Endpoint;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.session.ServerSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.subethamail.smtp.helper.SimpleMessageListener;
import org.subethamail.smtp.helper.SimpleMessageListenerAdapter;
import org.subethamail.smtp.server.SMTPServer;

/**
 * One message by one open connection of our client, in the same process, to servers that read it
 * and throw it away.
 */
public class Servers extends Measured {

  private static final Reply OK = Reply.of(250, "2.0.0", "Ok");

  /** The size of the message in octets. */
  @Param({"1024", "102400"})
  public int size = 1024;

  private final Envelope envelope = Envelope.of("sender@example.org", "user@example.org");
  private MessageSource message;
  private Path socket;
  private LmtpServer ours;
  private SMTPServer subEtha;
  private LmtpConnection tcp;
  private LmtpConnection unix;
  private LmtpConnection memory;
  private LmtpConnection toSubEtha;

  /** For JMH. */
  public Servers() {}

  /** Starts the servers and connects. */
  @Setup
  public void connect() throws IOException {
    message = MessageSource.of(Corpus.BASE64.content(size));
    socket = Files.createTempDirectory("lmtp-benchmarks").resolve("socket");
    ours =
        LmtpServer.builder(
                mail -> {
                  while (mail.next().hasRemaining()) {}
                  mail.replyAll(OK);
                })
            .settings(ServerSettings.of(Protocol.SMTP, "mail.example.org"))
            .listen("inet:127.0.0.1:0")
            .listen("unix:" + socket)
            .listen("memory:benchmark")
            .start();
    tcp = connect(ours.addresses().get(0));
    unix = connect(ours.addresses().get(1));
    memory = connect(ours.addresses().get(2));
    subEtha = new SMTPServer(new SimpleMessageListenerAdapter(new Reader()));
    subEtha.setBindAddress(InetAddress.getLoopbackAddress());
    subEtha.setPort(freePort());
    subEtha.start();
    toSubEtha = connect(Endpoint.parse("inet:127.0.0.1:" + subEtha.getPort()));
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0)) {
      return any.getLocalPort();
    }
  }

  private static LmtpConnection connect(SocketAddress server) throws IOException {
    return LmtpClient.builder(server).protocol(Protocol.SMTP).build().connect();
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

  /** Ours over TCP. */
  @Benchmark
  public boolean ours() throws IOException {
    return tcp.deliver(envelope, message).allAccepted();
  }

  /** Ours over a Unix-domain socket. */
  @Benchmark
  public boolean oursUnix() throws IOException {
    return unix.deliver(envelope, message).allAccepted();
  }

  /** Ours within the process. */
  @Benchmark
  public boolean oursMemory() throws IOException {
    return memory.deliver(envelope, message).allAccepted();
  }

  /** SubEthaSMTP, over TCP. */
  @Benchmark
  public boolean subEtha() throws IOException {
    return toSubEtha.deliver(envelope, message).allAccepted();
  }

  /** Ends all of it. */
  @TearDown
  public void disconnect() throws IOException {
    tcp.close();
    unix.close();
    memory.close();
    toSubEtha.close();
    ours.close();
    subEtha.stop();
    Files.deleteIfExists(socket);
    Files.delete(socket.getParent());
  }
}
