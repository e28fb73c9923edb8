package dev.lmtp.session;

/** How often a caller can send the content of a {@link Delivery}. */
public enum ContentSupply {
  /** For each {@link DeliveryEvent#CONTENT}. */
  REPEATABLE,
  /** Once, as a stream; recipients for whom the server wants one more transaction go without. */
  ONCE
}
