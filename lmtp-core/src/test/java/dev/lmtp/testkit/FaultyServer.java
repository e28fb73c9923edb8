package dev.lmtp.testkit;

import dev.lmtp.io.Acceptor;
import dev.lmtp.io.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that takes every message and keeps nothing but its content, and misbehaves by switches:
 * what an application does when its server is in trouble can be tested without trouble.
 *
 * <pre>{@code
 * try (FaultyServer server =
 *     FaultyServer.start(
 *         network.address("lmtp"), FaultyServer.Fault.cut(FaultyServer.Moment.FINAL).times(1))) {
 *   // the first message is taken, but its sender does not hear so
 * }
 * }</pre>
 *
 * <p>It speaks LMTP and SMTP, offers PIPELINING, 8BITMIME, SIZE and ENHANCEDSTATUSCODES, and serves
 * each connection with a thread of its own. It is no model of a server: {@code lmtp-server} is.
 */
public final class FaultyServer implements AutoCloseable {

  /** When a fault happens. */
  public enum Moment {
    /** In place of the greeting. */
    GREETING,
    /** At the hello. */
    HELLO,
    /** At {@code MAIL}. */
    MAIL,
    /** At each {@code RCPT}. */
    RCPT,
    /** At {@code DATA}. */
    DATA,
    /** Before the content is read: the sender is in the middle of it. */
    CONTENT,
    /** At each final reply. */
    FINAL,
    /** At {@code QUIT}. */
    QUIT
  }

  private enum Kind {
    REFUSE,
    DELAY,
    CUT,
    DRIP,
    GARBAGE,
    TOO_MUCH,
    TOO_LITTLE
  }

  /**
   * One thing that goes wrong; for good, unless it is told how often.
   *
   * <p>Immutable, but for the count of a server that it was given to.
   */
  public static final class Fault {
    private final Moment moment;
    private final Kind kind;
    private final String reply;
    private final Duration time;
    private final int skipped;
    private final int times;
    private final AtomicInteger happened = new AtomicInteger();

    private Fault(Moment moment, Kind kind, String reply, Duration time, int skipped, int times) {
      this.moment = moment;
      this.kind = kind;
      this.reply = reply;
      this.time = time;
      this.skipped = skipped;
      this.times = times;
    }

    private static Fault of(Moment moment, Kind kind) {
      return new Fault(moment, kind, "", Duration.ZERO, 0, Integer.MAX_VALUE);
    }

    /** Another reply, such as {@code 450 4.2.0 Later}. */
    public static Fault refuse(Moment moment, String reply) {
      return new Fault(moment, Kind.REFUSE, reply, Duration.ZERO, 0, Integer.MAX_VALUE);
    }

    /** The reply comes later, by the clock of the network. */
    public static Fault delay(Moment moment, Duration time) {
      return new Fault(moment, Kind.DELAY, "", time, 0, Integer.MAX_VALUE);
    }

    /** The connection is closed in place of the reply. */
    public static Fault cut(Moment moment) {
      return of(moment, Kind.CUT);
    }

    /** The reply comes octet by octet. */
    public static Fault drip(Moment moment) {
      return of(moment, Kind.DRIP);
    }

    /** Something that is no reply. */
    public static Fault garbage(Moment moment) {
      return of(moment, Kind.GARBAGE);
    }

    /** The reply comes twice. */
    public static Fault tooMuch(Moment moment) {
      return of(moment, Kind.TOO_MUCH);
    }

    /** The reply never comes. */
    public static Fault tooLittle(Moment moment) {
      return of(moment, Kind.TOO_LITTLE);
    }

    /** The same, but only so often; then the server behaves. */
    public Fault times(int most) {
      return new Fault(moment, kind, reply, time, skipped, most);
    }

    /** The same, but only when that moment has come so often before. */
    public Fault after(int often) {
      return new Fault(moment, kind, reply, time, often, times);
    }

    private boolean happens(Moment now) {
      int before = moment == now ? happened.getAndIncrement() : -1;
      return before >= skipped && (long) before - skipped < times;
    }

    @Override
    public String toString() {
      String what = kind.name().toLowerCase(Locale.ROOT) + " at " + moment;
      return skipped == 0 ? what : what + " after " + skipped;
    }
  }

  /** Ends a connection in the middle of things. */
  private static final class Cut extends IOException {
    private static final long serialVersionUID = 1;
  }

  private static final String HELLO =
      "250-faulty.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE\r\n250 ENHANCEDSTATUSCODES";

  private static final int GIVE_UP_SECONDS = 30;

  private final Acceptor acceptor;
  private final List<Fault> faults;
  private final List<byte[]> contents = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();

  private FaultyServer(Acceptor acceptor, List<Fault> faults) {
    this.acceptor = acceptor;
    this.faults = faults;
    start("faulty server", this::accept);
  }

  /** Starts a server with these faults. */
  public static FaultyServer start(SocketAddress address, Fault... faults) throws IOException {
    Acceptor acceptor = Acceptor.open(address, PosixFilePermissions.fromString("rw-------"));
    return new FaultyServer(acceptor, List.of(faults));
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Transport transport = acceptor.accept();
        connections.incrementAndGet();
        start("faulty session", () -> serve(transport));
      }
    } catch (ClosedChannelException e) {
      // The end of the test.
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void serve(Transport transport) {
    try (transport) {
      ScriptedPeer.Connection peer = ScriptedPeer.connection(transport);
      say(peer, Moment.GREETING, "220 faulty.example ready");
      int recipients = 0;
      boolean lmtp = true;
      while (true) {
        String command = peer.line();
        switch (command.split("[ :]")[0].toUpperCase(Locale.ROOT)) {
          case "LHLO", "EHLO", "HELO" -> {
            lmtp = command.startsWith("LHLO");
            say(peer, Moment.HELLO, HELLO);
          }
          case "MAIL" -> {
            recipients = 0;
            say(peer, Moment.MAIL, "250 2.1.0 Ok");
          }
          case "RCPT" ->
              recipients += say(peer, Moment.RCPT, "250 2.1.5 Ok").startsWith("2") ? 1 : 0;
          case "DATA" -> {
            if (say(peer, Moment.DATA, recipients > 0 ? "354 Go on" : "503 5.5.1 No recipient")
                .startsWith("3")) {
              takeContent(peer, lmtp ? recipients : 1);
            }
          }
          case "QUIT" -> {
            say(peer, Moment.QUIT, "221 2.0.0 Bye");
            return;
          }
          default -> peer.say("250 2.0.0 Ok");
        }
      }
    } catch (IOException e) {
      // A cut, or the client has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void takeContent(ScriptedPeer.Connection peer, int replies)
      throws IOException, InterruptedException {
    for (Fault fault : faults) {
      if (fault.happens(Moment.CONTENT)) {
        happen(peer, fault, "");
      }
    }
    byte[] content = peer.dotted();
    synchronized (contents) {
      contents.add(content);
      contents.notifyAll();
    }
    for (int i = 0; i < replies; i++) {
      say(peer, Moment.FINAL, "250 2.0.0 Ok");
    }
  }

  private String say(ScriptedPeer.Connection peer, Moment moment, String reply)
      throws IOException, InterruptedException {
    for (Fault fault : faults) {
      if (fault.happens(moment)) {
        return happen(peer, fault, reply);
      }
    }
    peer.say(reply);
    return reply;
  }

  private static String happen(ScriptedPeer.Connection peer, Fault fault, String reply)
      throws IOException, InterruptedException {
    String line = reply.isEmpty() ? "" : reply + "\r\n";
    switch (fault.kind) {
      case REFUSE -> {
        peer.say(fault.reply);
        return fault.reply;
      }
      case DELAY -> {
        peer.pause(fault.time);
        peer.raw(line);
      }
      case CUT -> throw new Cut();
      case DRIP -> peer.drip(line);
      case GARBAGE -> peer.raw("\u0000\u00ff garbage\r\n");
      case TOO_MUCH -> peer.raw(line + line);
      case TOO_LITTLE -> {}
    }
    return reply;
  }

  /** The contents that came whole, in their order: what the server took responsibility for. */
  public List<byte[]> contents() {
    return List.copyOf(contents);
  }

  /**
   * Waits until so many contents have come whole; half a minute at most.
   *
   * @return {@link #contents()}
   */
  public List<byte[]> awaitContents(int number) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(GIVE_UP_SECONDS);
    synchronized (contents) {
      for (long left = GIVE_UP_SECONDS * 1_000L; contents.size() < number && left > 0; ) {
        contents.wait(left);
        left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      }
    }
    return contents();
  }

  /** How many connections there were. */
  public int connections() {
    return connections.get();
  }

  /** Where it listens. */
  public SocketAddress address() {
    return acceptor.address();
  }

  /** Stops listening; sessions go on to their end. */
  @Override
  public void close() throws IOException {
    acceptor.close();
  }
}
