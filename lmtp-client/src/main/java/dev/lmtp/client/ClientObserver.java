package dev.lmtp.client;

import dev.lmtp.DeliveryResult;
import dev.lmtp.ReversePath;
import java.time.Duration;

/**
 * Is told what a client does, for metrics. The same is there as JDK Flight Recorder events, {@code
 * dev.lmtp.client.*}, without any observer.
 *
 * <p>The calls come from the thread that uses the connection. What is thrown is logged and changes
 * nothing.
 */
public interface ClientObserver {

  /**
   * A delivery that has ended with an outcome for each recipient.
   *
   * @param server where to, in Postfix's spelling
   * @param sender the reverse-path
   * @param result what became of each recipient
   * @param sent octets that left for it, commands too
   * @param lasted how long it took
   */
  record Delivered(
      String server, ReversePath sender, DeliveryResult result, long sent, Duration lasted) {}

  /** A connection is past its hello, and all that comes before the first envelope. */
  default void opened(String server, Duration took) {}

  /** A connection could not be had, or a message could not be sent: delivered to nobody. */
  default void failed(String server, LmtpException failure) {}

  /** A delivery has ended. */
  default void delivered(Delivered delivered) {}

  /** A connection that was opened has been closed. */
  default void closed(String server, int messages, Duration lasted) {}
}
