package dev.lmtp.benchmarks;

import dev.lmtp.Reply;
import dev.lmtp.client.ClientTls;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.server.ServerTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collections;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One connection over TCP from its connect to its {@code QUIT}, with TLS from the first octet on
 * and no message; to our server, in the same process.
 */
public class Handshakes extends Measured {

  /** How the two come to their keys. */
  public enum Kind {
    /** By certificate and signature, each time. */
    FULL,
    /** By the session of the connection before. */
    RESUMED
  }

  private static final Reply OK = Reply.of(250, "2.0.0", "Ok");

  /** Which handshake. */
  @Param public Kind kind = Kind.FULL;

  private SSLContext context;
  private LmtpServer server;
  private LmtpClient client;
  private int port;

  /** For JMH. */
  public Handshakes() {}

  /** Starts the server. */
  @Setup
  public void listen() throws Exception {
    context = Certificate.context();
    server =
        LmtpServer.builder(mail -> mail.replyAll(OK))
            .listen("inet:127.0.0.1:0")
            .tls(ServerTls.of(context, ServerTls.Use.IMPLICIT))
            .start();
    port = ((InetSocketAddress) server.addresses().get(0)).getPort();
    client =
        LmtpClient.builder("inet:127.0.0.1:" + port)
            .tls(
                ClientTls.of(ClientTls.Use.IMPLICIT)
                    .withContext(context)
                    .withServerName(Certificate.NAME))
            .build();
  }

  /** Ours. */
  @Benchmark
  public void ours() throws IOException {
    forget();
    client.connect().close();
  }

  /** The baseline: a TLS socket of the JDK with streams, to the same server. */
  @Benchmark
  public void sslSockets() throws IOException {
    forget();
    new TlsStreams(context, port).close();
  }

  private void forget() {
    if (kind == Kind.FULL) {
      SSLSessionContext sessions = context.getClientSessionContext();
      for (byte[] id : Collections.list(sessions.getIds())) {
        SSLSession session = sessions.getSession(id);
        // The cache itself forgets as well.
        if (session != null) {
          session.invalidate();
        }
      }
    }
  }

  /** Ends it. */
  @TearDown
  public void close() {
    server.close();
  }
}
