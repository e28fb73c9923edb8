package dev.lmtp;

import java.time.OffsetDateTime;
import java.util.Objects;

/**
 * Since when a recipient must have owned the mailbox without a break, the value of {@code RRVS}:
 * RFC 7293 §3.1.
 *
 * @param moment without a fraction of a second
 * @param noSupport what to do where the next server does not offer RRVS
 */
public record RecipientValidSince(OffsetDateTime moment, NoSupport noSupport) {

  /** The no-support action. */
  public enum NoSupport {
    /** Reject the message; the default. */
    REJECT,
    /** Relay it without the parameter. */
    CONTINUE
  }

  /** Refuses what cannot be written. */
  public RecipientValidSince {
    Objects.requireNonNull(noSupport, "noSupport");
    ParameterSyntax.require(moment.getNano() == 0, "RRVS", ParameterSyntax.format(moment));
  }

  /** Reads a date-time with or without an action; {@link IllegalArgumentException} if malformed. */
  public static RecipientValidSince parse(String value) {
    // rrvs-param = date-time [ ";" ( "C" / "R" ) ]
    String upper = Extension.upperCase(value);
    boolean goesOn = upper.endsWith(";C");
    int end = upper.length() - (goesOn || upper.endsWith(";R") ? 2 : 0);
    return new RecipientValidSince(
        ParameterSyntax.dateTime(upper.substring(0, end)),
        goesOn ? NoSupport.CONTINUE : NoSupport.REJECT);
  }

  /** The value as it is written, always with the action. */
  @Override
  public String toString() {
    return ParameterSyntax.format(moment) + (noSupport == NoSupport.CONTINUE ? ";C" : ";R");
  }
}
