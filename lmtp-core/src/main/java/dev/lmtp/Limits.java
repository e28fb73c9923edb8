package dev.lmtp;

/**
 * Every bound the two state machines keep, in octets unless said otherwise. Behind each stand the
 * section of RFC 5321, the least that it demands of every implementation (a lower value is
 * refused), and the default.
 *
 * @param commandLine the longest command line a server takes, with CRLF: §4.5.3.1.4, 512, 2,048
 * @param localPart the longest local part: §4.5.3.1.1, 64, 256
 * @param domain the longest domain: §4.5.3.1.2, 255, 255
 * @param path the longest path, with its angle brackets: §4.5.3.1.3, 256, 512
 * @param recipients the most recipients of a transaction, the next one gets 452 4.5.3: §4.5.3.1.8,
 *     100, 1,000
 * @param message the largest content, {@link Long#MAX_VALUE} for any: §4.5.3.1.7, 65,536, any
 * @param textLine the longest line of content in {@code DATA}, with CRLF, {@link Integer#MAX_VALUE}
 *     for any: §4.5.3.1.6, 1,000, any
 * @param discardedContent how much of a refused content is read to stay in frame, before the
 *     session is given up with 421: 0, 128 MiB
 * @param errors how many rules a peer may break in a session before a message of it is whole, then
 *     421: 20, 100. What follows from an earlier refusal in a pipelined group does not count, up to
 *     ten times the limit for recipients
 * @param idleCommands likewise for commands that bring nothing ({@code NOOP}, {@code RSET}, {@code
 *     VRFY}, {@code EXPN}, {@code HELP}, a hello, an empty chunk): 20, 1,000
 * @param replyLine the longest line of a reply a client takes, with CRLF: §4.5.3.1.5, 512, 4,096
 * @param replyLines the most lines of a reply a client takes: 1, 128
 */
public record Limits(
    int commandLine,
    int localPart,
    int domain,
    int path,
    int recipients,
    long message,
    int textLine,
    long discardedContent,
    int errors,
    int idleCommands,
    int replyLine,
    int replyLines) {

  /** The defaults. */
  public static final Limits DEFAULT =
      new Limits(
          2_048,
          256,
          255,
          512,
          1_000,
          Long.MAX_VALUE,
          Integer.MAX_VALUE,
          128L << 20,
          100,
          1_000,
          4_096,
          128);

  /** Refuses what is below the RFC's least. */
  public Limits {
    atLeast("command line", commandLine, 512);
    atLeast("local part", localPart, 64);
    atLeast("domain", domain, 255);
    atLeast("path", path, 256);
    atLeast("recipients", recipients, 100);
    atLeast("message", message, 65_536);
    atLeast("text line", textLine, 1_000);
    atLeast("discarded content", discardedContent, 0);
    atLeast("errors", errors, 20);
    atLeast("idle commands", idleCommands, 20);
    atLeast("reply line", replyLine, 512);
    atLeast("reply lines", replyLines, 1);
  }

  private static void atLeast(String what, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          what + " limit " + value + " is below " + least + " (RFC 5321 section 4.5.3.1)");
    }
  }

  /** These limits with another one for the command line, in octets with CRLF. */
  public Limits withCommandLine(int octets) {
    return with(Bound.COMMAND_LINE, octets);
  }

  /** These limits with another one for the recipients of a transaction. */
  public Limits withRecipients(int most) {
    return with(Bound.RECIPIENTS, most);
  }

  /** These limits with another one for the content, in octets. */
  public Limits withMessage(long octets) {
    return with(Bound.MESSAGE, octets);
  }

  /** These limits with another one for a line of content, in octets with CRLF. */
  public Limits withTextLine(int octets) {
    return with(Bound.TEXT_LINE, octets);
  }

  /** These limits with another one for refused content that is read on, in octets. */
  public Limits withDiscardedContent(long octets) {
    return with(Bound.DISCARDED_CONTENT, octets);
  }

  /** These limits with others for errors and idle commands between two messages. */
  public Limits withErrors(int mostErrors, int mostIdleCommands) {
    return with(Bound.ERRORS, mostErrors).with(Bound.IDLE_COMMANDS, mostIdleCommands);
  }

  /** These limits with another one for a reply, in octets a line and in lines. */
  public Limits withReply(int lineOctets, int lines) {
    return with(Bound.REPLY_LINE, lineOctets).with(Bound.REPLY_LINES, lines);
  }

  /** The components that can be changed. */
  private enum Bound {
    COMMAND_LINE,
    RECIPIENTS,
    MESSAGE,
    TEXT_LINE,
    DISCARDED_CONTENT,
    ERRORS,
    IDLE_COMMANDS,
    REPLY_LINE,
    REPLY_LINES
  }

  private Limits with(Bound changed, long bound) {
    int small = (int) bound;
    return new Limits(
        changed == Bound.COMMAND_LINE ? small : commandLine,
        localPart,
        domain,
        path,
        changed == Bound.RECIPIENTS ? small : recipients,
        changed == Bound.MESSAGE ? bound : message,
        changed == Bound.TEXT_LINE ? small : textLine,
        changed == Bound.DISCARDED_CONTENT ? bound : discardedContent,
        changed == Bound.ERRORS ? small : errors,
        changed == Bound.IDLE_COMMANDS ? small : idleCommands,
        changed == Bound.REPLY_LINE ? small : replyLine,
        changed == Bound.REPLY_LINES ? small : replyLines);
  }
}
