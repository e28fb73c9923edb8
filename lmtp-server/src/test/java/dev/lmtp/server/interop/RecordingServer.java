package dev.lmtp.server.interop;

import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.io.Endpoint;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.IncomingMessage;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.server.Peer;
import dev.lmtp.server.Privilege;
import dev.lmtp.server.Recipient;
import dev.lmtp.server.Transaction;
import dev.lmtp.server.TrustPolicy;
import dev.lmtp.session.Offer;
import dev.lmtp.session.ServerSettings;
import dev.lmtp.testing.LocalPartAgent;
import dev.lmtp.testing.peer.Await;
import dev.lmtp.testing.peer.Wiretap;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Our server in this process, behind a wiretap, with an agent that keeps what it is given. What it
 * answers is a matter of {@link LocalPartAgent}; it knows a list, {@code staff}, and has a help
 * text.
 */
final class RecordingServer implements AutoCloseable {
  /** All but REQUIRETLS, which is for TLS only. */
  private static final Offer EVERYTHING =
      Offer.DEFAULT
          .with(Extension.SMTPUTF8)
          .with(Extension.BINARYMIME)
          .with(Extension.DSN)
          .with("DELIVERBY", "60")
          .with("FUTURERELEASE", "86400 2040-01-01T00:00:00Z")
          .with("MT-PRIORITY", "MIXER")
          .with(Extension.RRVS)
          .with(Extension.LIMITS)
          .with("NO-SOLICITING", "net.example:ADV")
          .with(Extension.MTRK);

  private final LmtpServer server;
  private final Wiretap wiretap;
  private final List<Received> received = new CopyOnWriteArrayList<>();

  private RecordingServer(Path home, SocketAddress at, ServerSettings settings, TrustPolicy trust)
      throws IOException {
    Path socket = home.resolve("inner");
    server =
        LmtpServer.builder(new RecordingAgent())
            .listen(UnixDomainSocketAddress.of(socket))
            .settings(settings)
            .trust(trust)
            .start();
    wiretap = Wiretap.open(at, server.addresses().get(0));
  }

  /** A message that arrived whole; an octet of the content is a char. */
  record Received(
      Peer peer,
      ReversePath from,
      Parameters parameters,
      List<Envelope.Recipient> to,
      String content) {

    /** The recipients, each as {@code <path> PARAMETERS}. */
    List<String> recipients() {
      return to.stream().map(r -> (r.path() + " " + r.parameters()).strip()).toList();
    }
  }

  /** Starts a server that listens at {@code unix:PATH} or {@code inet:HOST:PORT}. */
  static RecordingServer start(Path home, String at, ServerSettings settings) throws IOException {
    return new RecordingServer(home, Endpoint.parse(at), settings, TrustPolicy.LOCAL);
  }

  /** Starts a server to which whoever connects is a front-end that may do this. */
  static RecordingServer start(
      Path home, String at, ServerSettings settings, Set<Privilege> privileges) throws IOException {
    TrustPolicy trust = TrustPolicy.LOCAL.trusting("unix", privileges);
    return new RecordingServer(home, Endpoint.parse(at), settings, trust);
  }

  /** The settings of a server that offers whatever another's client may use. */
  static ServerSettings settings(Protocol protocol) {
    return ServerSettings.of(protocol, "mx.example.org").withOffer(EVERYTHING);
  }

  /** Where it listens, in Postfix's spelling. */
  String address() {
    return Endpoint.format(wiretap.address());
  }

  Wiretap wiretap() {
    return wiretap;
  }

  /** The messages so far. */
  List<Received> received() {
    return received;
  }

  /** Waits for so many messages. */
  List<Received> await(int messages) throws IOException, InterruptedException {
    return Await.answer(
        messages + " messages",
        () -> received.size() >= messages ? Optional.of(List.copyOf(received)) : Optional.empty(),
        () -> String.join("\n", wiretap.dialogues()));
  }

  /** What the clients said in all connections. */
  String commands() {
    return String.join("", wiretap.commands());
  }

  @Override
  public void close() throws IOException, InterruptedException {
    wiretap.close();
    server.close();
  }

  private final class RecordingAgent implements DeliveryAgent {
    @Override
    public Reply sender(Transaction transaction) {
      return LocalPartAgent.sender(transaction.reversePath()).orElse(SENDER_OK);
    }

    @Override
    public Reply recipient(Transaction transaction, ForwardPath path, Parameters parameters) {
      return LocalPartAgent.recipient(path).orElse(RECIPIENT_OK);
    }

    @Override
    public Optional<Reply> command(Peer peer, String name, String argument) {
      return Optional.ofNullable(
          switch (name + " " + argument) {
            case "VRFY ann" -> Reply.of(250, "2.1.5", "Ann <ann@example.org>");
            case "VRFY unknown" -> Reply.of(550, "5.1.1", "No such user");
            case "EXPN staff" -> Reply.of(250, "2.1.5", "<ann@example.org>");
            case "HELP " -> Reply.of(214, "2.0.0", "Ask ann");
            default -> null;
          });
    }

    @Override
    public void deliver(IncomingMessage message) throws IOException {
      String content = new String(message.stream().readAllBytes(), StandardCharsets.ISO_8859_1);
      Transaction transaction = message.transaction();
      received.add(
          new Received(
              transaction.peer(),
              transaction.reversePath(),
              transaction.parameters(),
              message.recipients().stream()
                  .map(to -> new Envelope.Recipient(to.path(), to.parameters()))
                  .toList(),
              content));
      for (Recipient recipient : message.recipients()) {
        recipient.reply(LocalPartAgent.delivered(recipient.path()));
      }
    }
  }
}
