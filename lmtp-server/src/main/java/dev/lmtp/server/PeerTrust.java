package dev.lmtp.server;

import dev.lmtp.ClientAttributes;
import dev.lmtp.Reply;
import dev.lmtp.io.PeerCredentials;
import dev.lmtp.io.ProxyHeader;
import dev.lmtp.io.Transport;
import dev.lmtp.sasl.Mechanisms;
import dev.lmtp.session.Demand;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerSettings;
import dev.lmtp.session.ServerState;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSession;
import javax.security.sasl.SaslException;

/**
 * Who the peer of one session is, what it may therefore do, and how it proves more: TLS, {@code
 * AUTH}, and the words of front-ends. For the session's thread.
 */
final class PeerTrust implements Identity {

  static final String XCLIENT = "XCLIENT";
  static final String XFORWARD = "XFORWARD";

  private static final Reply NOT_TRUSTED = Reply.of(550, "5.7.0", "Not authorized");

  private static final Reply MID_TRANSACTION =
      Reply.of(503, "5.5.1", "Mail transaction in progress");
  private static final Reply BAD_ATTRIBUTES = Reply.of(501, "5.5.4", "Bad attributes");
  private static final Reply OK = Reply.of(250, "2.0.0", "Ok");

  private static final Logger LOG = System.getLogger("dev.lmtp.server");

  private final Transport transport;
  private final ServerSettings settings;
  private final Security security;
  private final Offers offers;
  private final ServerSession session;
  private Set<Privilege> privileges = Set.of();
  private volatile Optional<UserPrincipal> localUser;
  private volatile String authenticated;
  private Authentication exchange;
  private SocketAddress proxied;
  private SocketAddress address;
  private ClientAttributes attributes = ClientAttributes.NONE;
  private Map<Integer, ByteBuffer> proxyTlvs = Map.of();
  private Instant deadline;

  PeerTrust(Transport transport, Service service, ServerSession session) {
    this.transport = transport;
    this.settings = service.settings();
    this.security = service.security();
    this.offers = service.offers();
    this.session = session;
    this.proxied = transport.remoteAddress();
    this.address = proxied;
  }

  // ---------------------------------------------------------------- who it is

  @Override
  public SocketAddress connection() {
    return transport.remoteAddress();
  }

  @Override
  public Optional<UserPrincipal> localUser() {
    if (localUser == null) {
      try {
        localUser = transport.credentials().map(PeerCredentials::user);
      } catch (IOException e) {
        // The connection is gone, and with it the question.
        localUser = Optional.empty();
      }
    }
    return localUser;
  }

  @Override
  public Optional<SSLSession> tls() {
    return transport.tls();
  }

  @Override
  public Optional<String> authenticated() {
    return Optional.ofNullable(authenticated);
  }

  Peer peer() {
    FrontEnd said = new FrontEnd(attributes, proxyTlvs, Optional.ofNullable(deadline));
    return new Peer(
        address,
        settings.protocol(),
        session.helloVerb(),
        session.helloName(),
        this,
        said,
        session.deviations());
  }

  // ---------------------------------------------------------------- the beginning

  /**
   * Reads a PROXY header and shakes hands, where that comes before the greeting.
   *
   * @throws IOException where either fails: nothing can be said to the peer
   */
  void begin() throws IOException {
    judge();
    if (privileges.contains(Privilege.PROXY)) {
      ProxyHeader header = ProxyHeader.read(transport, handshakePatience());
      proxied = header.source().orElse(proxied);
      address = proxied;
      proxyTlvs = header.tlvs();
    }
    if (security.tls() != null && security.tls().use() == ServerTls.Use.IMPLICIT) {
      startTls();
    } else {
      offer();
    }
  }

  private Duration handshakePatience() {
    return settings.commandPatience();
  }

  /** Shakes hands; behind that the session is secure. */
  void startTls() throws IOException {
    transport.startTls(security.tls().engine(), handshakePatience());
    session.secured();
    // H41: nothing that was said in the clear counts any more.
    authenticated = null;
    attributes = ClientAttributes.NONE;
    address = proxied;
    deadline = null;
    judge();
    offer();
  }

  /** Asks the policy again, since more is known. */
  private void judge() {
    try {
      privileges = Set.copyOf(security.policy().privileges(this));
    } catch (RuntimeException e) {
      // Whoever cannot be judged may nothing.
      privileges = Set.of();
      LOG.log(Level.WARNING, transport.peer() + ": the trust policy failed", e);
    }
  }

  private boolean may(Privilege privilege) {
    return privileges.contains(privilege);
  }

  /** Offers and demands what is right for this peer now. */
  private void offer() {
    session.offer(offers.to(new Offers.Standing(session.isSecure(), mechanisms(), privileges)));
    session.demand(demand());
  }

  private List<String> mechanisms() {
    List<String> offered = new ArrayList<>();
    for (String mechanism : security.mechanisms()) {
      boolean shown =
          Mechanisms.isCleartext(mechanism)
              ? session.isSecure() || may(Privilege.CLEARTEXT_AUTH)
              : !mechanism.endsWith("-PLUS") || session.isSecure();
      if (mechanism.equals("EXTERNAL")) {
        shown = Authentication.externalName(this).isPresent();
      }
      if (shown) {
        offered.add(mechanism);
      }
    }
    return offered;
  }

  private Demand demand() {
    boolean tlsRequired = security.tls() != null && security.tls().use() == ServerTls.Use.REQUIRED;
    if (tlsRequired && !session.isSecure() && !may(Privilege.WITHOUT_TLS)) {
      return Demand.TLS;
    }
    boolean proven = authenticated != null || may(Privilege.WITHOUT_AUTH);
    return security.authenticationRequired() && !proven ? Demand.AUTHENTICATION : Demand.NOTHING;
  }

  // ---------------------------------------------------------------- AUTH

  /**
   * Takes one step of an authentication.
   *
   * @return the authorization identity, when it is proven
   * @throws SaslException where it has failed; the session has been answered
   */
  Optional<String> authenticate() throws SaslException {
    try {
      if (exchange == null) {
        exchange =
            Authentication.begin(
                session.mechanism(),
                security.mechanisms(),
                settings.protocol(),
                settings.hostname(),
                security.credentials(),
                this);
      }
      Optional<String> proven = exchange.step(session);
      if (proven.isPresent()) {
        authenticated = proven.get();
        endExchange();
        judge();
        offer();
      }
      return proven;
    } catch (SaslException e) {
      if (exchange == null) {
        session.refuse(Reply.of(454, "4.7.0", "Temporary authentication failure"));
      }
      endExchange();
      throw e;
    }
  }

  /** Forgets an exchange that will not go on. */
  void endExchange() {
    if (exchange != null) {
      exchange.dispose();
    }
    exchange = null;
  }

  // ---------------------------------------------------------------- front-ends

  /**
   * Answers {@code XCLIENT} and {@code XFORWARD}.
   *
   * @return the refusal, for the log; {@code null} where it was taken
   */
  Reply frontEnd() {
    boolean client = session.commandName().equals(XCLIENT);
    Reply refusal = null;
    if (!may(client ? Privilege.XCLIENT : Privilege.XFORWARD)) {
      refusal = NOT_TRUSTED;
    } else if (session.state() != ServerState.READY && session.state() != ServerState.GREETED) {
      refusal = MID_TRANSACTION;
    } else {
      try {
        take(ClientAttributes.parse(session.commandArgument()), client);
      } catch (IllegalArgumentException | ProtocolException e) {
        refusal = BAD_ATTRIBUTES;
      }
    }
    if (refusal != null) {
      session.refuse(refusal);
    } else if (client) {
      authenticated = null;
      session.greetAgain();
      judge();
      offer();
    } else {
      session.accept(OK);
    }
    return refusal;
  }

  static boolean isFrontEndCommand(String name) {
    return name.equals(XCLIENT) || name.equals(XFORWARD);
  }

  private void take(ClientAttributes said, boolean client) throws ProtocolException {
    if (client) {
      Optional<String> seconds = said.value("TIMEOUT");
      Instant end = deadline;
      if (seconds.isPresent()) {
        end = Instant.now().plusSeconds(number(seconds.get(), Integer.MAX_VALUE));
      }
      if (said.value("ADDR").isPresent()) {
        String text = said.value("ADDR").get();
        boolean six = text.regionMatches(true, 0, "IPV6:", 0, 5);
        int port = number(said.value("PORT").orElse("0"), 65_535);
        address = new InetSocketAddress(ProxyHeader.literal(six ? text.substring(5) : text), port);
      }
      deadline = end;
    }
    attributes = attributes.with(said);
  }

  private static int number(String text, int most) {
    int number = Integer.parseInt(text);
    if (number < 0 || number > most) {
      throw new IllegalArgumentException("not a number up to " + most);
    }
    return number;
  }
}
