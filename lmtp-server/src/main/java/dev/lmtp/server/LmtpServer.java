package dev.lmtp.server;

import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.codec.OutputBuffer;
import dev.lmtp.codec.ReplyWriter;
import dev.lmtp.io.Acceptor;
import dev.lmtp.io.Endpoint;
import dev.lmtp.io.LeaderFollowers;
import dev.lmtp.io.LocalHost;
import dev.lmtp.io.Transport;
import dev.lmtp.io.WorkerThreads;
import dev.lmtp.session.ServerSettings;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.callback.CallbackHandler;

/**
 * A running LMTP or SMTP server: listens on any number of addresses, TCP and Unix-domain. Until it
 * is closed it keeps the JVM alive.
 *
 * <p>Safe for use by any thread. Its log is {@code System.getLogger("dev.lmtp.server")}.
 */
public final class LmtpServer implements Closeable {

  private static final Logger LOG = System.getLogger("dev.lmtp.server");
  private static final Duration GRACE = Duration.ofMillis(200);
  private static final Reply TOO_MANY = Reply.of(421, "4.3.2", "Too many connections, try later");

  private final Service service;
  private final Duration shutdownPatience;
  private final Executor executor;
  private final LeaderFollowers leaders;
  private final ExecutorService timers = WorkerThreads.platform("lmtp-deadline");
  private final List<Listener> listeners = new ArrayList<>();
  private final Connections connections;
  private final AtomicLong lastId = new AtomicLong(System.currentTimeMillis() * 1_000);

  /** One party for the server itself until it is closed, and one for each connection. */
  private final Phaser open = new Phaser(1);

  private volatile boolean closing;

  private LmtpServer(Builder builder) throws IOException {
    this.service =
        new Service(
            builder.agent,
            builder.settings(),
            builder.security,
            new Offers(builder.settings().offer(), builder.security),
            new Buffers(),
            builder.transactionPatience,
            builder.leastRate,
            builder.replyPatience,
            builder.wireLogLines,
            new Observers(List.copyOf(builder.observers)),
            timers);
    this.connections = new Connections(builder.maxConnections, builder.maxConnectionsPerPeer);
    this.shutdownPatience = builder.shutdownPatience;
    this.leaders = builder.executor == null ? new LeaderFollowers() : null;
    this.executor = builder.executor == null ? leaders.threads() : builder.executor;
  }

  /** Begins the configuration of a server that hands its messages to that agent. */
  public static Builder builder(DeliveryAgent agent) {
    return new Builder(agent);
  }

  private void start(
      List<SocketAddress> addresses,
      Set<PosixFilePermission> mode,
      List<ServerSocketChannel> inherited)
      throws IOException {
    boolean started = false;
    try {
      for (SocketAddress address : addresses) {
        listeners.add(new Listener(Acceptor.open(address, mode), this::take));
      }
      for (ServerSocketChannel bound : inherited) {
        listeners.add(new Listener(Acceptor.of(bound), this::take));
      }
      for (Listener listener : listeners) {
        Thread thread =
            new Thread(listener, "lmtp " + Endpoint.format(listener.acceptor().address()));
        thread.setDaemon(true);
        thread.start();
      }
      started = true;
    } finally {
      if (!started) {
        close(Duration.ZERO);
      }
    }
  }

  private void take(Transport transport) throws IOException {
    Connections.Place place = closing ? null : connections.take(transport);
    if (place == null) {
      refuse(transport);
      return;
    }
    open.register();
    Conversation conversation = null;
    boolean handedOver = false;
    try {
      String id = Long.toString(lastId.incrementAndGet(), 36);
      conversation = new Conversation(id, transport, service);
      connections.add(conversation, place);
      LeaderFollowers.Session session = new Served(conversation, place);
      if (leaders == null || !leaders.add(transport, session)) {
        executor.execute(session::step);
      }
      handedOver = true;
    } finally {
      if (!handedOver) {
        done(conversation, place);
        refuse(transport);
      }
    }
    if (closing) {
      conversation.shutDown();
    }
  }

  /** A conversation that gives its place back. */
  private final class Served implements LeaderFollowers.Session {
    private final Conversation conversation;
    private final Connections.Place place;

    Served(Conversation conversation, Connections.Place place) {
      this.conversation = conversation;
      this.place = place;
    }

    @Override
    public boolean step() {
      boolean goesOn = false;
      try {
        goesOn = conversation.step();
      } finally {
        if (!goesOn) {
          done(conversation, place);
        }
      }
      return goesOn;
    }

    @Override
    public int kind() {
      return conversation.kind();
    }
  }

  private void done(Conversation conversation, Connections.Place place) {
    connections.giveBack(conversation, place);
    open.arriveAndDeregister();
  }

  private void refuse(Transport transport) throws IOException {
    Reply why = closing ? Conversation.SHUTDOWN : TOO_MANY;
    LOG.log(Level.INFO, transport.peer() + " refused: " + why);
    try (transport) {
      OutputBuffer out = new OutputBuffer();
      ReplyWriter.write(out, why);
      // A fresh connection has room for one line: this never waits.
      transport.drain(out.lend(), Duration.ofSeconds(1));
    }
  }

  /** Where the server listens, with the port that was found where 0 was asked for. */
  public List<SocketAddress> addresses() {
    List<SocketAddress> addresses = new ArrayList<>();
    for (Listener listener : listeners) {
      addresses.add(listener.acceptor().address());
    }
    return addresses;
  }

  /** How many connections are open. */
  public int connections() {
    return connections.size();
  }

  /**
   * The last lines of each session that is open, by its id, for diagnosis; see {@link
   * Builder#wireLog}.
   */
  public Map<String, List<String>> wireLogs() {
    Map<String, List<String>> logs = new TreeMap<>();
    connections.all().forEach(session -> logs.put(session.id(), session.wireLog()));
    return logs;
  }

  /** Waits until the server is closed. */
  public void join() throws InterruptedException {
    open.awaitAdvanceInterruptibly(0);
  }

  /** {@link #close(Duration)} with the configured patience. */
  @Override
  public void close() {
    close(shutdownPatience);
  }

  /**
   * Stops: no further connection is accepted, sessions between transactions get 421 4.3.2, running
   * transactions are finished. Peers that are silent are given a fifth of a second to speak first.
   * What is still running when patience ends is cut off; its sender keeps the message. Nothing that
   * was answered is lost. Closing twice does no harm.
   *
   * @param patience how long running transactions may take
   * @return how many sessions were cut off; the log names each
   */
  public int close(Duration patience) {
    synchronized (this) {
      if (closing) {
        return 0;
      }
      closing = true;
    }
    for (Listener listener : listeners) {
      try {
        listener.acceptor().close();
      } catch (IOException e) {
        LOG.log(Level.WARNING, "closing " + listener.acceptor().address() + " failed: " + e);
      }
    }
    connections.all().forEach(Conversation::shutDown);
    open.arriveAndDeregister();
    // Peers that are about to speak end by themselves, and lose no reply on its way.
    Duration grace = patience.compareTo(GRACE) < 0 ? patience : GRACE;
    if (!awaitConversations(grace)) {
      connections.all().forEach(Conversation::endIdle);
    }
    List<Conversation> left =
        awaitConversations(patience.minus(grace)) ? List.of() : connections.all();
    left.forEach(Conversation::cut);
    if (leaders != null) {
      leaders.close();
    }
    if (left.isEmpty()) {
      timers.shutdown();
    }
    return left.size();
  }

  private boolean awaitConversations(Duration patience) {
    try {
      open.awaitAdvanceInterruptibly(0, patience.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The configuration of a server. Not safe for use by several threads. */
  public static final class Builder {

    /** A few less than a {@link Phaser} can count. */
    private static final int MOST_CONNECTIONS = 65_000;

    private final DeliveryAgent agent;
    private final List<SocketAddress> addresses = new ArrayList<>();
    private final List<ServerSocketChannel> bound = new ArrayList<>();
    private ServerSettings settings;
    private Security security = Security.NONE;
    private Set<PosixFilePermission> socketMode = PosixFilePermissions.fromString("rw-rw----");
    private int maxConnections = 1_000;
    private int maxConnectionsPerPeer = Integer.MAX_VALUE;
    private Duration transactionPatience = Duration.ofHours(1);
    private int leastRate = 100;
    private int wireLogLines;
    private Duration replyPatience = Duration.ofSeconds(590);
    private final List<ServerObserver> observers = new ArrayList<>();
    private Duration shutdownPatience = Duration.ofSeconds(30);
    private Executor executor;

    private Builder(DeliveryAgent agent) {
      this.agent = Objects.requireNonNull(agent, "agent");
    }

    /**
     * Adds an address in Postfix's spelling, {@code unix:/path} or {@code inet:host:port}, or one
     * for clients within this process, {@code memory:name}.
     *
     * @throws IllegalArgumentException where it is none
     */
    public Builder listen(String address) {
      return listen(Endpoint.parse(address));
    }

    /** Adds an address: a Unix-domain or an internet one; port 0 takes any free port. */
    public Builder listen(SocketAddress address) {
      addresses.add(Objects.requireNonNull(address, "address"));
      return this;
    }

    /**
     * Adds a socket that listens already, such as one that systemd passed on ({@link
     * System#inheritedChannel}). The server closes it; the file of a Unix-domain one stays.
     */
    public Builder listen(ServerSocketChannel socket) {
      bound.add(Objects.requireNonNull(socket, "socket"));
      return this;
    }

    /** Sets protocol, host name, limits and patience; LMTP with the defaults unless called. */
    public Builder settings(ServerSettings all) {
      settings = Objects.requireNonNull(all, "settings");
      return this;
    }

    /** Sets TLS; there is none unless called. */
    public Builder tls(ServerTls tls) {
      security = security.withTls(Objects.requireNonNull(tls, "tls"));
      return this;
    }

    /**
     * Sets how peers may authenticate themselves (RFC 4954); they cannot unless called. Mechanisms
     * that show a password in the clear are offered only over TLS and to peers with {@link
     * Privilege#CLEARTEXT_AUTH}.
     *
     * @param credentials answers for the mechanisms: see {@link dev.lmtp.sasl.ServerMechanisms};
     *     {@link PasswordFile} is one. Called by any thread
     * @param mechanisms in the order in which they are offered: those of {@link
     *     dev.lmtp.sasl.ServerMechanisms} and of every registered provider
     */
    public Builder authentication(CallbackHandler credentials, String... mechanisms) {
      Objects.requireNonNull(credentials, "credentials");
      security = security.withAuthentication(List.of(mechanisms), credentials);
      return this;
    }

    /** Takes mail only from whom authenticated itself, or has WITHOUT_AUTH; else 530 5.7.0. */
    public Builder requireAuthentication() {
      security = security.requiringAuthentication();
      return this;
    }

    /** Sets who is trusted with what; {@link TrustPolicy#LOCAL} unless called. */
    public Builder trust(TrustPolicy policy) {
      security = security.withPolicy(Objects.requireNonNull(policy, "policy"));
      return this;
    }

    /** Sets who may connect to a Unix-domain socket; {@code rw-rw----} unless called. */
    public Builder socketMode(Set<PosixFilePermission> mode) {
      socketMode = Set.copyOf(mode);
      return this;
    }

    /**
     * Sets how many connections are served at once, 1,000 unless called; more get a 421.
     *
     * @throws IllegalArgumentException where it is not from 1 to 65,000
     */
    public Builder maxConnections(int most) {
      if (most < 1 || most > MOST_CONNECTIONS) {
        throw new IllegalArgumentException("from 1 to " + MOST_CONNECTIONS + ": " + most);
      }
      maxConnections = most;
      return this;
    }

    /**
     * Sets how many of the connections one peer may have, which is an internet address or the user
     * behind a Unix-domain socket; all of them unless called, since an LMTP server often has one
     * peer alone. More get a 421.
     */
    public Builder maxConnectionsPerPeer(int most) {
      if (most < 1) {
        throw new IllegalArgumentException("at least one connection: " + most);
      }
      maxConnectionsPerPeer = most;
      return this;
    }

    /**
     * Sets how long a peer may take from {@code MAIL} to the end of the content, one hour unless
     * called; then 421 4.4.2.
     */
    public Builder transactionPatience(Duration patience) {
      transactionPatience = positive(patience);
      return this;
    }

    /**
     * Sets how many octets of content a second a peer must send on average, once it has been waited
     * for as long as the patience for content; 100 unless called.
     */
    public Builder leastRate(int octetsPerSecond) {
      if (octetsPerSecond < 1) {
        throw new IllegalArgumentException("at least one octet a second: " + octetsPerSecond);
      }
      leastRate = octetsPerSecond;
      return this;
    }

    /**
     * Sets how long peers wait for the answers behind a content: 590 seconds unless called, ten
     * less than RFC 5321 §4.5.3.2.6 has clients wait. Who has no answer from the agent by then gets
     * 451 4.4.1. A front-end that says how long it waits is believed where that is shorter.
     */
    public Builder replyPatience(Duration patience) {
      replyPatience = positive(patience);
      return this;
    }

    /**
     * Keeps the last so many commands and replies of each session; none unless called. They are
     * logged where a session ends badly: by an error, a broken rule or a time that ran out. Content
     * and authentication are left out.
     */
    public Builder wireLog(int lines) {
      if (lines < 0) {
        throw new IllegalArgumentException("at least no line: " + lines);
      }
      wireLogLines = lines;
      return this;
    }

    /** Adds one who is told what the server does. */
    public Builder observer(ServerObserver observer) {
      observers.add(Objects.requireNonNull(observer, "observer"));
      return this;
    }

    /** Sets how long running transactions may take at {@link LmtpServer#close()}; 30 s. */
    public Builder shutdownPatience(Duration patience) {
      if (patience.isNegative()) {
        throw new IllegalArgumentException("a time that is over before it begins: " + patience);
      }
      shutdownPatience = patience;
      return this;
    }

    /**
     * Sets whose threads serve the connections, one each for as long as it lasts; it is not shut
     * down with the server. Unless called, as few threads serve all connections as the agent leaves
     * free: one, where it is quick, and one more for each session in which it takes long or its
     * peer is slow within a message. Which pays where is measured in {@code docs/performance.md}.
     */
    public Builder executor(Executor threads) {
      executor = Objects.requireNonNull(threads, "executor");
      return this;
    }

    private static Duration positive(Duration patience) {
      if (patience.isNegative() || patience.isZero()) {
        throw new IllegalArgumentException("no time to wait in: " + patience);
      }
      return patience;
    }

    /**
     * Starts the server.
     *
     * @throws IOException where an address cannot be listened on; then nothing was started
     * @throws IllegalArgumentException where there is no address, or LMTP was to use TCP port 25
     *     (RFC 2033 §5)
     */
    public LmtpServer start() throws IOException {
      if (addresses.isEmpty() && bound.isEmpty()) {
        throw new IllegalArgumentException("no address to listen on");
      }
      if (settings().protocol() == Protocol.LMTP) {
        addresses.forEach(Endpoint::refusePort25);
      }
      LmtpServer server = new LmtpServer(this);
      server.start(addresses, socketMode, bound);
      return server;
    }

    private ServerSettings settings() {
      if (settings == null) {
        settings = ServerSettings.of(Protocol.LMTP, LocalHost.name());
      }
      return settings;
    }
  }
}
