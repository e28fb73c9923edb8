package dev.lmtp.session;

import dev.lmtp.Limits;
import dev.lmtp.Verb;
import dev.lmtp.codec.Violation;

/**
 * What a peer may do in a session without a message coming of it: break rules, and send commands
 * that bring nothing. Renewed by each whole message.
 *
 * <p>A client that pipelines cannot know that its {@code MAIL} was refused, and has sent all its
 * {@code RCPT}s by then (RFC 2920 §3.1): such errors are no fault of its own and have a wider
 * limit.
 */
final class CommandBudget {

  private static final int FOLLOWING = 10;

  private final Limits limits;
  private int errors;
  private int followingErrors;
  private int idleCommands;

  CommandBudget(Limits limits) {
    this.limits = limits;
  }

  /** Takes note of a broken rule. */
  void error(Violation violation) {
    switch (violation) {
      case MAIL_FIRST, RECIPIENT_FIRST, TOO_MANY_RECIPIENTS -> followingErrors++;
      default -> errors++;
    }
  }

  /** Takes note of a command; an empty chunk counts as one. */
  void command(Verb verb) {
    switch (verb) {
      case MAIL, RCPT, DATA, QUIT -> {}
      default -> idleCommands++;
    }
  }

  /** A message is whole. */
  void renew() {
    errors = 0;
    followingErrors = 0;
    idleCommands = 0;
  }

  /** The limit that is reached; {@code null} where none is. */
  Violation spent() {
    if (errors > limits.errors() || followingErrors > FOLLOWING * (long) limits.recipients()) {
      return Violation.TOO_MANY_ERRORS;
    }
    return idleCommands > limits.idleCommands() ? Violation.TOO_MANY_IDLE_COMMANDS : null;
  }
}
