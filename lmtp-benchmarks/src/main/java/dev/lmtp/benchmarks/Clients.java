package dev.lmtp.benchmarks;

import com.hubspot.smtp.client.SmtpClientResponse;
import com.hubspot.smtp.client.SmtpSession;
import com.hubspot.smtp.client.SmtpSessionConfig;
import com.hubspot.smtp.client.SmtpSessionFactory;
import com.hubspot.smtp.client.SmtpSessionFactoryConfig;
import com.hubspot.smtp.messages.MessageContent;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.session.ServerSettings;
import io.netty.buffer.Unpooled;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.codec.smtp.DefaultSmtpRequest;
import io.netty.handler.codec.smtp.SmtpCommand;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.commons.net.smtp.SMTPClient;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One message by one open connection, over TCP by SMTP, which is what all of them know; to our
 * server, which throws it away, in the same process.
 */
public class Clients extends Measured {

  private static final Reply OK = Reply.of(250, "2.0.0", "Ok");
  private static final String FROM = "sender@example.org";
  private static final String TO = "user@example.org";

  /** The size of the message in octets. */
  @Param({"1024", "102400"})
  public int size = 1024;

  private LmtpServer server;
  private LmtpConnection ours;
  private SMTPTransport angus;
  private SMTPClient commonsNet;
  private NioEventLoopGroup selector;
  private SmtpSessionFactory hubSpots;
  private SmtpSession hubSpot;
  private byte[] octets = {};
  private MessageSource source;
  private MimeMessage message;
  private String text = "";
  private final Envelope envelope = Envelope.of(FROM, TO);
  private InternetAddress[] to = {};

  /** For JMH. */
  public Clients() {}

  /** Starts the server and connects. */
  @Setup
  public void connect() throws IOException, MessagingException {
    server =
        LmtpServer.builder(mail -> mail.replyAll(OK))
            .settings(ServerSettings.of(Protocol.SMTP, "mail.example.org"))
            .listen("inet:127.0.0.1:0")
            .start();
    int port = ((InetSocketAddress) server.addresses().get(0)).getPort();
    byte[] body = Corpus.BASE64.content(size);
    text = "Subject: one\r\n\r\n" + new String(body, StandardCharsets.US_ASCII);
    octets = text.getBytes(StandardCharsets.US_ASCII);

    ours = LmtpClient.builder("inet:127.0.0.1:" + port).protocol(Protocol.SMTP).build().connect();
    source = MessageSource.of(octets);

    Properties properties = new Properties();
    properties.put("mail.smtp.localhost", "client.example.org");
    Session session = Session.getInstance(properties);
    message = new MimeMessage(session, new ByteArrayInputStream(octets));
    message.setFrom(FROM);
    to = new InternetAddress[] {new InternetAddress(TO)};
    message.saveChanges();
    angus = (SMTPTransport) session.getTransport("smtp");
    angus.connect("127.0.0.1", port, null, null);

    commonsNet = new SMTPClient();
    commonsNet.connect("127.0.0.1", port);
    commonsNet.helo("client.example.org");

    selector = new NioEventLoopGroup(1);
    hubSpots =
        new SmtpSessionFactory(
            SmtpSessionFactoryConfig.builder()
                .eventLoopGroup(selector)
                .executor(SmtpSessionFactoryConfig.DIRECT_EXECUTOR)
                .build());
    hubSpot =
        hubSpots.connect(SmtpSessionConfig.forRemoteAddress("127.0.0.1", port)).join().getSession();
    hubSpot.send(new DefaultSmtpRequest(SmtpCommand.EHLO, "client.example.org")).join();
  }

  /** Ours. */
  @Benchmark
  public boolean ours() throws IOException {
    return ours.deliver(envelope, source).allAccepted();
  }

  /** Angus Mail's transport, a message that was parsed beforehand. */
  @Benchmark
  public void angus() throws MessagingException {
    angus.sendMessage(message, to);
  }

  /** Commons Net's client; the message has to be a string. */
  @Benchmark
  public boolean commonsNet() throws IOException {
    commonsNet.setSender(FROM);
    commonsNet.addRecipient(TO);
    try (Writer data = commonsNet.sendMessageData()) {
      data.write(text);
    }
    return commonsNet.completePendingCommand();
  }

  /** HubSpot's client, its callbacks on its selector's thread; it sends in chunks, as ours does. */
  @Benchmark
  public void hubSpot() {
    SmtpClientResponse response =
        hubSpot.send(FROM, TO, MessageContent.of(Unpooled.wrappedBuffer(octets))).join();
    if (response.containsError()) {
      throw new IllegalStateException(response.toString());
    }
  }

  /** Ends all of it. */
  @TearDown
  public void disconnect() throws IOException, MessagingException {
    ours.close();
    angus.close();
    commonsNet.disconnect();
    hubSpot.close().join();
    hubSpots.close();
    selector.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    server.close();
  }
}
