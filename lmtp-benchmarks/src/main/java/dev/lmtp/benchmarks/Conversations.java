package dev.lmtp.benchmarks;

import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.session.ClientEvent;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ClientSettings;
import dev.lmtp.session.ContentForm;
import dev.lmtp.session.Delivery;
import dev.lmtp.session.DeliveryEvent;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerSettings;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One whole transaction in memory: a message of 10 KiB to so many recipients, by either side. */
public class Conversations extends Measured {

  private static final int SIZE = 10 * 1024;
  private static final Reply OK = Reply.of(250, "2.0.0", "Ok");

  /** How many recipients. */
  @Param({"1", "50"})
  public int recipients = 1;

  private final ServerSession server =
      new ServerSession(ServerSettings.of(Protocol.LMTP, "mail.example.org"));
  private final ClientSession client =
      new ClientSession(ClientSettings.of(Protocol.LMTP, "client.example.org"));
  private final ByteBuffer target = ByteBuffer.allocate(2 * SIZE);
  private byte[] transaction = {};
  private ByteBuffer content = ByteBuffer.allocate(0);
  private ByteBuffer recipientReplies = ByteBuffer.allocate(0);
  private ByteBuffer finalReplies = ByteBuffer.allocate(0);
  private Envelope envelope = Envelope.of("s@example.org", "r@example.org");

  /** For JMH. */
  public Conversations() {}

  /** Writes down what either side gets, and brings both behind their hello. */
  @Setup
  public void make() {
    StringBuilder commands = new StringBuilder("MAIL FROM:<sender@example.org> SIZE=10240\r\n");
    String[] names = new String[recipients];
    for (int i = 0; i < recipients; i++) {
      names[i] = "user" + i + "@example.org";
      commands.append("RCPT TO:<").append(names[i]).append(">\r\n");
    }
    commands.append("DATA\r\n");
    envelope = Envelope.of("sender@example.org", names);
    content = ByteBuffer.wrap(Corpus.BASE64.content(SIZE));
    transaction =
        (commands + new String(Corpus.BASE64.wire(SIZE), StandardCharsets.US_ASCII))
            .getBytes(StandardCharsets.US_ASCII);
    recipientReplies =
        octets("250 2.1.0 Ok\r\n" + "250 2.1.5 Ok\r\n".repeat(recipients) + "354 Go\r\n");
    finalReplies = octets("250 2.0.0 Ok\r\n".repeat(recipients));

    drive(octets("LHLO client.example.org\r\n"));
    ByteBuffer greeting = octets("220 mail.example.org\r\n");
    while (client.poll(greeting) != ClientEvent.NEED_INPUT) {}
    client.hello();
    client.output().position(client.output().limit());
    ByteBuffer hello = octets("250-mail.example.org\r\n250-PIPELINING\r\n250 SIZE\r\n");
    while (client.poll(hello) != ClientEvent.NEED_INPUT) {}
  }

  private static ByteBuffer octets(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Our server's session takes it: commands, content, a reply for each recipient. */
  @Benchmark
  public long server() {
    return drive(ByteBuffer.wrap(transaction));
  }

  private long drive(ByteBuffer in) {
    long octets = 0;
    while (true) {
      switch (server.poll(in)) {
        case NEED_INPUT -> {
          ByteBuffer out = server.output();
          out.position(out.limit());
          return octets;
        }
        case CONTENT -> octets += server.content().remaining();
        case CONTENT_END -> {
          for (int i = 0; i < server.recipients().size(); i++) {
            server.report(i, OK);
          }
        }
        case FLUSH -> server.output().position(server.output().limit());
        default -> server.accept();
      }
    }
  }

  /** Our client's session sends it, and sorts the replies. */
  @Benchmark
  public boolean client() {
    Delivery delivery = new Delivery(client, envelope, ContentForm.DATA);
    ByteBuffer in = ByteBuffer.allocate(0);
    boolean asked = false;
    while (true) {
      DeliveryEvent event = delivery.poll(in);
      switch (event) {
        case NEED_INPUT -> {
          client.output().position(client.output().limit());
          in = asked ? finalReplies.rewind() : recipientReplies.rewind();
          asked = true;
        }
        case CONTENT -> {
          client.content(content.rewind(), target.clear());
          client.endContent(target);
        }
        case RECIPIENT -> {}
        default -> {
          return delivery.result().allAccepted();
        }
      }
    }
  }

  /** The baseline: a server of lines and strings that checks next to nothing. */
  @Benchmark
  public int naive() throws IOException {
    int replies = 0;
    List<String> to = new ArrayList<>();
    StringBuilder message = new StringBuilder();
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new ByteArrayInputStream(transaction), StandardCharsets.ISO_8859_1));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String verb = line.split(" ")[0].toUpperCase(Locale.ROOT);
      if (verb.equals("RCPT")) {
        to.add(line.substring(line.indexOf('<') + 1, line.lastIndexOf('>')));
      } else if (verb.equals("DATA")) {
        for (line = in.readLine(); !line.equals("."); line = in.readLine()) {
          message.append(line.startsWith(".") ? line.substring(1) : line).append("\r\n");
        }
        replies += to.size();
      }
      replies += "250 Ok\r\n".getBytes(StandardCharsets.US_ASCII).length;
    }
    return replies + message.length();
  }
}
