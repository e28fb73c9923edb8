package dev.lmtp.codec;

import dev.lmtp.Capabilities;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Parameter;
import dev.lmtp.Verb;
import java.util.Set;

/** Parsers of a server that offers this or that. */
final class ServerOffers {

  private ServerOffers() {}

  /** A parser that knows the parameters of the extensions that are offered. */
  static CommandParser parser(Capabilities offered, Limits limits) {
    return new CommandParser(
        offered,
        Parameter.known().stream().filter(known -> known.isOfferedBy(offered)).toList(),
        Set.of(),
        limits,
        Leniency.COMPATIBLE);
  }

  /** Reads a command's arguments, with the values of its parameters. */
  static Violation arguments(CommandParser parser, Verb verb) {
    Violation wrong = parser.arguments();
    boolean hasParameters = verb == Verb.MAIL || verb == Verb.RCPT;
    return wrong == null && hasParameters ? parser.values() : wrong;
  }
}
