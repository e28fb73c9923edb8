package dev.lmtp.client;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.io.Endpoint;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What a pool has of one client: its idle connections, and the turns to have one. Idle ones and
 * turns taken are together never more than there are turns: whoever has his turn takes an idle
 * connection before he makes one, and closes his before he gives his turn back. All but the turns
 * is under the pool's lock.
 */
final class Destination {

  /** A connection and its past; for whoever has taken it. */
  static final class Pooled {
    final Destination destination;
    final LmtpConnection connection;
    final long opened = System.nanoTime();
    long idleSince;
    int messages;

    Pooled(Destination destination, LmtpConnection connection) {
      this.destination = destination;
      this.connection = connection;
    }

    DeliveryResult deliver(
        Envelope envelope, MessageSource message, DeliveryListener listener, Deadline deadline)
        throws LmtpException {
      messages++;
      return connection.deliver(envelope, message, listener, deadline);
    }
  }

  private final LmtpClient client;

  /** The one that rested last is first: the others may then become superfluous. */
  final ArrayDeque<Pooled> idle = new ArrayDeque<>();

  int users;

  private final int connections;
  private final Semaphore turns;

  Destination(LmtpClient client, int connections) {
    this.client = client;
    this.connections = connections;
    this.turns = new Semaphore(connections, true);
  }

  LmtpClient client() {
    return client;
  }

  Pooled connect(Deadline deadline) throws LmtpException {
    return new Pooled(this, LmtpConnection.open(client, deadline));
  }

  void awaitTurn(Deadline deadline) throws LmtpException {
    Duration patience = deadline.within(client.settings().greetingPatience());
    String peer = Endpoint.format(client.address());
    try {
      if (!turns.tryAcquire(TimeUnit.NANOSECONDS.convert(patience), TimeUnit.NANOSECONDS)) {
        throw new LmtpException(
            Kind.TIMEOUT, peer + ": all " + connections + " connections are in use for too long");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LmtpException(Kind.CONNECT, peer + ": interrupted before a connection was free", e);
    }
  }

  boolean tryTurn() {
    return turns.tryAcquire();
  }

  void endTurn() {
    turns.release();
  }
}
