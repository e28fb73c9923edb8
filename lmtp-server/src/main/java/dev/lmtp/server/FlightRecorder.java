package dev.lmtp.server;

import dev.lmtp.codec.Violation;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * Tells the JDK Flight Recorder. The events' fields are documented in {@code docs/observing.md}.
 */
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
final class FlightRecorder implements ServerObserver {

  @Name("dev.lmtp.server.Session")
  @Label("LMTP session")
  @Category({"LMTP", "Server"})
  @StackTrace(false)
  private static final class SessionEvent extends Event {
    String session;
    String peer;

    @Timespan(Timespan.NANOSECONDS)
    long lasted;

    int transactions;
    int violations;

    @DataAmount long received;

    @DataAmount long sent;
  }

  @Name("dev.lmtp.server.Transaction")
  @Label("LMTP transaction")
  @Category({"LMTP", "Server"})
  @StackTrace(false)
  private static final class TransactionEvent extends Event {
    String transaction;
    String aborted;

    @DataAmount long octets;

    @Timespan(Timespan.NANOSECONDS)
    long received;

    @Timespan(Timespan.NANOSECONDS)
    long lasted;

    int recipients;
  }

  @Name("dev.lmtp.server.Recipient")
  @Label("LMTP recipient")
  @Category({"LMTP", "Server"})
  @StackTrace(false)
  private static final class RecipientEvent extends Event {
    String transaction;
    int code;
    String enhanced;

    @Timespan(Timespan.NANOSECONDS)
    long after;

    @Timespan(Timespan.NANOSECONDS)
    long heldBack;

    int lateCode;
  }

  @Name("dev.lmtp.server.Authentication")
  @Label("LMTP authentication")
  @Category({"LMTP", "Server"})
  @StackTrace(false)
  private static final class AuthenticationEvent extends Event {
    String peer;
    String mechanism;
    String identity;
  }

  @Name("dev.lmtp.server.Violation")
  @Label("LMTP violation")
  @Category({"LMTP", "Server"})
  @StackTrace(false)
  private static final class ViolationEvent extends Event {
    String peer;
    String rule;
    String section;
  }

  /**
   * Whether there may be a recording. Until there is, no event is made: their classes alone would
   * take a good part of the time in which a server starts.
   */
  static boolean isAwake() {
    return jdk.jfr.FlightRecorder.isInitialized();
  }

  /** Whether any of the events of a message is recorded. */
  static boolean isOn() {
    return isAwake() && (new TransactionEvent().isEnabled() || new RecipientEvent().isEnabled());
  }

  @Override
  public void closed(Session session) {
    SessionEvent event = new SessionEvent();
    if (event.shouldCommit()) {
      event.session = session.id();
      event.peer = text(session.peer());
      event.lasted = nanos(session.lasted());
      event.transactions = session.transactions();
      event.violations = session.violations();
      event.received = session.received();
      event.sent = session.sent();
      event.commit();
    }
  }

  @Override
  public void violated(Peer peer, Violation violation) {
    ViolationEvent event = new ViolationEvent();
    if (event.shouldCommit()) {
      event.peer = text(peer);
      event.rule = violation.name();
      event.section = violation.section();
      event.commit();
    }
  }

  @Override
  public void authenticated(Peer peer, String mechanism, Optional<String> identity) {
    AuthenticationEvent event = new AuthenticationEvent();
    if (event.shouldCommit()) {
      event.peer = text(peer);
      event.mechanism = mechanism;
      event.identity = identity.orElse(null);
      event.commit();
    }
  }

  @Override
  public void ended(Message message) {
    TransactionEvent event = new TransactionEvent();
    if (event.shouldCommit()) {
      event.transaction = message.transaction().id();
      event.aborted = message.aborted().map(Enum::name).orElse(null);
      event.octets = message.octets();
      event.received = nanos(message.received());
      event.lasted = nanos(message.lasted());
      event.recipients = message.recipients().size();
      event.commit();
    }
    for (Answered recipient : message.recipients()) {
      record(message.transaction(), recipient);
    }
  }

  private static void record(Transaction transaction, Answered recipient) {
    RecipientEvent event = new RecipientEvent();
    if (event.shouldCommit()) {
      event.transaction = transaction.id();
      event.code = recipient.reply().code();
      event.enhanced = recipient.reply().enhanced().map(Object::toString).orElse(null);
      event.after = nanos(recipient.after());
      event.heldBack = nanos(recipient.heldBack());
      event.lateCode = recipient.late().map(reply -> reply.code()).orElse(0);
      event.commit();
    }
  }

  private static long nanos(Duration time) {
    return time.toNanos();
  }

  private static String text(Peer peer) {
    SocketAddress address = peer.address();
    return address.toString();
  }
}
