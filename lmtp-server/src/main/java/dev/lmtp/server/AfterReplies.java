package dev.lmtp.server;

import java.io.IOException;

/**
 * What is to be done when the last reply to a message is out: the place for what must not delay a
 * reply (RFC 1047).
 */
@FunctionalInterface
public interface AfterReplies {

  /** What became of the replies. */
  enum Fate {
    /** They were handed to the connection. Whether the peer read them nobody can know. */
    SENT,
    /**
     * The connection was lost before. The sender will try again, and who was accepted gets the
     * message twice unless the agent knows it again (RFC 1047).
     */
    LOST
  }

  /**
   * Does it; the session goes on when this returns.
   *
   * @throws IOException where it failed: for the log
   */
  void run(Fate fate) throws IOException;
}
