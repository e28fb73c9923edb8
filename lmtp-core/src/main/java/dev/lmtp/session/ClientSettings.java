package dev.lmtp.session;

import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.codec.CommandWriter;
import java.time.Duration;
import java.util.Objects;

/**
 * How a client session behaves; one value serves any number of sessions. The patience for each
 * phase is that of RFC 5321 §4.5.3.2 by default.
 *
 * @param protocol LMTP or SMTP
 * @param helloName what the client calls itself
 * @param limits for replies
 * @param leniency which deviations from the grammar of replies are tolerated
 * @param greetingPatience for the greeting: 5 minutes
 * @param commandPatience for the replies to a hello, {@code MAIL}, {@code RCPT}: 5 minutes
 * @param dataPatience for the reply to {@code DATA}: 2 minutes
 * @param contentPatience for the server to take the next block of content: 3 minutes
 * @param finalPatience for each reply behind the content: 10 minutes
 */
public record ClientSettings(
    Protocol protocol,
    String helloName,
    Limits limits,
    Leniency leniency,
    Duration greetingPatience,
    Duration commandPatience,
    Duration dataPatience,
    Duration contentPatience,
    Duration finalPatience) {

  /** Checks the hello name, and refuses {@code null}. */
  public ClientSettings {
    Objects.requireNonNull(protocol, "protocol");
    CommandWriter.requireWord(helloName);
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(leniency, "leniency");
    Objects.requireNonNull(greetingPatience, "greetingPatience");
    Objects.requireNonNull(commandPatience, "commandPatience");
    Objects.requireNonNull(dataPatience, "dataPatience");
    Objects.requireNonNull(contentPatience, "contentPatience");
    Objects.requireNonNull(finalPatience, "finalPatience");
  }

  /** The defaults of RFC 5321 §4.5.3.2. */
  public static ClientSettings of(Protocol protocol, String helloName) {
    return new ClientSettings(
        protocol,
        helloName,
        Limits.DEFAULT,
        Leniency.COMPATIBLE,
        Duration.ofMinutes(5),
        Duration.ofMinutes(5),
        Duration.ofMinutes(2),
        Duration.ofMinutes(3),
        Duration.ofMinutes(10));
  }

  /** These settings with other limits. */
  public ClientSettings withLimits(Limits other) {
    return with(other, leniency);
  }

  /** These settings with another profile, or a profile with single switches set otherwise. */
  public ClientSettings withLeniency(Leniency other) {
    return with(limits, other);
  }

  private ClientSettings with(Limits bounds, Leniency profile) {
    return new ClientSettings(
        protocol,
        helloName,
        bounds,
        profile,
        greetingPatience,
        commandPatience,
        dataPatience,
        contentPatience,
        finalPatience);
  }

  /** These settings with another patience for each phase, in the order of the components. */
  public ClientSettings withPatience(
      Duration greeting, Duration command, Duration data, Duration content, Duration last) {
    return new ClientSettings(
        protocol, helloName, limits, leniency, greeting, command, data, content, last);
  }
}
