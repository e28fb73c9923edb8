package dev.lmtp.session;

/** What {@link Delivery#poll} found. */
public enum DeliveryEvent {
  /** Write the session's output, then read more. */
  NEED_INPUT,
  /**
   * The server waits for the content: send all of it through the session, by {@code content} and
   * {@code endContent} or by chunks, then poll again. Once for each transaction.
   */
  CONTENT,
  /** A recipient's outcome is known, {@link Delivery#decided()}. */
  RECIPIENT,
  /** Every recipient's outcome is known, {@link Delivery#result()}. */
  DONE
}
