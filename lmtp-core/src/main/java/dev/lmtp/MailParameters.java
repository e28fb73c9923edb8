package dev.lmtp;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The parameters of a {@code MAIL} command.
 *
 * @param size the declared size of the content in octets, RFC 1870; an estimate: the content may be
 *     larger or smaller
 * @param body what the content may hold, RFC 6152; where absent, 7BIT is meant
 */
public record MailParameters(OptionalLong size, Optional<BodyType> body) {

  /** No parameters. */
  public static final MailParameters NONE =
      new MailParameters(OptionalLong.empty(), Optional.empty());

  /** Checks that the size is not negative. */
  public MailParameters {
    if (size.isPresent() && size.getAsLong() < 0) {
      throw new IllegalArgumentException("negative size: " + size.getAsLong());
    }
  }

  /** These parameters with that declared size, in octets. */
  public MailParameters withSize(long octets) {
    return new MailParameters(OptionalLong.of(octets), body);
  }

  /** These parameters with that body type. */
  public MailParameters withBody(BodyType type) {
    return new MailParameters(size, Optional.of(type));
  }
}
