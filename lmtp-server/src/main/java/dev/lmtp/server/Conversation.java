package dev.lmtp.server;

import dev.lmtp.Envelope;
import dev.lmtp.Reply;
import dev.lmtp.codec.Violation;
import dev.lmtp.io.LeaderFollowers;
import dev.lmtp.io.Transport;
import dev.lmtp.io.WireLog;
import dev.lmtp.session.AbortCause;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerState;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.security.sasl.SaslException;

/**
 * Joins one session, one connection and the agent. It has one way forward: given bytes, go on until
 * they are used up, answering, calling the agent where it must, and leaving the replies of the
 * batch in one write. Who brings the bytes is the driver's business; only content that an agent
 * pulls is waited for here.
 *
 * <p><b>Threads.</b> One at a time drives the session; {@link #shutDown} and {@link #cut} may come
 * from any. While the agent has a message, see {@link PendingMessage}.
 */
final class Conversation implements LeaderFollowers.Session {

  private static final Logger LOG = System.getLogger("dev.lmtp.server");

  private static final Reply AGENT_FAILED = Reply.of(451, "4.3.0", "Delivery failed, try again");
  static final Reply BROKEN = Reply.of(421, "4.3.0", "Internal error, closing");
  private static final Reply TOO_SLOW = Reply.of(421, "4.4.2", "Timeout, closing");
  static final Reply SHUTDOWN = Reply.of(421, "4.3.2", "Shutting down");

  private static final int COMMANDS = 2 * 1024;
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private static final Duration LINGER = Duration.ofSeconds(5);

  /** So many broken rules of a session have a line in the log each: no peer is to fill the disk. */
  private static final int LOGGED_FAULTS = 10;

  private final Transport transport;
  private final Service service;
  private final ServerSession session;
  private final PeerTrust trust;
  private final Pace pace;
  private final String id;
  private final long connectedAt;
  private final WireLog wireLog;

  /** What a connection holds that waits for commands in a thread. */
  private ByteBuffer commands;

  /** The same, or a larger one while content flows; one that is watched has none while it waits. */
  private ByteBuffer in = NONE;

  private boolean begun;
  private Duration allowance;
  private long waitsSince;
  private PendingMessage pending;
  private boolean watched;
  private int transactions;
  private Transaction transaction;
  private volatile boolean inTransaction;
  private volatile boolean idle;
  private volatile boolean shuttingDown;
  private boolean connectionLost;
  private boolean lastWordSaid;
  private boolean endsBadly;
  private int faults;
  private long received;
  private long sent;

  Conversation(String id, Transport transport, Service service) {
    this.id = id;
    this.transport = transport;
    this.service = service;
    this.session = new ServerSession(service.settings());
    this.trust = new PeerTrust(transport, service, session);
    this.pace =
        new Pace(
            service.settings(),
            service.transactionPatience(),
            service.leastRate(),
            transport.ticker()::now);
    this.connectedAt = transport.ticker().now();
    this.wireLog = service.wireLogLines() > 0 ? new WireLog(service.wireLogLines()) : null;
    if (wireLog != null) {
      session.trace(line -> wireLog.add("C: " + line));
    }
  }

  // ---------------------------------------------------------------- driving

  /**
   * {@inheritDoc} Where nobody watches the connection this waits itself, so that the first step is
   * the only one.
   */
  @Override
  public boolean step() {
    boolean goesOn = false;
    try {
      goesOn = begun ? goOn() : start();
    } catch (Exception | Error e) {
      // A bug of ours: this session ends, the others live.
      endsBadly = true;
      LOG.log(Level.ERROR, id + " " + transport.peer() + ": session failed", e);
    } finally {
      if (!goesOn) {
        end();
      }
    }
    return goesOn;
  }

  @Override
  public int kind() {
    return session.state().ordinal();
  }

  private boolean start() {
    begun = true;
    return begin() && converse();
  }

  private boolean goOn() {
    if (receive(true)) {
      return converse();
    }
    rest();
    return true;
  }

  /** Holds no buffer while others watch. */
  private void rest() {
    service.buffers().release(in);
    in = NONE;
  }

  /** Returns false when the session is over, true when others watch for the next input. */
  private boolean converse() {
    while (proceed()) {
      if (!mayWait()) {
        continue;
      }
      watched = transport.expect(allowance);
      // TLS may have read what nobody will announce.
      if (watched && (transport.tls().isEmpty() || !receive(true))) {
        rest();
        return true;
      } else if (!watched) {
        receive(false);
      }
    }
    flush();
    close();
    return false;
  }

  private void end() {
    transport.close();
    service.buffers().release(in);
    if (faults > LOGGED_FAULTS) {
      log(Level.INFO, "broke " + faults + " rules, the first " + LOGGED_FAULTS + " told");
    }
    log(Level.DEBUG, "closed; tolerated: " + session.deviations());
    if (endsBadly && wireLog != null) {
      log(Level.INFO, "ended badly, its last lines:\n  " + String.join("\n  ", wireLog()));
    }
    tellClosed();
  }

  /** Does what comes before the greeting. Returns whether there is to be one. */
  private boolean begin() {
    try {
      trust.begin();
      log(Level.DEBUG, "connected");
      service.observers().tell(observer -> observer.connected(id, peer().address()));
      return true;
    } catch (IOException e) {
      log(Level.INFO, "closed before the greeting: " + e.getMessage());
      return false;
    }
  }

  /** Goes on until the input is used up. Returns false when the session is over. */
  private boolean proceed() {
    if (pending != null) {
      handOver();
    }
    while (true) {
      switch (session.poll(in)) {
        case NEED_INPUT -> {
          flush();
          return true;
        }
        case FLUSH -> flush();
        case CONNECTED, HELLO -> session.accept();
        case MAIL -> mail();
        case RCPT -> rcpt();
        case COMMAND -> command();
        case STARTTLS -> startTls();
        case AUTH -> authenticate();
        case CONTENT_START -> {
          session.accept();
          pending = new PendingMessage(this, service, transport.ticker(), session, transaction);
          if (session.state() == ServerState.DATA && !in.hasRemaining()) {
            // The agent, and its thread, have nothing to do before the content begins.
            flush();
            return true;
          }
          handOver();
        }
        case ABORTED -> aborted();
        case VIOLATION -> violated();
        case CLOSED -> {
          return false;
        }
        case CONTENT, CONTENT_END ->
            throw new IllegalStateException("content outside a delivery, " + session.state());
      }
    }
  }

  private void handOver() {
    PendingMessage message = pending;
    pending = null;
    message.handOver();
    inTransaction = false;
  }

  /** Begins to wait for input. Returns false where the session was ended instead. */
  private boolean mayWait() {
    if (shuttingDown && !inTransaction) {
      endForShutdown();
      return false;
    }
    allowance = pace.allowance(session);
    waitsSince = transport.ticker().now();
    idle = !inTransaction;
    return true;
  }

  /**
   * Takes the input that was waited for.
   *
   * @param expected whether others watched for it, else it is waited for here
   * @return whether there was any; always where it is waited for
   */
  private boolean receive(boolean expected) {
    chooseBuffer();
    in.clear();
    int count = 0;
    try {
      count = expected ? transport.fillExpected(in) : transport.fill(in, allowance);
      if (count == Transport.NOTHING_YET) {
        return false;
      }
      idle = false;
      pace.waited(transport.ticker().now() - waitsSince, count);
      received += Math.max(0, count);
      if (count == 0 || (transport.woken() && !inTransaction)) {
        // What came in the same moment is not begun: its input is over.
        endForShutdown();
        count = 0;
      } else if (count < 0) {
        session.endInput();
      }
    } catch (SocketTimeoutException e) {
      log(Level.INFO, pace.rule() + " in " + session.state());
      endsBadly = true;
      session.close(TOO_SLOW);
      // What drips in this moment, left unread, would turn the close into a reset.
      in.limit(0);
      isPeerGone();
    } catch (IOException e) {
      lost(e);
    }
    in.position(0).limit(Math.max(count, 0));
    return true;
  }

  /**
   * Large reads only where content flows, or where input is there and a buffer held but shortly.
   */
  private void chooseBuffer() {
    boolean large =
        switch (session.state()) {
          case DATA, CHUNK -> true;
          default -> watched;
        };
    if (large && in.capacity() <= COMMANDS) {
      in = service.buffers().large();
    } else if (!large && in.capacity() != COMMANDS) {
      service.buffers().release(in);
      commands = commands == null ? ByteBuffer.allocate(COMMANDS) : commands;
      in = commands;
    }
  }

  private void endForShutdown() {
    session.close(SHUTDOWN);
    // The peer may be saying something just now, and have replies on their way to it.
    lastWordSaid = true;
  }

  /**
   * Looks whether the peer has left, without waiting; what it says meanwhile is kept for later. Not
   * while somebody reads or writes.
   */
  boolean isPeerGone() {
    int end = in.limit();
    if (connectionLost || end == in.capacity()) {
      return connectionLost;
    }
    int start = in.position();
    int count = 0;
    try {
      count = transport.poll(in.limit(in.capacity()).position(end));
    } catch (IOException e) {
      lost(e);
    }
    received += Math.max(0, count);
    in.limit(end + Math.max(0, count)).position(start);
    return connectionLost || count < 0;
  }

  /** Whether everything that was written reached the connection. */
  boolean isConnected() {
    return !connectionLost;
  }

  /** Writes what waits for the peer. A connection that fails is one whose input has ended. */
  void flush() {
    ByteBuffer output = session.output();
    if (!output.hasRemaining()) {
      return;
    }
    if (connectionLost) {
      output.position(output.limit());
      return;
    }
    sent += output.remaining();
    if (wireLog != null) {
      wireLog.addReplies(output);
    }
    try {
      transport.drain(output, session.patience());
    } catch (IOException e) {
      output.position(output.limit());
      lost(e);
    }
  }

  private void lost(IOException e) {
    if (!connectionLost) {
      log(Level.INFO, "connection lost in " + session.state() + ": " + e.getMessage());
    }
    connectionLost = true;
    endsBadly |= inTransaction;
    session.endInput();
  }

  private void tellClosed() {
    ServerObserver.Session ended =
        new ServerObserver.Session(
            id,
            peer(),
            Duration.ofNanos(transport.ticker().now() - connectedAt),
            transactions,
            faults,
            received,
            sent);
    service.observers().tell(observer -> observer.closed(ended));
  }

  private void close() {
    if ((lastWordSaid || in.hasRemaining()) && !connectionLost) {
      // Bytes we never read would turn the close into a reset, and our last reply with it.
      transport.closeGently(LINGER);
    } else if (!connectionLost) {
      transport.endTls(LINGER);
    }
  }

  // ---------------------------------------------------------------- the envelope

  private void mail() {
    transaction =
        new Transaction(
            id + "." + ++transactions, peer(), session.reversePath(), session.mailParameters());
    inTransaction = answer(() -> Optional.of(service.agent().sender(transaction)));
  }

  private void rcpt() {
    Envelope.Recipient asked = session.recipient();
    answer(
        () ->
            Optional.of(service.agent().recipient(transaction, asked.path(), asked.parameters())));
  }

  private void command() {
    if (PeerTrust.isFrontEndCommand(session.commandName())) {
      Reply refusal = trust.frontEnd();
      if (refusal != null) {
        log(Level.INFO, session.commandName() + " refused: " + refusal);
      }
      return;
    }
    answer(() -> service.agent().command(peer(), session.commandName(), session.commandArgument()));
  }

  private Peer peer() {
    return trust.peer();
  }

  // ---------------------------------------------------------------- TLS and AUTH

  private void startTls() {
    session.accept();
    flush();
    try {
      trust.startTls();
      log(Level.DEBUG, "TLS: " + trust.tls().orElseThrow().getCipherSuite());
    } catch (IOException e) {
      log(Level.INFO, "TLS handshake failed: " + e.getMessage());
      connectionLost = true;
      session.endInput();
    }
  }

  private void authenticate() {
    String mechanism = session.mechanism();
    try {
      Optional<String> proven = trust.authenticate();
      if (proven.isPresent()) {
        service.observers().tell(observer -> observer.authenticated(peer(), mechanism, proven));
      }
    } catch (SaslException e) {
      service
          .observers()
          .tell(observer -> observer.authenticated(peer(), mechanism, Optional.empty()));
      boolean ours = Authentication.isOurs(e);
      LOG.log(
          ours ? Level.WARNING : Level.INFO,
          id + " " + transport.peer() + ": authentication by " + mechanism + " failed",
          ours ? e : null);
    }
  }

  private interface Question {
    /** The agent's answer; none where it leaves it to the session. */
    Optional<Reply> ask() throws IOException;
  }

  /** Asks the agent and answers the session. Returns whether the answer was yes. */
  private boolean answer(Question question) {
    Reply reply;
    try {
      Optional<Reply> answer = question.ask();
      if (answer.isEmpty()) {
        session.accept();
        return true;
      }
      reply = answer.get();
      if (reply.isIntermediate()) {
        throw new IllegalStateException("the agent answered " + reply);
      }
    } catch (IOException | RuntimeException e) {
      agentFailed(e);
      reply = AGENT_FAILED;
    } catch (Error e) {
      agentFailed(e);
      reply = BROKEN;
    }
    if (reply.isPositive()) {
      session.accept(reply);
    } else {
      log(Level.DEBUG, "refused: " + reply);
      session.refuse(reply);
      lastWordSaid |= session.state() == ServerState.CLOSED;
    }
    return reply.isPositive();
  }

  void aborted() {
    inTransaction = false;
    String why =
        switch (session.abortCause()) {
          case VIOLATION -> rule();
          case END_OF_INPUT -> "input ended";
          case CLOSED -> "session closed";
          default -> session.abortCause().toString();
        };
    boolean chosen =
        switch (session.abortCause()) {
          case RSET, HELLO, QUIT -> true;
          default -> false;
        };
    log(chosen ? Level.DEBUG : Level.INFO, transaction.id() + " aborted: " + why);
    AbortCause cause = session.abortCause();
    service
        .observers()
        .tell(observer -> observer.ended(ServerObserver.Message.aborted(transaction, cause)));
  }

  void violated() {
    trust.endExchange();
    lastWordSaid |= session.violation().isFatal();
    endsBadly |= session.violation().isFatal();
    // Who pipelines DATA cannot know that every recipient was refused (RFC 2920 §3.1): no fault.
    boolean fault = session.violation() != Violation.RECIPIENT_FIRST;
    faults += fault ? 1 : 0;
    Violation violation = session.violation();
    service.observers().tell(observer -> observer.violated(peer(), violation));
    boolean told = fault && (faults <= LOGGED_FAULTS || session.violation().isFatal());
    log(
        told ? Level.INFO : Level.DEBUG,
        "broke a rule in " + session.state() + ": " + rule() + ", gets " + replyCode());
  }

  private int replyCode() {
    return session.violation().reply().orElseThrow().code();
  }

  private String rule() {
    return session.violation() + " (" + session.violation().section() + ")";
  }

  // ---------------------------------------------------------------- the content

  /** What {@link #pullContent} came to. */
  enum Pulled {
    CONTENT,
    END,
    ABORTED
  }

  /** Goes on to the next piece of the content, waiting for the peer where it must. */
  Pulled pullContent() {
    while (true) {
      switch (session.poll(in)) {
        case NEED_INPUT -> {
          flush();
          if (mayWait()) {
            receive(false);
          }
        }
        case FLUSH -> flush();
        case VIOLATION -> violated();
        // Between chunks: a hello is an abort as soon as it is accepted.
        case HELLO -> session.accept();
        case COMMAND -> command();
        case CONTENT -> {
          return Pulled.CONTENT;
        }
        case CONTENT_END -> {
          return Pulled.END;
        }
        case ABORTED -> {
          aborted();
          return Pulled.ABORTED;
        }
        default -> throw new IllegalStateException("not within content: " + session.state());
      }
    }
  }

  // ---------------------------------------------------------------- shutting down, logging

  /** The last lines of the session; none where they are not kept. Any thread. */
  List<String> wireLog() {
    return wireLog == null ? List.of() : wireLog.lines();
  }

  /** Notes that a content has ended. */
  void wireLogContent(long octets) {
    if (wireLog != null) {
      wireLog.add("C: [" + octets + " octets of content]");
    }
  }

  String id() {
    return id;
  }

  /** Ends the session when the peer has spoken next, and no transaction is running. Any thread. */
  void shutDown() {
    shuttingDown = true;
  }

  /**
   * Ends the session of a peer that is silent, behind {@link #shutDown}. What it says in this
   * moment is lost, and over TCP a reply that it has not read may be, too. Any thread.
   */
  void endIdle() {
    if (idle) {
      transport.wake();
    }
  }

  /** Ends the connection now. Any thread. */
  void cut() {
    String what = inTransaction ? transaction.id() + " cut off" : "cut off";
    log(Level.WARNING, what + " by the shutdown, in " + session.state());
    transport.close();
  }

  void agentFailed(Throwable e) {
    endsBadly = true;
    String what =
        (inTransaction ? transaction.id() : id) + " " + transport.peer() + ": agent failed";
    if (e instanceof IOException && !logs(Level.DEBUG)) {
      // What the world around does, and says itself; it may say so for each recipient.
      LOG.log(Level.WARNING, what + ": " + e);
    } else {
      LOG.log(Level.WARNING, what, e);
    }
  }

  boolean logs(Level level) {
    return LOG.isLoggable(level);
  }

  void log(Level level, String what) {
    if (logs(level)) {
      LOG.log(level, id + " " + transport.peer() + " " + what);
    }
  }
}
