package dev.lmtp;

import java.time.Duration;
import java.util.Optional;

/**
 * The wish that a message can be tracked, the value of {@code MTRK}: RFC 3885 §3.1. It must come
 * with an {@code ENVID} (§3.2).
 *
 * @param certifier the SHA-1 of what who asks must know; base64 without padding, since {@code =} is
 *     none of the value
 * @param timeout for how long to keep track, in whole seconds up to 999,999,999; run down to zero,
 *     the parameter must not be passed on
 */
public record MessageTracking(String certifier, Optional<Duration> timeout) {

  /** Refuses what cannot be written. */
  public MessageTracking {
    ParameterSyntax.require(certifier.matches("[A-Za-z0-9+/]+"), "certifier", certifier);
    timeout.ifPresent(
        time ->
            ParameterSyntax.require(!time.isNegative(), "timeout", ParameterSyntax.format(time)));
  }

  /** Reads {@code certifier:seconds} or less; {@link IllegalArgumentException} if malformed. */
  public static MessageTracking parse(String value) {
    // mtrk-certifier [ ":" mtrk-timeout ] ; mtrk-timeout = 1*9DIGIT
    String[] parts = value.split(":", 2);
    Optional<String> seconds = parts.length < 2 ? Optional.empty() : Optional.of(parts[1]);
    return new MessageTracking(parts[0], seconds.map(ParameterSyntax::seconds));
  }

  /** The value as it is written. */
  @Override
  public String toString() {
    return certifier + timeout.map(time -> ":" + ParameterSyntax.format(time)).orElse("");
  }
}
