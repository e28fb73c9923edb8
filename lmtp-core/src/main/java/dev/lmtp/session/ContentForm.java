package dev.lmtp.session;

/** How a content goes to the server. */
public enum ContentForm {
  /** Behind {@code DATA}, with dots doubled and a final dot (RFC 5321 §4.1.1.4). */
  DATA,
  /** In chunks of announced size (RFC 3030); only where the server offers CHUNKING. */
  CHUNKS
}
