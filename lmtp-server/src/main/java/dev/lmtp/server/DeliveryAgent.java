package dev.lmtp.server;

import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import java.io.IOException;
import java.util.Optional;

/**
 * What an application implements: takes messages and answers for each recipient.
 *
 * <p><b>The promise.</b> LMTP has no queue. A 2xx to a recipient says that its message is safe,
 * even from a crash one moment later (RFC 2033 §4.2); until then the sender keeps it, and whatever
 * gets a 4xx it will try again.
 *
 * <p><b>Threads.</b> One agent serves many sessions at once, so it must be safe for use by several
 * threads. The calls for one session come one at a time, but perhaps on different threads: keep
 * nothing in a {@code ThreadLocal} and hold no lock across calls. Every call may block.
 *
 * <p><b>Errors.</b> Whatever an agent throws is logged; the peer gets 451 4.3.0 where a reply is
 * due, and never a word of the exception.
 */
@FunctionalInterface
public interface DeliveryAgent {

  /** 250 2.1.0, for a sender that is taken. */
  Reply SENDER_OK = Reply.of(250, "2.1.0", "Ok");

  /** 250 2.1.5, for a recipient that is taken. */
  Reply RECIPIENT_OK = Reply.of(250, "2.1.5", "Ok");

  /**
   * Answers {@code MAIL}. Takes every sender unless overridden.
   *
   * @return 2xx to take it, 4xx or 5xx to refuse
   * @throws IOException where the agent cannot say: 451 4.3.0 for the peer
   */
  default Reply sender(Transaction transaction) throws IOException {
    return SENDER_OK;
  }

  /**
   * Answers {@code RCPT}. Takes every recipient unless overridden.
   *
   * @param parameters those of the command; none but of extensions that the server offers
   * @return 2xx to take it, 4xx or 5xx to refuse: 550 5.1.1 for one that does not exist
   * @throws IOException where the agent cannot say: 451 4.3.0 for the peer
   */
  default Reply recipient(Transaction transaction, ForwardPath recipient, Parameters parameters)
      throws IOException {
    return RECIPIENT_OK;
  }

  /**
   * Answers {@code VRFY}, {@code EXPN}, {@code HELP} or a command that the server's {@link
   * dev.lmtp.session.Offer} names. Leaves the answer to the library unless overridden: 252, 502,
   * 214, and 250. Between the chunks of a message this is called from within its reading in {@link
   * #deliver}.
   *
   * @param name the command in upper case
   * @param argument what stands behind it; may be empty
   * @return 2xx, 4xx or 5xx; empty for the library's answer
   * @throws IOException where the agent cannot say: 451 4.3.0 for the peer
   */
  default Optional<Reply> command(Peer peer, String name, String argument) throws IOException {
    return Optional.empty();
  }

  /**
   * Takes a message: called when its content begins to arrive. The agent reads it and answers each
   * {@link Recipient}, from any thread and in any order; each reply leaves as soon as those before
   * it are there. When the method returns, what was not read of the content is thrown away, and who
   * was not answered gets 451 4.3.0: an agent whose answers come from elsewhere ends with {@link
   * IncomingMessage#awaitAnswers}.
   *
   * @throws IOException where delivery failed, or where the content was cut off (see {@link
   *     IncomingMessage}); everyone not answered gets 451 4.3.0
   */
  void deliver(IncomingMessage message) throws IOException;
}
