package dev.lmtp.session;

import dev.lmtp.Verb;
import dev.lmtp.codec.Violation;

/** What a server demands of a client before it takes mail from it or answers questions. */
public enum Demand {
  /** Nothing. */
  NOTHING(null),
  /** {@code STARTTLS}, even before {@code AUTH}: 530 5.7.0 (RFC 3207 §4). */
  TLS(Violation.TLS_REQUIRED),
  /** {@code AUTH}: 530 5.7.0 (RFC 4954 §6). */
  AUTHENTICATION(Violation.AUTH_REQUIRED);

  private final Violation violation;

  Demand(Violation violation) {
    this.violation = violation;
  }

  /** The rule that a verb breaks; {@code null} where it is free to all. */
  Violation violation(Verb verb) {
    return switch (verb) {
      case MAIL, VRFY, EXPN -> violation;
      case AUTH -> this == TLS ? violation : null;
      default -> null;
    };
  }
}
