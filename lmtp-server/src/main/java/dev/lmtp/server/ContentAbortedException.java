package dev.lmtp.server;

import java.io.IOException;

/**
 * The content will never be whole: the peer went away or reset the transaction, was too slow, or
 * sent what must not be taken. What was stored of the message is to be thrown away; nobody waits
 * for an answer.
 */
public final class ContentAbortedException extends IOException {

  private static final long serialVersionUID = 1L;

  ContentAbortedException(String message) {
    super(message);
  }
}
