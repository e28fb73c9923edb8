package dev.lmtp.server;

import dev.lmtp.ForwardPath;
import dev.lmtp.Reply;
import dev.lmtp.codec.Violation;
import dev.lmtp.session.AbortCause;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Is told what a server does, for metrics. The same is there as JDK Flight Recorder events, {@code
 * dev.lmtp.server.*}, without any observer.
 *
 * <p>The calls come from the thread that serves the session, in the order of things; those for
 * different sessions come at the same time. What is thrown is logged and changes nothing. Times are
 * those of the connection's clock, octets are counted as the protocol sees them, inside of TLS.
 */
public interface ServerObserver {

  /**
   * A session that has ended.
   *
   * @param id names it in the log
   * @param peer who it was, as far as known at the end
   * @param lasted since it was connected
   * @param transactions how many {@code MAIL}s it had
   * @param violations how many rules the peer broke
   * @param received octets from the peer
   * @param sent octets to the peer
   */
  record Session(
      String id,
      Peer peer,
      Duration lasted,
      int transactions,
      int violations,
      long received,
      long sent) {}

  /**
   * A transaction that has ended.
   *
   * @param transaction who sent it
   * @param aborted why there is no message; empty where there was one
   * @param octets of the content; 0 where it was aborted, as are the times
   * @param received from the go-ahead for the content to its end
   * @param lasted from the go-ahead until the last reply was out
   * @param recipients in the order of their {@code RCPT}s; none where it was aborted
   */
  record Message(
      Transaction transaction,
      Optional<AbortCause> aborted,
      long octets,
      Duration received,
      Duration lasted,
      List<Answered> recipients) {

    static Message aborted(Transaction transaction, AbortCause cause) {
      return new Message(
          transaction, Optional.of(cause), 0, Duration.ZERO, Duration.ZERO, List.of());
    }
  }

  /**
   * What a recipient of a message was answered.
   *
   * @param recipient who
   * @param reply what the peer was told; in SMTP, which has one reply, what went into it
   * @param after how long it took, from the end of the content; zero where it was earlier
   * @param heldBack how long the answer then waited behind those of slower recipients
   * @param late an answer that came when the deadline had passed, until the delivery was over
   */
  record Answered(
      ForwardPath recipient,
      Reply reply,
      Duration after,
      Duration heldBack,
      Optional<Reply> late) {}

  /** A peer has connected. */
  default void connected(String id, SocketAddress peer) {}

  /** A session has ended. */
  default void closed(Session session) {}

  /** A peer broke a rule. */
  default void violated(Peer peer, Violation violation) {}

  /**
   * An authentication has ended.
   *
   * @param identity as whom; empty where it failed
   */
  default void authenticated(Peer peer, String mechanism, Optional<String> identity) {}

  /** A transaction has ended. */
  default void ended(Message message) {}
}
