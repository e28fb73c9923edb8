package dev.lmtp.client;

import dev.lmtp.RecipientResult;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.Consumer;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Tells the JDK Flight Recorder, and an observer that cannot harm the client. */
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
record Observation(ClientObserver observer) {

  /** Nobody but the recorder. */
  static final Observation NONE = new Observation(new ClientObserver() {});

  @Name("dev.lmtp.client.Connection")
  @Label("LMTP connection opened")
  @Category({"LMTP", "Client"})
  @StackTrace(false)
  private static final class ConnectionEvent extends Event {
    String server;

    @Timespan(Timespan.NANOSECONDS)
    long took;

    /** The kind of failure; none where it was opened. */
    String failure;
  }

  @Name("dev.lmtp.client.Delivery")
  @Label("LMTP delivery")
  @Category({"LMTP", "Client"})
  @StackTrace(false)
  private static final class DeliveryEvent extends Event {
    String server;
    int recipients;
    int accepted;

    @DataAmount long sent;

    @Timespan(Timespan.NANOSECONDS)
    long lasted;
  }

  @Name("dev.lmtp.client.Recipient")
  @Label("LMTP recipient")
  @Category({"LMTP", "Client"})
  @StackTrace(false)
  private static final class RecipientEvent extends Event {
    String server;
    String outcome;
    String stage;
    int code;
  }

  void opened(String server, long since) {
    Duration took = Duration.ofNanos(System.nanoTime() - since);
    record(server, took, null);
    tell(to -> to.opened(server, took));
  }

  void failed(String server, long since, LmtpException failure) {
    record(server, Duration.ofNanos(System.nanoTime() - since), failure.kind().name());
    tell(to -> to.failed(server, failure));
  }

  private static void record(String server, Duration took, String failure) {
    if (!FlightRecorder.isInitialized()) {
      return;
    }
    ConnectionEvent event = new ConnectionEvent();
    if (event.shouldCommit()) {
      event.server = server;
      event.took = took.toNanos();
      event.failure = failure;
      event.commit();
    }
  }

  void delivered(ClientObserver.Delivered delivered) {
    // Until there is a recording no event is made, whose classes take time to load.
    if (FlightRecorder.isInitialized()) {
      record(delivered);
    }
    tell(to -> to.delivered(delivered));
  }

  private static void record(ClientObserver.Delivered delivered) {
    DeliveryEvent event = new DeliveryEvent();
    if (event.shouldCommit()) {
      event.server = delivered.server();
      event.recipients = delivered.result().recipients().size();
      event.accepted = delivered.result().count(RecipientResult.Outcome.ACCEPTED);
      event.sent = delivered.sent();
      event.lasted = delivered.lasted().toNanos();
      event.commit();
    }
    for (RecipientResult result : delivered.result().recipients()) {
      record(delivered.server(), result);
    }
  }

  private static void record(String server, RecipientResult result) {
    RecipientEvent event = new RecipientEvent();
    if (event.shouldCommit()) {
      event.server = server;
      event.outcome = result.outcome().name();
      event.stage = result.stage().name();
      event.code = result.reply().map(reply -> reply.code()).orElse(0);
      event.commit();
    }
  }

  void closed(String server, int messages, long since) {
    tell(to -> to.closed(server, messages, Duration.ofNanos(System.nanoTime() - since)));
  }

  private void tell(Consumer<ClientObserver> what) {
    try {
      what.accept(observer);
    } catch (RuntimeException e) {
      System.getLogger("dev.lmtp.client").log(Level.WARNING, "observer failed", e);
    }
  }
}
