package dev.lmtp.client;

import dev.lmtp.BodyType;
import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ContentForm;
import dev.lmtp.session.ContentSupply;
import dev.lmtp.session.Delivery;
import dev.lmtp.session.DeliveryEvent;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A delivery in progress: the message, its open content, and what the session knows of it. */
final class Running implements Closeable {

  final Outgoing outgoing;
  final Content content;
  final ContentForm form;
  final ContentWriter writer;
  Delivery delivery;

  private final LmtpClient client;
  private final ClientSession session;
  private final Wire wire;
  private final long since = System.nanoTime();
  private long sentBefore;

  /**
   * Opens the content, and refuses what must not be sent.
   *
   * @param out for the content alone
   * @throws LmtpException of kind CONTENT
   * @throws IOException where the source fails
   */
  Running(LmtpClient client, ClientSession session, Wire wire, Outgoing outgoing, ByteBuffer out)
      throws IOException {
    this.client = client;
    this.session = session;
    this.wire = wire;
    this.outgoing = outgoing;
    this.content = outgoing.message().open(isBinary());
    this.writer = new ContentWriter(client, wire, session, content, out, outgoing.listener());
    this.form = form();
    boolean fit = false;
    try {
      if (content.scan().isPresent() && !isBinary()) {
        writer.check(content.scan().get(), form);
      }
      fit = true;
    } finally {
      if (!fit) {
        content.close();
      }
    }
  }

  /** Begins, behind another one or ({@code null}) alone. */
  void begin(Running before) {
    ContentSupply supply =
        content.scan().isPresent() ? ContentSupply.REPEATABLE : ContentSupply.ONCE;
    Envelope envelope = withParameters();
    delivery =
        before == null
            ? new Delivery(session, envelope, form, supply)
            : before.delivery.followedBy(envelope, form, supply);
    sentBefore = wire.sent() + (delivery.isBehind() ? before.writer.held() : 0);
  }

  private ContentForm form() {
    boolean fit =
        client.chunking() == LmtpClient.Chunking.WHEN_OFFERED
            && content.scan().map(ContentScan::isClean).orElse(false);
    boolean chunks = fit || isBinary();
    return chunks && session.capabilities().offers(Extension.CHUNKING)
        ? ContentForm.CHUNKS
        : ContentForm.DATA;
  }

  private boolean isBinary() {
    Parameters parameters = outgoing.envelope().parameters();
    return parameters.value(Parameter.BODY).orElse(null) == BodyType.BINARYMIME;
  }

  private Envelope withParameters() {
    Parameters parameters = outgoing.envelope().parameters();
    ContentScan scan = content.scan().orElse(null);
    if (scan != null && !parameters.has(Parameter.SIZE)) {
      long size = isBinary() ? scan.octets() : scan.size();
      if (form == ContentForm.DATA && client.longLines() == LmtpClient.LongLines.FOLD) {
        // An estimate is all that SIZE has to be (RFC 1870 §6.3), and one that is never too small.
        size += scan.breaks();
      }
      parameters = parameters.with(Parameter.SIZE, size);
    }
    // Of a stream nothing is known, so it may be anything.
    if (!parameters.has(Parameter.BODY) && (scan == null || scan.hasEightBit())) {
      parameters = parameters.with(Parameter.BODY, BodyType.EIGHTBITMIME);
    }
    return outgoing.envelope().withParameters(parameters);
  }

  /** Goes on with what the server has said; whether it is done. */
  boolean proceed() throws IOException {
    while (true) {
      DeliveryEvent event = delivery.poll(wire.in());
      switch (event) {
        case RECIPIENT -> outgoing.listener().decided(delivery.decided());
        case CONTENT -> writer.begin(form);
        case NEED_INPUT, DONE -> {
          return event == DeliveryEvent.DONE;
        }
      }
    }
  }

  /** Sends what is due, or waits for the server. */
  void goOn() throws IOException {
    if (writer.held() > 0) {
      if (!writer.release()) {
        delivery.endNotSent();
      }
    } else if (writer.isDue()) {
      writer.sendBlock();
    } else if (!wire.exchange(session.patience())) {
      delivery.fail(wire.failure().getMessage());
    }
  }

  /** What became of it; tells the observer. */
  DeliveryResult end() {
    DeliveryResult result = delivery.result();
    client
        .observation()
        .delivered(
            new ClientObserver.Delivered(
                wire.peer(),
                outgoing.envelope().reversePath(),
                result,
                wire.sent() - sentBefore,
                Duration.ofNanos(System.nanoTime() - since)));
    return result;
  }

  @Override
  public void close() {
    content.close();
  }
}
