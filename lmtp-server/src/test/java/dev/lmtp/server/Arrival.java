package dev.lmtp.server;

import dev.lmtp.Envelope;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import javax.net.ssl.SSLSession;

/** A message for an agent, made without a server; records in which order it was answered. */
final class Arrival {

  /** The sender of every message. */
  static final ReversePath SENDER = ReversePath.parse("sender@example.net");

  private final List<Integer> order = new ArrayList<>();
  private final List<Recipient> recipients = new ArrayList<>();
  private IntConsumer whenAnswered = index -> {};

  private Arrival() {}

  static Arrival of(String... recipients) {
    Arrival arrival = new Arrival();
    for (int i = 0; i < recipients.length; i++) {
      arrival.recipients.add(
          new Recipient(i, Envelope.of("", recipients[i]).recipients().get(0), arrival::answered));
    }
    return arrival;
  }

  static Peer peer() {
    return peer(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 4_711),
        Protocol.LMTP,
        "client.example.net");
  }

  /** A peer of whom nothing is proven. */
  static Peer peer(SocketAddress address, Protocol protocol, String helloName) {
    return new Peer(
        address,
        protocol,
        protocol.hello(),
        helloName,
        new Stranger(address),
        FrontEnd.NONE,
        Set.of());
  }

  private record Stranger(SocketAddress connection) implements Identity {

    @Override
    public Optional<UserPrincipal> localUser() {
      return Optional.empty();
    }

    @Override
    public Optional<SSLSession> tls() {
      return Optional.empty();
    }

    @Override
    public Optional<String> authenticated() {
      return Optional.empty();
    }
  }

  static Transaction transaction() {
    return transaction(peer(), Parameters.NONE);
  }

  static Transaction transaction(Peer peer, Parameters parameters) {
    return new Transaction("T1", peer, SENDER, parameters);
  }

  /** Called with the index of each recipient when it is answered. */
  Arrival whenAnswered(IntConsumer action) {
    whenAnswered = action;
    return this;
  }

  private synchronized void answered(List<Recipient> some) {
    for (Recipient recipient : some) {
      order.add(recipient.index());
      whenAnswered.accept(recipient.index());
    }
  }

  /** Delivers a content that comes in one piece. */
  Arrival deliver(DeliveryAgent agent, String content) throws IOException {
    return deliver(agent, List.of(bytes(content)));
  }

  /** Delivers a content that comes in these pieces. */
  Arrival deliver(DeliveryAgent agent, List<byte[]> pieces) throws IOException {
    return deliver(agent, content(pieces));
  }

  Arrival deliver(DeliveryAgent agent, IncomingMessage.Source content) throws IOException {
    agent.deliver(message(content));
    return this;
  }

  IncomingMessage message(IncomingMessage.Source content) {
    return new IncomingMessage(transaction(), recipients, content);
  }

  /** Content in these pieces; as from a server, each in a read-only buffer. */
  static IncomingMessage.Source content(List<byte[]> pieces) {
    Iterator<byte[]> next = pieces.iterator();
    return new IncomingMessage.Source() {
      @Override
      public ByteBuffer next() {
        return next.hasNext() ? ByteBuffer.wrap(next.next()).asReadOnlyBuffer() : null;
      }

      @Override
      public void awaitAnswers(List<Recipient> some) {
        while (!some.stream().allMatch(Recipient::isAnswered)) {
          Thread.onSpinWait();
        }
      }
    };
  }

  /** Content in these pieces, and then the peer is gone. */
  static IncomingMessage.Source abortedBehind(List<byte[]> pieces) {
    IncomingMessage.Source whole = content(pieces);
    return () -> {
      ByteBuffer piece = whole.next();
      if (piece == null) {
        throw new ContentAbortedException("the peer is gone");
      }
      return piece;
    };
  }

  /** The answers in the order of the recipients, code and enhanced code only. */
  List<String> answers() {
    return recipients.stream().map(r -> r.isAnswered() ? codes(r.answer()) : "none").toList();
  }

  /** The recipients in the order of their answers. */
  List<Integer> order() {
    return order;
  }

  static String codes(Reply reply) {
    return reply.code() + " " + reply.enhanced().orElseThrow();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
