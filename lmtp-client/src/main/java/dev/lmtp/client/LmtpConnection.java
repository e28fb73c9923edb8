package dev.lmtp.client;

import dev.lmtp.Capabilities;
import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.Reply;
import dev.lmtp.Verb;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.io.Endpoint;
import dev.lmtp.io.WireLog;
import dev.lmtp.session.ClientEvent;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ClientState;
import dev.lmtp.session.Delivery;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * One connection to a server, past its hello: delivers any number of messages, one after the other.
 *
 * <p><b>Errors.</b> Once an envelope is on its way, whatever happens is the outcome of each
 * recipient, and nothing is thrown: where the connection is lost, or the server says nothing for
 * too long, a recipient without a reply is {@link RecipientResult.Outcome#NOT_SENT} if the final
 * dot certainly had not left, and else {@link RecipientResult.Outcome#UNKNOWN} (RFC 2033 §5). An
 * {@link LmtpException} means that the message was delivered to nobody.
 *
 * <p><b>Threads and buffers.</b> For one thread at a time, {@link #close} too; {@link #cancel} is
 * for any. All calls block, each wait for the server under the patience of its phase. An interrupt
 * ends the delivery as a loss of the connection does. It holds 8 KiB, and 72 from the first
 * delivery on.
 *
 * <p>RFC 2033, RFC 5321 §3.3, RFC 2920, RFC 3030.
 */
public final class LmtpConnection implements Closeable {

  /** The mail is handed over by then: nobody wants to wait five minutes for a good-bye. */
  private static final Duration LONGEST_QUIT = Duration.ofSeconds(5);

  private final LmtpClient client;
  private final ClientSession session;
  private final Wire wire;
  private final Replies replies;
  private final WireLog wireLog;
  private final long since = System.nanoTime();
  private ByteBuffer out;
  private boolean opened;
  private boolean closed;
  private int messages;

  private LmtpConnection(LmtpClient client, ClientSession session, Wire wire, WireLog wireLog) {
    this.client = client;
    this.session = session;
    this.wire = wire;
    this.wireLog = wireLog;
    this.replies = new Replies(session, wire, client.settings().protocol());
  }

  static LmtpConnection open(LmtpClient client, Deadline deadline) throws LmtpException {
    ClientSession session = new ClientSession(client.settings());
    Duration patience = deadline.within(client.settings().greetingPatience());
    long since = System.nanoTime();
    LmtpConnection connection = null;
    WireLog wireLog = client.wireLogLines() > 0 ? new WireLog(client.wireLogLines()) : null;
    Consumer<String> dialogue = client.dialogue();
    if (wireLog != null) {
      dialogue = dialogue == null ? wireLog::add : dialogue.andThen(wireLog::add);
    }
    try {
      Wire wire = Wire.connect(session, client.address(), patience, dialogue);
      wire.deadline(deadline);
      connection = new LmtpConnection(client, session, wire, wireLog);
      new Opening(client, session, wire, connection.replies).run();
      connection.opened = true;
      wire.deadline(Deadline.NONE);
      client.observation().opened(wire.peer(), since);
      return connection;
    } catch (LmtpException e) {
      client.observation().failed(Endpoint.format(client.address()), since, e);
      throw e;
    } finally {
      if (connection != null && !connection.opened) {
        connection.close();
      }
    }
  }

  /** What the server offers; nothing where it only understood {@code HELO}. */
  public Capabilities capabilities() {
    return session.capabilities();
  }

  /**
   * Whether another message can be delivered, as far as is known without asking the server. Where
   * not, as when the MAILMAX the server offers is used up (RFC 9422), the connection is only good
   * to be closed.
   */
  public boolean isReusable() {
    return !closed && wire.isWritable() && session.isReusable();
  }

  // ---------------------------------------------------------------- deliveries

  /**
   * Delivers a message; as {@link #deliver(Envelope, MessageSource, DeliveryListener)}.
   *
   * @return what became of each recipient
   */
  public DeliveryResult deliver(Envelope envelope, MessageSource message) throws LmtpException {
    return deliver(envelope, message, recipient -> {});
  }

  /**
   * Delivers a message. Parameters of the envelope are sent as they are where the server offers
   * them; size and body type are added where they are known and not given.
   *
   * <p>Recipients beyond what the server takes at once get the message in further transactions, as
   * {@link Delivery} says; from a stream or channel they do not.
   *
   * @param envelope with at least one recipient
   * @param listener is told what happens, as it happens
   * @return what became of each recipient, in the order of the envelope
   * @throws LmtpException of kind CONTENT where the message cannot be sent as it is, CONNECT where
   *     the connection ended before; nothing was delivered
   * @throws IllegalStateException after {@link #close}, or where the message's stream was used up
   */
  public DeliveryResult deliver(Envelope envelope, MessageSource message, DeliveryListener listener)
      throws LmtpException {
    return deliver(
        envelope, message, listener, Deadline.after(client.deliveryPatience(), wire.ticker()));
  }

  DeliveryResult deliver(
      Envelope envelope, MessageSource message, DeliveryListener listener, Deadline deadline)
      throws LmtpException {
    requireReusable();
    wire.deadline(deadline);
    long start = System.nanoTime();
    try (Running running =
        new Running(client, session, wire, new Outgoing(envelope, message, listener), buffer())) {
      running.begin(null);
      messages++;
      boolean done = false;
      try {
        while (!running.proceed()) {
          running.goOn();
        }
        done = true;
      } finally {
        settle(done);
      }
      return running.end();
    } catch (IOException e) {
      LmtpException unsent = LmtpException.unsent(wire.peer(), e);
      client.observation().failed(wire.peer(), start, unsent);
      throw unsent;
    } finally {
      wire.deadline(Deadline.NONE);
    }
  }

  private ByteBuffer buffer() {
    if (out == null) {
      out = ByteBuffer.allocate(Content.BLOCK);
    }
    return out;
  }

  /** Notices what a server said or did while nobody asked, such as a 421 before it shuts down. */
  private void requireReusable() throws LmtpException {
    if (closed) {
      throw new IllegalStateException("the connection is closed");
    }
    if (isReusable()) {
      if (!wire.in().hasRemaining()) {
        wire.peek();
      }
      if (wire.in().hasRemaining()) {
        session.poll(wire.in());
        session.abandon();
      }
      closeIfOver();
    }
    if (!isReusable()) {
      String why = wire.failure() != null ? wire.failure().getMessage() : "takes no more messages";
      why = session.closingReply().map(reply -> "closed by peer: " + reply).orElse(why);
      throw new LmtpException(Kind.CONNECT, wire.peer() + ": " + why, wire.failure());
    }
  }

  private void settle(boolean done) {
    // Where everyone is refused within a chunk the rest of it is not sent.
    if (!done || session.state() == ClientState.CHUNK) {
      session.abandon();
    } else if (session.state() != ClientState.CLOSED) {
      // The lone dot behind a 354 without recipients.
      wire.flush();
    }
    closeIfOver();
  }

  private void closeIfOver() {
    if (!wire.isWritable() || session.state() == ClientState.CLOSED) {
      session.abandon();
      wire.close();
    }
  }

  /**
   * Delivers messages one behind the other. Where the server offers PIPELINING the envelope of the
   * next one leaves with the end of the content of the one before, without waiting for its replies
   * (RFC 2920 §3.1): one round trip a message, and one write where it is small. So the iterator
   * holds that end up: where it has none at hand it should say so, not wait for the next one.
   *
   * <p>It relies on the server to give one reply for each recipient; with one that gives too few,
   * as some do that were made for SMTP, use {@link #deliver}.
   *
   * <p>Every message that was taken from the iterator has a result: a content that cannot be sent
   * is NOT_SENT for all of its recipients. When the connection is of no more use no further message
   * is taken. {@link LmtpClient.Builder#deliveryPatience} is for each message, from its envelope
   * on; while two overlap that of the later one counts.
   *
   * @param messages in their order; asked for the next one before the end of another has left
   * @param ended is told the results, in the order of the messages
   * @throws LmtpException of kind CONNECT, before the first message
   */
  public void deliverAll(Iterator<Outgoing> messages, BiConsumer<Outgoing, DeliveryResult> ended)
      throws LmtpException {
    requireReusable();
    Train train = new Train(client, session, wire, buffer(), ended);
    boolean done = false;
    try {
      while (messages.hasNext() && isReusable()) {
        this.messages += train.run(messages);
        settle(true);
      }
      done = true;
    } finally {
      if (!done) {
        settle(false);
      }
      wire.deadline(Deadline.NONE);
    }
  }

  /**
   * Asks something between two messages: {@code VRFY}, {@code EXPN}, {@code HELP}, {@code NOOP}, or
   * a command of the server's own that changes nothing here.
   *
   * @param verb letters, digits and hyphens
   * @param argument what stands behind it; may be empty
   * @return the reply, whatever it says; behind 421 the connection is over
   * @throws LmtpException of kind CONNECT, TIMEOUT or PROTOCOL; the connection is over
   * @throws IllegalArgumentException for a verb that the library sends itself, or where the two are
   *     not one command line
   */
  public Reply command(String verb, String argument) throws LmtpException {
    requireReusable();
    session.command(verb, argument);
    boolean answered = false;
    try {
      Reply reply = replies.next();
      answered = true;
      return reply;
    } finally {
      settle(answered);
    }
  }

  /** The last lines of the dialogue; see {@link LmtpClient.Builder#wireLog}. Any thread. */
  public List<String> wireLog() {
    return wireLog == null ? List.of() : wireLog.lines();
  }

  // ---------------------------------------------------------------- the end

  /**
   * Ends the connection at once, from any thread. A delivery in progress returns: whoever had no
   * outcome is {@link RecipientResult.Outcome#NOT_SENT} or {@link RecipientResult.Outcome#UNKNOWN},
   * as where the connection is lost. The source of the message is not woken.
   */
  public void cancel() {
    wire.cancel();
  }

  /**
   * Says {@code QUIT}, waits a moment for the answer, and closes. A server that hangs up instead is
   * none the worse (H59): every outcome is known by now. Closing twice does no harm.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (wire.isWritable() && session.state().next(Verb.QUIT) != null) {
        session.quit();
        ClientEvent event;
        do {
          event = session.poll(wire.in());
        } while (event == ClientEvent.NEED_INPUT && wire.exchange(quitPatience()));
      }
    } finally {
      wire.close();
      boolean bad = !opened || wire.failure() != null || session.closingReply().isPresent();
      if (bad && wireLog != null) {
        String lines = String.join("\n  ", wireLog.lines());
        System.getLogger("dev.lmtp.client")
            .log(Level.INFO, wire.peer() + " ended badly, its last lines:\n  " + lines);
      }
      if (opened) {
        client.observation().closed(wire.peer(), messages, since);
      }
    }
  }

  private Duration quitPatience() {
    Duration patience = session.patience();
    return patience.compareTo(LONGEST_QUIT) < 0 ? patience : LONGEST_QUIT;
  }
}
