package dev.lmtp;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * What a server says behind LIMITS: RFC 9422 §4. It holds until the next hello.
 *
 * @param mailMax how many {@code MAIL} commands it takes in the session
 * @param rcptMax how many {@code RCPT} commands it takes in a transaction
 * @param rcptDomainMax how many domains of recipients it takes in the session
 */
public record SessionLimits(OptionalInt mailMax, OptionalInt rcptMax, OptionalInt rcptDomainMax) {

  /** Refuses {@code null}. */
  public SessionLimits {
    Objects.requireNonNull(mailMax, "mailMax");
    Objects.requireNonNull(rcptMax, "rcptMax");
    Objects.requireNonNull(rcptDomainMax, "rcptDomainMax");
  }

  /** Nothing is limited. */
  public static final SessionLimits NONE =
      new SessionLimits(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

  /**
   * Reads the parameters of the keyword. A limit that is unknown or malformed is left out, and all
   * of them where the whole is no list of limits (§3.7); the first of a name counts.
   */
  public static SessionLimits parse(String offered) {
    // limits-param = limit-name-value *(SP limit-name-value) ; limit-name ["=" limit-value]
    String[] limits = Extension.upperCase(offered.strip()).split(" +");
    for (String limit : limits) {
      if (!limit.matches("[A-Z0-9_-]+(=[!-:<-~]+)?")) {
        return NONE;
      }
    }
    return new SessionLimits(
        find(limits, "MAILMAX="), find(limits, "RCPTMAX="), find(limits, "RCPTDOMAINMAX="));
  }

  private static OptionalInt find(String[] limits, String name) {
    for (String limit : limits) {
      if (limit.startsWith(name)) {
        // %x31-39 *5DIGIT
        String value = limit.substring(name.length());
        return value.matches("[1-9][0-9]{0,5}")
            ? OptionalInt.of(Integer.parseInt(value))
            : OptionalInt.empty();
      }
    }
    return OptionalInt.empty();
  }
}
