package dev.lmtp.testing;

import dev.lmtp.ForwardPath;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import java.util.Optional;

/**
 * What the application of a dialogue's server decides, by the local part of the addresses, so that
 * a dialogue can be read without anything beside it.
 *
 * <table>
 *   <caption>Local parts</caption>
 *   <tr><th>recipient</th><th>gets</th></tr>
 *   <tr><td>unknown</td><td>550 5.1.1 to RCPT</td></tr>
 *   <tr><td>away</td><td>450 4.2.1 to RCPT</td></tr>
 *   <tr><td>shutdown</td><td>421 4.3.2 to RCPT</td></tr>
 *   <tr><td>full</td><td>452 4.2.2 after the content</td></tr>
 *   <tr><td>spam</td><td>554 5.7.1 after the content</td></tr>
 *   <tr><td>hasty</td><td>550 5.2.1 after the content, decided before it came</td></tr>
 *   <tr><td>any other</td><td>250 2.1.5</td></tr>
 *   <tr><th>sender</th><th>gets</th></tr>
 *   <tr><td>banned</td><td>550 5.7.1 to MAIL</td></tr>
 *   <tr><td>unready</td><td>451 4.3.0 when the content is to begin</td></tr>
 *   <tr><td>midway</td><td>554 5.6.0 for the content, decided when the first octets came</td></tr>
 *   <tr><th>hello name</th><th>gets</th></tr>
 *   <tr><td>banned.example</td><td>550 5.7.1</td></tr>
 * </table>
 */
public final class LocalPartAgent {

  /** 250 2.1.5, the answer to a message that was stored. */
  public static final Reply STORED = Reply.of(250, "2.1.5", "Stored");

  private LocalPartAgent() {}

  /** The refusal of a hello name, if it is refused. */
  public static Optional<Reply> hello(String name) {
    return when(name.equals("banned.example"), 550, "5.7.1", "Go away");
  }

  /** The refusal of a sender. */
  public static Optional<Reply> sender(ReversePath path) {
    return when(is(path, "banned"), 550, "5.7.1", "Sender is not welcome");
  }

  /** The refusal of a recipient. */
  public static Optional<Reply> recipient(ForwardPath path) {
    return switch (path.mailbox().localPart()) {
      case "unknown" -> Optional.of(Reply.of(550, "5.1.1", "No such user"));
      case "away" -> Optional.of(Reply.of(450, "4.2.1", "Mailbox is busy"));
      case "shutdown" -> Optional.of(Reply.of(421, "4.3.2", "Shutting down"));
      default -> Optional.empty();
    };
  }

  /** The refusal of a content before it comes. */
  public static Optional<Reply> contentStart(ReversePath path) {
    return when(is(path, "unready"), 451, "4.3.0", "Not ready for content");
  }

  /** The refusal of a content while it comes. */
  public static Optional<Reply> content(ReversePath path) {
    return when(is(path, "midway"), 554, "5.6.0", "Content is not welcome");
  }

  /** The refusal of a recipient that is decided before the content came. */
  public static Optional<Reply> early(ForwardPath path) {
    boolean hasty = path.mailbox().localPart().equals("hasty");
    return when(hasty, 550, "5.2.1", "Mailbox is disabled");
  }

  /** What became of the message for a recipient. */
  public static Reply delivered(ForwardPath path) {
    return switch (path.mailbox().localPart()) {
      case "full" -> Reply.of(452, "4.2.2", "Mailbox is full");
      case "spam" -> Reply.of(554, "5.7.1", "Looks like spam");
      default -> STORED;
    };
  }

  private static boolean is(ReversePath path, String localPart) {
    return path.mailbox().map(mailbox -> mailbox.localPart().equals(localPart)).orElse(false);
  }

  private static Optional<Reply> when(boolean refused, int code, String enhanced, String text) {
    return refused ? Optional.of(Reply.of(code, enhanced, text)) : Optional.empty();
  }
}
