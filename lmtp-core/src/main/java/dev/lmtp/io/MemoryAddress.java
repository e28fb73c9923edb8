package dev.lmtp.io;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A name within this process, at which one server listens and clients connect without a socket: for
 * tests, and for a client and a server that live together. Two addresses are the same where name
 * and ticker are; the ticker is that of every connection made there.
 */
public final class MemoryAddress extends SocketAddress {

  private static final long serialVersionUID = 1;

  /** The end of a client: nobody connects there. */
  private static final String UNNAMED = "";

  private static final int BACKLOG = 1_024;

  private static final ConcurrentMap<MemoryAddress, Listening> LISTENING =
      new ConcurrentHashMap<>();

  private final String name;
  private final transient Ticker ticker;

  private MemoryAddress(String name, Ticker ticker) {
    this.name = name;
    this.ticker = ticker;
  }

  /**
   * Makes an address.
   *
   * @param name letters, digits, dots, dashes and underscores
   * @throws IllegalArgumentException where the name has another character, or none
   */
  public static MemoryAddress of(String name, Ticker ticker) {
    if (!name.matches("[A-Za-z0-9._-]+")) {
      throw new IllegalArgumentException("memory: needs a name of letters, digits, . - and _");
    }
    return new MemoryAddress(name, ticker);
  }

  /** The name; empty for that of a client. */
  public String name() {
    return name;
  }

  Ticker ticker() {
    return ticker;
  }

  Line connect() throws ConnectException {
    Listening listening = LISTENING.get(this);
    MemoryLine client = MemoryLine.between(new MemoryAddress(UNNAMED, ticker), this);
    if (listening == null || !listening.arrivals.offer(client.other())) {
      String why = listening == null ? "nobody listens" : "too many wait to be accepted";
      throw new ConnectException("cannot connect to " + this + ": " + why);
    }
    if (listening.closed) {
      listening.refuseArrivals();
    }
    return client;
  }

  Acceptor listen() throws BindException {
    Listening listening = new Listening();
    if (LISTENING.putIfAbsent(this, listening) != null) {
      throw new BindException("cannot listen on " + this + ": already in use");
    }
    return listening;
  }

  private final class Listening implements Acceptor {
    private final BlockingQueue<MemoryLine> arrivals = new LinkedBlockingQueue<>(BACKLOG);
    private final MemoryLine end = MemoryLine.between(MemoryAddress.this, MemoryAddress.this);
    private volatile boolean closed;

    @Override
    public Transport accept() throws IOException {
      MemoryLine arrived = end;
      try {
        arrived = closed ? end : arrivals.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        close();
      }
      if (arrived == end) {
        refuseArrivals();
        throw new ClosedChannelException();
      }
      return new Transport(arrived);
    }

    @Override
    public SocketAddress address() {
      return MemoryAddress.this;
    }

    @Override
    public void close() {
      closed = true;
      LISTENING.remove(MemoryAddress.this, this);
      refuseArrivals();
    }

    /** Whoever waits to be accepted learns that it never will; so does whoever accepts. */
    private void refuseArrivals() {
      for (MemoryLine line = arrivals.poll(); line != null; line = arrivals.poll()) {
        line.close();
      }
      arrivals.add(end);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MemoryAddress address
        && address.name.equals(name)
        && address.ticker == ticker;
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return Endpoint.format(this);
  }
}
