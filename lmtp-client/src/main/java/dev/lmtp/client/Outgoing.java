package dev.lmtp.client;

import dev.lmtp.Envelope;

/**
 * One of several messages for {@link LmtpConnection#deliverAll}.
 *
 * @param envelope with at least one recipient
 * @param message its content
 * @param listener is told what happens, as it happens
 */
public record Outgoing(Envelope envelope, MessageSource message, DeliveryListener listener) {

  /** A message of which only the result matters. */
  public Outgoing(Envelope envelope, MessageSource message) {
    this(envelope, message, recipient -> {});
  }
}
