package dev.lmtp.client.interop;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpClient.LongLines;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.testing.peer.Wiretap;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** Our client in this process, with a wiretap between it and another's server. */
final class TappedClient implements AutoCloseable {
  private final Wiretap wiretap;
  private final LmtpConnection connection;

  private TappedClient(Wiretap wiretap, LmtpConnection connection) {
    this.wiretap = wiretap;
    this.connection = connection;
  }

  /** Connects; the tap listens at a Unix-domain socket in that directory. */
  static TappedClient connect(Path home, SocketAddress server, Protocol protocol)
      throws IOException, InterruptedException {
    return connect(home, server, protocol, builder -> builder);
  }

  static TappedClient connect(
      Path home,
      SocketAddress server,
      Protocol protocol,
      UnaryOperator<LmtpClient.Builder> configuration)
      throws IOException, InterruptedException {
    Wiretap wiretap = Wiretap.open(UnixDomainSocketAddress.of(home.resolve("tap")), server);
    LmtpClient.Builder builder =
        LmtpClient.builder(wiretap.address())
            .protocol(protocol)
            // What arrives is compared octet by octet.
            .longLines(LongLines.SEND)
            .helloName("client.example.org");
    boolean connected = false;
    try {
      TappedClient client =
          new TappedClient(wiretap, configuration.apply(builder).build().connect());
      connected = true;
      return client;
    } finally {
      if (!connected) {
        wiretap.close();
      }
    }
  }

  LmtpConnection connection() {
    return connection;
  }

  /** Delivers a message, a char for an octet; each outcome as {@code ACCEPTED FINAL 250 2.0.0}. */
  List<String> deliver(Envelope envelope, String message) throws IOException {
    MessageSource source = MessageSource.of(message.getBytes(StandardCharsets.ISO_8859_1));
    DeliveryResult result = connection.deliver(envelope, source);
    return result.recipients().stream().map(TappedClient::text).toList();
  }

  private static String text(RecipientResult result) {
    String reply =
        result
            .reply()
            .map(r -> " " + r.code() + r.enhanced().map(status -> " " + status).orElse(""))
            .orElse("");
    return result.outcome() + " " + result.stage() + reply;
  }

  /** What the client has said so far; an octet is a char. */
  String commands() {
    return String.join("", wiretap.commands());
  }

  /** The dialogue so far, to be shown where a test fails. */
  String dialogue() {
    return String.join("", wiretap.dialogues());
  }

  @Override
  public void close() throws IOException, InterruptedException {
    connection.close();
    wiretap.close();
  }
}
