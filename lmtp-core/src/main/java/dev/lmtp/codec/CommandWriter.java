package dev.lmtp.codec;

import dev.lmtp.Capabilities;
import dev.lmtp.ForwardPath;
import dev.lmtp.Mailbox;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
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

  /** {@code MAIL}, with those parameters the server takes. */
  public static void mail(
      OutputBuffer out, ReversePath path, Parameters parameters, Capabilities offered) {
    out.ascii("MAIL FROM:<");
    if (!path.isNull()) {
      write(out, path.mailbox().get());
    }
    out.octet('>');
    write(out, parameters, offered);
  }

  /** {@code RCPT}, with those parameters the server takes. */
  public static void rcpt(
      OutputBuffer out, ForwardPath path, Parameters parameters, Capabilities offered) {
    out.ascii("RCPT TO:<");
    write(out, path.mailbox());
    out.octet('>');
    write(out, parameters, offered);
  }

  private static void write(OutputBuffer out, Mailbox mailbox) {
    out.utf8(mailbox.localPart());
    if (!mailbox.domain().isEmpty()) {
      out.octet('@').utf8(mailbox.domain());
    }
  }

  private static void write(OutputBuffer out, Parameters parameters, Capabilities offered) {
    for (Parameter<?> parameter : parameters.all()) {
      if (isWritten(parameter, parameters, offered)) {
        out.octet(' ').ascii(parameter.keyword());
        String value = parameters.written(parameter);
        if (!value.isEmpty()) {
          out.octet('=').utf8(value);
        }
      }
    }
    out.crlf();
  }

  /** Whether a parameter is written, because a server that offers this takes its value. */
  public static <T> boolean isWritten(
      Parameter<T> parameter, Parameters parameters, Capabilities offered) {
    T value = parameters.value(parameter).orElseThrow();
    return parameter.isOfferedBy(offered) && parameter.isWithin(value, offered);
  }

  /**
   * Any other command.
   *
   * @param verb letters, digits and hyphens
   * @param argument what stands behind it, without line ends and other controls; may be empty
   */
  public static void command(OutputBuffer out, String verb, String argument) {
    if (!verb.matches("[A-Za-z0-9-]+") || argument.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("not one command line");
    }
    out.ascii(verb);
    if (!argument.isEmpty()) {
      out.octet(' ').utf8(argument);
    }
    out.crlf();
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
