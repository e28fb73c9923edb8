package dev.lmtp.client;

import dev.lmtp.RecipientResult;
import java.util.OptionalLong;

/**
 * Watches one delivery; called by the thread that delivers, which waits. An exception ends the
 * delivery and the connection, and reaches the caller.
 */
@FunctionalInterface
public interface DeliveryListener {

  /**
   * Tells a recipient's outcome as soon as the server has said it, before those still to come (RFC
   * 2033 §5); not in the order of the envelope, since refused recipients are known first.
   */
  void decided(RecipientResult result);

  /**
   * Tells that content was handed to the connection, after each block of some 64 KiB and at the
   * end; from the start again where the recipients need a further transaction.
   *
   * @param octets how many so far, as the source gives them
   * @param total how many there are; empty for a stream or channel
   */
  default void sent(long octets, OptionalLong total) {}
}
