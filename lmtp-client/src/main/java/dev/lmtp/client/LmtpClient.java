package dev.lmtp.client;

import dev.lmtp.ClientAttributes;
import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.codec.CommandWriter;
import dev.lmtp.io.Endpoint;
import dev.lmtp.io.LocalHost;
import dev.lmtp.io.Ticker;
import dev.lmtp.session.ClientSettings;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Where and how messages are handed over: an immutable configuration that any number of threads may
 * use at once, each with connections of its own.
 *
 * <pre>{@code
 * LmtpClient client = LmtpClient.to("unix:/run/dovecot/lmtp");
 * DeliveryResult result =
 *     client.deliver(Envelope.of("joe@example.org", "ann", "bob"), MessageSource.of(path));
 * }</pre>
 *
 * <p>LMTP is spoken unless SMTP is asked for, and never on TCP port 25 (RFC 2033 §5): that is an
 * {@link IllegalArgumentException} when the client is made. Addresses have Postfix's spelling,
 * {@code unix:PATH} or {@code inet:HOST:PORT}.
 *
 * <p><b>Known limits.</b> The name server is asked without a deadline.
 */
public final class LmtpClient {

  /** What is done with content that has bare CRs or LFs, which must never be sent in DATA. */
  public enum LineEnds {
    /** Each is made CR LF, as mail on a Unix system needs. */
    NORMALIZE,
    /** The message is not sent: {@link LmtpException.Kind#CONTENT}. */
    REFUSE
  }

  /**
   * What is done behind {@code DATA} with lines of more than 998 octets, which servers need not
   * take (RFC 5321 §4.5.3.1.6). Some cut them, and then see a final dot where none is; a chunk has
   * no lines, and goes as it is.
   */
  public enum LongLines {
    /** They are broken by CR LF and a space, never within a UTF-8 sequence. */
    FOLD,
    /** The message is not sent: {@link LmtpException.Kind#CONTENT}. */
    REFUSE,
    /** They are sent as they are, to a server that is known to take them. */
    SEND
  }

  /** Whether content goes in a chunk (RFC 3030) instead of behind {@code DATA}. */
  public enum Chunking {
    /** Where the server offers it, and the content is known beforehand and needs no change. */
    WHEN_OFFERED,
    /** Never, but for a BINARYMIME content, which cannot go otherwise. */
    NEVER
  }

  private final SocketAddress address;
  private final ClientSettings settings;
  private final Duration deliveryPatience;
  private final LineEnds lineEnds;
  private final LongLines longLines;
  private final Chunking chunking;
  private final Consumer<String> dialogue;
  private final int wireLogLines;
  private final Observation observation;
  private final ClientTls tls;
  private final Credentials credentials;
  private final SocketAddress proxiedClient;
  private final ClientAttributes attributes;

  private LmtpClient(Builder builder, ClientSettings settings) {
    this.address = builder.address;
    this.settings = settings;
    this.deliveryPatience = builder.deliveryPatience;
    this.lineEnds = builder.lineEnds;
    this.longLines = builder.longLines;
    this.chunking = builder.chunking;
    this.dialogue = builder.dialogue;
    this.wireLogLines = builder.wireLogLines;
    this.observation = builder.observation;
    this.tls = builder.tls;
    this.credentials = builder.credentials;
    this.proxiedClient = builder.proxiedClient;
    this.attributes = builder.attributes;
  }

  /**
   * A client for LMTP with all defaults.
   *
   * @param address {@code unix:PATH} or {@code inet:HOST:PORT}
   * @throws IllegalArgumentException where the address is none, or is TCP port 25
   */
  public static LmtpClient to(String address) {
    return builder(address).build();
  }

  /**
   * Begins a configuration.
   *
   * @param address {@code unix:PATH} or {@code inet:HOST:PORT}
   * @throws IllegalArgumentException where the address is none
   */
  public static Builder builder(String address) {
    return new Builder(Endpoint.parse(address));
  }

  /**
   * Begins a configuration.
   *
   * @param address Unix-domain or Internet; the latter may be unresolved
   * @throws IllegalArgumentException for any other kind of address
   */
  public static Builder builder(SocketAddress address) {
    Endpoint.format(address);
    return new Builder(address);
  }

  /**
   * Connects and says hello: {@code LHLO}, or {@code EHLO} and where that is refused {@code HELO}
   * (RFC 5321 §3.2).
   *
   * @return a connection, ready for a message, that the caller closes
   * @throws LmtpException of kind CONNECT, TIMEOUT, PROTOCOL or REFUSED
   */
  public LmtpConnection connect() throws LmtpException {
    return LmtpConnection.open(this, Deadline.NONE);
  }

  /**
   * Connects, delivers one message, and quits.
   *
   * @return what became of each recipient
   * @throws LmtpException of any kind; then nothing was delivered
   */
  public DeliveryResult deliver(Envelope envelope, MessageSource message) throws LmtpException {
    Deadline deadline = Deadline.after(deliveryPatience, Ticker.SYSTEM);
    try (LmtpConnection connection = LmtpConnection.open(this, deadline)) {
      return connection.deliver(envelope, message, recipient -> {}, deadline);
    }
  }

  SocketAddress address() {
    return address;
  }

  ClientSettings settings() {
    return settings;
  }

  /** {@code null} where there is no bound. */
  Duration deliveryPatience() {
    return deliveryPatience;
  }

  LineEnds lineEnds() {
    return lineEnds;
  }

  LongLines longLines() {
    return longLines;
  }

  Chunking chunking() {
    return chunking;
  }

  Consumer<String> dialogue() {
    return dialogue;
  }

  int wireLogLines() {
    return wireLogLines;
  }

  Observation observation() {
    return observation;
  }

  ClientTls tls() {
    return tls;
  }

  Credentials credentials() {
    return credentials;
  }

  SocketAddress proxiedClient() {
    return proxiedClient;
  }

  ClientAttributes attributes() {
    return attributes;
  }

  /** Collects a configuration; for one thread. */
  public static final class Builder {
    private final SocketAddress address;
    private Protocol protocol = Protocol.LMTP;
    private String helloName;
    private ClientSettings patience = ClientSettings.of(Protocol.LMTP, "localhost");
    private Duration deliveryPatience;
    private Limits limits = Limits.DEFAULT;
    private LineEnds lineEnds = LineEnds.NORMALIZE;
    private LongLines longLines = LongLines.FOLD;
    private Chunking chunking = Chunking.WHEN_OFFERED;
    private Consumer<String> dialogue;
    private int wireLogLines;
    private Observation observation = Observation.NONE;
    private ClientTls tls = ClientTls.NONE;
    private Credentials credentials;
    private SocketAddress proxiedClient;
    private ClientAttributes attributes = ClientAttributes.NONE;

    private Builder(SocketAddress address) {
      this.address = address;
    }

    /** Which protocol is spoken; LMTP by default. */
    public Builder protocol(Protocol spoken) {
      this.protocol = Objects.requireNonNull(spoken, "protocol");
      return this;
    }

    /**
     * What the client calls itself in its hello; by default the name of this host, or {@code
     * localhost} where that is not known.
     *
     * @throws IllegalArgumentException where it is empty or not printable ASCII without blanks
     */
    public Builder helloName(String name) {
      this.helloName = CommandWriter.requireWord(name);
      return this;
    }

    /**
     * How long the server may take for each phase; the defaults are those of RFC 5321 §4.5.3.2.
     *
     * @param greeting for the connection to be made, and again for the greeting: 5 minutes
     * @param command for each reply to a hello, {@code MAIL}, {@code RCPT}: 5 minutes
     * @param data for the reply to {@code DATA}: 2 minutes
     * @param content to take each block of content, 128 KiB at most: 3 minutes
     * @param last for each reply behind the content: 10 minutes
     */
    public Builder patience(
        Duration greeting, Duration command, Duration data, Duration content, Duration last) {
      this.patience = patience.withPatience(greeting, command, data, content, last);
      return this;
    }

    /**
     * How long a delivery may take as a whole; no bound by default. {@link LmtpClient#deliver} and
     * a pool count from the call on, so that the connection is within it. Where it ends, whoever
     * has no outcome is {@link dev.lmtp.RecipientResult.Outcome#NOT_SENT} or {@link
     * dev.lmtp.RecipientResult.Outcome#UNKNOWN}. It does not end a read from the message's source.
     */
    public Builder deliveryPatience(Duration whole) {
      if (whole.isNegative() || whole.isZero()) {
        throw new IllegalArgumentException("no time to deliver in: " + whole);
      }
      this.deliveryPatience = whole;
      return this;
    }

    /** The bounds on replies; the others do not matter to a client. */
    public Builder limits(Limits bounds) {
      this.limits = Objects.requireNonNull(bounds, "limits");
      return this;
    }

    /** What is done with bare CRs and LFs; they are normalised by default. */
    public Builder lineEnds(LineEnds policy) {
      this.lineEnds = Objects.requireNonNull(policy, "lineEnds");
      return this;
    }

    /** What is done with lines that are too long; they are folded by default. */
    public Builder longLines(LongLines policy) {
      this.longLines = Objects.requireNonNull(policy, "longLines");
      return this;
    }

    /** Whether chunks are used; where they are offered, by default. */
    public Builder chunking(Chunking policy) {
      this.chunking = Objects.requireNonNull(policy, "chunking");
      return this;
    }

    /**
     * Shows the dialogue, for diagnosis: each command and reply is one line, {@code C: …} or {@code
     * S: …}, of printable ASCII; of content only the size is shown.
     *
     * @param line called by the thread that uses the connection, as things happen
     */
    public Builder dialogue(Consumer<String> line) {
      this.dialogue = Objects.requireNonNull(line, "dialogue");
      return this;
    }

    /**
     * Keeps the last so many lines of the dialogue; none by default. They are logged, to {@code
     * dev.lmtp.client}, where a connection ends badly, and are there for {@link
     * LmtpConnection#wireLog}. Content and authentication are left out.
     */
    public Builder wireLog(int lines) {
      if (lines < 0) {
        throw new IllegalArgumentException("at least no line, not " + lines);
      }
      this.wireLogLines = lines;
      return this;
    }

    /** Who is told what the client does. */
    public Builder observer(ClientObserver observer) {
      this.observation = new Observation(Objects.requireNonNull(observer, "observer"));
      return this;
    }

    /** Whether connections are encrypted; they are not by default. */
    public Builder tls(ClientTls how) {
      this.tls = Objects.requireNonNull(how, "tls");
      return this;
    }

    /** Whether connections are encrypted, with what the JDK trusts. */
    public Builder tls(ClientTls.Use use) {
      return tls(ClientTls.of(use));
    }

    /** By what the client authenticates itself; it does not by default. */
    public Builder credentials(Credentials own) {
      this.credentials = Objects.requireNonNull(own, "credentials");
      return this;
    }

    /**
     * Begins each connection with a PROXY header of version 2: the server takes that address for
     * the client's. For a server that expects it, and trusts us.
     */
    public Builder proxyFor(SocketAddress client) {
      this.proxiedClient = Objects.requireNonNull(client, "client");
      return this;
    }

    /**
     * Tells the server by {@code XCLIENT}, where it offers that, who our own client is: those
     * attributes that it lists.
     */
    public Builder xclient(ClientAttributes client) {
      this.attributes = Objects.requireNonNull(client, "client");
      return this;
    }

    /**
     * Makes the client.
     *
     * @throws IllegalArgumentException for LMTP on TCP port 25 (RFC 2033 §5), or where a
     *     certificate is to be verified and no name is known
     */
    public LmtpClient build() {
      if (protocol == Protocol.LMTP) {
        Endpoint.refusePort25(address);
      }
      if (tls.isVerified()
          && tls.serverName().isEmpty()
          && !(address instanceof InetSocketAddress)) {
        throw new IllegalArgumentException("TLS on a Unix-domain socket needs the server's name");
      }
      String name = helloName != null ? helloName : LocalHost.name();
      ClientSettings settings =
          ClientSettings.of(protocol, name)
              .withLimits(limits)
              .withPatience(
                  patience.greetingPatience(),
                  patience.commandPatience(),
                  patience.dataPatience(),
                  patience.contentPatience(),
                  patience.finalPatience());
      return new LmtpClient(this, settings);
    }
  }
}
