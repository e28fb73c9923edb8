package dev.lmtp.codec;

import dev.lmtp.Capabilities;
import dev.lmtp.Extension;
import dev.lmtp.ForwardPath;
import dev.lmtp.MailParameters;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;

/**
 * Writes commands, RFC 5321 §4.1.1 and RFC 3030 §2. Arguments come as values that were checked when
 * they were made; so nothing an application says can end a line.
 */
public final class CommandWriter {

  private CommandWriter() {}

  /** A verb alone. */
  public static void command(OutputBuffer out, Verb verb) {
    out.ascii(verb.name()).crlf();
  }

  /**
   * A hello.
   *
   * @param name the client's name; printable ASCII without blanks
   */
  public static void hello(OutputBuffer out, Verb verb, String name) {
    out.ascii(verb.name()).octet(' ').ascii(requireWord(name)).crlf();
  }

  /** {@code MAIL}, with those parameters the server offered. */
  public static void mail(
      OutputBuffer out, ReversePath path, MailParameters parameters, Capabilities offered) {
    out.ascii("MAIL FROM:").ascii(path.toString());
    if (parameters.size().isPresent() && offered.offers(Extension.SIZE)) {
      out.ascii(" SIZE=").decimal(parameters.size().getAsLong());
    }
    if (parameters.body().isPresent() && offered.offers(Extension.EIGHTBITMIME)) {
      out.ascii(" BODY=").ascii(parameters.body().get().keyword());
    }
    out.crlf();
  }

  /** {@code RCPT}. */
  public static void rcpt(OutputBuffer out, ForwardPath path) {
    out.ascii("RCPT TO:").ascii(path.toString()).crlf();
  }

  /** {@code BDAT}; its octets follow. */
  public static void chunk(OutputBuffer out, long octets) {
    out.ascii("BDAT ").decimal(octets).crlf();
  }

  /** {@code BDAT … LAST}; its octets follow. */
  public static void lastChunk(OutputBuffer out, long octets) {
    out.ascii("BDAT ").decimal(octets).ascii(" LAST").crlf();
  }

  /**
   * Checks a hello name: what holds a blank, a control character or nothing would be another
   * command, or none.
   */
  public static String requireWord(String name) {
    boolean word = !name.isEmpty();
    for (int i = 0; i < name.length(); i++) {
      word &= name.charAt(i) > ' ' && name.charAt(i) <= '~';
    }
    if (!word) {
      throw new IllegalArgumentException("a hello name is printable ASCII without blanks");
    }
    return name;
  }
}
