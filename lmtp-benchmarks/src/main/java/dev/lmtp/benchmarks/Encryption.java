package dev.lmtp.benchmarks;

import dev.lmtp.Envelope;
import dev.lmtp.Reply;
import dev.lmtp.client.ClientTls;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.server.ServerTls;
import java.io.IOException;
import javax.net.ssl.SSLContext;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One message by one open connection over TCP, both sides in the same process: by TLS, without, and
 * by the JDK's own TLS sockets with streams on either side.
 */
public class Encryption extends Measured {

  private static final Reply OK = Reply.of(250, "2.0.0", "Ok");

  /** The size of the message in octets. */
  @Param({"1024", "102400"})
  public int size = 1024;

  private final Envelope envelope = Envelope.of("sender@example.org", "user@example.org");
  private byte[] content = {};
  private MessageSource message;
  private LmtpServer server;
  private LmtpServer tlsServer;
  private LmtpConnection plain;
  private LmtpConnection tls;
  private TlsStreams.Server naiveServer;
  private TlsStreams naive;

  /** For JMH. */
  public Encryption() {}

  /** Starts the servers and connects. */
  @Setup
  public void connect() throws Exception {
    SSLContext context = Certificate.context();
    content = Corpus.BASE64.content(size);
    message = MessageSource.of(content);
    server = listening().start();
    tlsServer = listening().tls(ServerTls.of(context, ServerTls.Use.IMPLICIT)).start();
    plain = LmtpClient.builder(server.addresses().get(0)).build().connect();
    tls =
        LmtpClient.builder(tlsServer.addresses().get(0))
            .tls(
                ClientTls.of(ClientTls.Use.IMPLICIT)
                    .withContext(context)
                    .withServerName(Certificate.NAME))
            .build()
            .connect();
    naiveServer = new TlsStreams.Server(context);
    naive = new TlsStreams(context, naiveServer.port());
  }

  private static LmtpServer.Builder listening() {
    return LmtpServer.builder(mail -> mail.replyAll(OK)).listen("inet:127.0.0.1:0");
  }

  /** Ours without TLS. */
  @Benchmark
  public boolean plain() throws IOException {
    return plain.deliver(envelope, message).allAccepted();
  }

  /** Ours by TLS. */
  @Benchmark
  public boolean tls() throws IOException {
    return tls.deliver(envelope, message).allAccepted();
  }

  /** The baseline: buffered streams of TLS sockets, line by line. */
  @Benchmark
  public void sslSockets() throws IOException {
    naive.deliver(content);
  }

  /** Ends all of it. */
  @TearDown
  public void disconnect() throws IOException {
    plain.close();
    tls.close();
    naive.close();
    server.close();
    tlsServer.close();
    naiveServer.close();
  }
}
