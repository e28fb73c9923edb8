package dev.lmtp;

/**
 * Every bound the two state machines keep, in octets unless said otherwise. Each default is at
 * least what RFC 5321 §4.5.3.1 demands of every implementation; a lower value than that is refused.
 *
 * <table>
 *   <caption>Limits</caption>
 *   <tr><th>limit</th><th>least</th><th>default</th></tr>
 *   <tr><td>command line with CRLF (§4.5.3.1.4)</td><td>512</td><td>2,048</td></tr>
 *   <tr><td>local part (§4.5.3.1.1)</td><td>64</td><td>256</td></tr>
 *   <tr><td>domain (§4.5.3.1.2)</td><td>255</td><td>255</td></tr>
 *   <tr><td>path (§4.5.3.1.3)</td><td>256</td><td>512</td></tr>
 *   <tr><td>recipients of a transaction (§4.5.3.1.8)</td><td>100</td><td>1,000</td></tr>
 *   <tr><td>message (§4.5.3.1.7)</td><td>65,536</td><td>none</td></tr>
 *   <tr><td>line of content with CRLF (§4.5.3.1.6)</td><td>1,000</td><td>none</td></tr>
 *   <tr><td>refused content read to its end</td><td></td><td>128 MiB</td></tr>
 *   <tr><td>errors without a message between them</td><td>20</td><td>100</td></tr>
 *   <tr><td>idle commands without a message between them</td><td>20</td><td>1,000</td></tr>
 *   <tr><td>reply line with CRLF, in the client (§4.5.3.1.5)</td><td>512</td><td>4,096</td></tr>
 *   <tr><td>lines of one reply, in the client</td><td></td><td>128</td></tr>
 * </table>
 *
 * @param commandLine the longest command line a server takes
 * @param localPart the longest local part
 * @param domain the longest domain
 * @param path the longest path, with its angle brackets
 * @param recipients the most recipients of a transaction; the next one gets 452 4.5.3
 * @param message the largest content; {@link Long#MAX_VALUE} for any
 * @param textLine the longest line of content in {@code DATA}; {@link Integer#MAX_VALUE} for any
 * @param discardedContent how much of a refused content is read to stay in frame, before the
 *     session is given up with 421
 * @param errors how many rules a peer may break in a session before a message of it is whole; then
 *     421. What follows from an earlier refusal in a pipelined group does not count, up to ten
 *     times the limit for recipients
 * @param idleCommands likewise for commands that bring nothing: {@code NOOP}, {@code RSET}, {@code
 *     VRFY}, {@code EXPN}, {@code HELP}, a hello, an empty chunk
 * @param replyLine the longest line of a reply a client takes
 * @param replyLines the most lines of a reply a client takes
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

  /** The defaults of the table. */
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
    return new Limits(
        octets,
        localPart,
        domain,
        path,
        recipients,
        message,
        textLine,
        discardedContent,
        errors,
        idleCommands,
        replyLine,
        replyLines);
  }

  /** These limits with another one for the recipients of a transaction. */
  public Limits withRecipients(int most) {
    return new Limits(
        commandLine,
        localPart,
        domain,
        path,
        most,
        message,
        textLine,
        discardedContent,
        errors,
        idleCommands,
        replyLine,
        replyLines);
  }

  /** These limits with another one for the content, in octets. */
  public Limits withMessage(long octets) {
    return new Limits(
        commandLine,
        localPart,
        domain,
        path,
        recipients,
        octets,
        textLine,
        discardedContent,
        errors,
        idleCommands,
        replyLine,
        replyLines);
  }

  /** These limits with another one for a line of content, in octets with CRLF. */
  public Limits withTextLine(int octets) {
    return new Limits(
        commandLine,
        localPart,
        domain,
        path,
        recipients,
        message,
        octets,
        discardedContent,
        errors,
        idleCommands,
        replyLine,
        replyLines);
  }

  /** These limits with another one for refused content that is read on, in octets. */
  public Limits withDiscardedContent(long octets) {
    return new Limits(
        commandLine,
        localPart,
        domain,
        path,
        recipients,
        message,
        textLine,
        octets,
        errors,
        idleCommands,
        replyLine,
        replyLines);
  }

  /** These limits with others for errors and idle commands between two messages. */
  public Limits withErrors(int mostErrors, int mostIdleCommands) {
    return new Limits(
        commandLine,
        localPart,
        domain,
        path,
        recipients,
        message,
        textLine,
        discardedContent,
        mostErrors,
        mostIdleCommands,
        replyLine,
        replyLines);
  }

  /** These limits with another one for a reply, in octets a line and in lines. */
  public Limits withReply(int lineOctets, int lines) {
    return new Limits(
        commandLine,
        localPart,
        domain,
        path,
        recipients,
        message,
        textLine,
        discardedContent,
        errors,
        idleCommands,
        lineOctets,
        lines);
  }
}
