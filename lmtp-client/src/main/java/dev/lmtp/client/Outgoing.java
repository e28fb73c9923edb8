package dev.lmtp.client;

import dev.lmtp.Envelope;
import java.util.Objects;

/**
 * One of several messages for {@link LmtpConnection#deliverAll}.
 *
 * @param envelope with at least one recipient
 * @param message its content
 * @param listener is told what happens, as it happens
 */
public record Outgoing(Envelope envelope, MessageSource message, DeliveryListener listener) {

  /** Refuses {@code null}. */
  public Outgoing {
    Objects.requireNonNull(envelope, "envelope");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(listener, "listener");
  }

  /** A message of which only the result matters. */
  public Outgoing(Envelope envelope, MessageSource message) {
    this(envelope, message, recipient -> {});
  }
}
