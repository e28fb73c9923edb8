package dev.lmtp;

/** The commands of RFC 5321 §4.1, RFC 2033 §4.1 and RFC 3030 §2 that the library knows by name. */
public enum Verb {
  /** Opens an LMTP session, RFC 2033 §4.1. */
  LHLO,
  /** Opens an SMTP session with extensions, RFC 5321 §4.1.1.1. */
  EHLO,
  /** Opens an SMTP session without extensions, RFC 5321 §4.1.1.1. */
  HELO,
  /** Starts a transaction with a reverse-path, RFC 5321 §4.1.1.2. */
  MAIL,
  /** Adds a recipient, RFC 5321 §4.1.1.3. */
  RCPT,
  /** Announces dot-terminated content, RFC 5321 §4.1.1.4. */
  DATA,
  /** A counted chunk of content, RFC 3030 §2. */
  BDAT,
  /** Ends the transaction without delivery, RFC 5321 §4.1.1.5. */
  RSET,
  /** Does nothing, RFC 5321 §4.1.1.9. */
  NOOP,
  /** Asks about a mailbox, RFC 5321 §4.1.1.6. */
  VRFY,
  /** Asks about a list, RFC 5321 §4.1.1.7. */
  EXPN,
  /** Asks for help, RFC 5321 §4.1.1.8. */
  HELP,
  /** Ends the session, RFC 5321 §4.1.1.10. */
  QUIT,
  /** Asks for TLS, RFC 3207 §4. */
  STARTTLS,
  /** Begins an authentication, RFC 4954 §4. */
  AUTH,
  /** A command that the application registered. */
  REGISTERED,
  /** A method of HTTP: {@code GET}, {@code POST}, {@code CONNECT} and the others. */
  HTTP,
  /** Any word that is none of the above. */
  UNRECOGNIZED;

  /** The command of that name, in any case of letters; {@link #UNRECOGNIZED} for any other. */
  public static Verb named(String name) {
    for (Verb verb : values()) {
      if (verb.isCommand() && verb.name().equals(Extension.upperCase(name))) {
        return verb;
      }
    }
    return UNRECOGNIZED;
  }

  /** Whether the name is a command's. */
  public boolean isCommand() {
    return compareTo(REGISTERED) < 0;
  }
}
