package dev.lmtp;

import java.time.Duration;
import java.util.Objects;

/**
 * The time within which to deliver, and what to do when it has passed; the value of {@code BY}: RFC
 * 2852 §4. With {@link Mode#RETURN} a message must not go to a server without DELIVERBY.
 *
 * @param byTime whole seconds from the {@code MAIL} command on, up to 999,999,999; zero or negative
 *     with {@link Mode#NOTIFY} only, where the time has passed already
 * @param mode what to do when the time has passed
 * @param trace whether the sender wants to hear of each relay
 */
public record DeliverBy(Duration byTime, Mode mode, Trace trace) {

  /** The by-mode. */
  public enum Mode {
    /** Notify the sender, and go on. */
    NOTIFY,
    /** Give up and return the message. */
    RETURN
  }

  /** The by-trace. */
  public enum Trace {
    /** Not asked for. */
    OFF,
    /** Asked for. */
    ON
  }

  /** Checks the range. */
  public DeliverBy {
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(trace, "trace");
    String written = ParameterSyntax.format(byTime);
    boolean ahead = byTime.toSeconds() > 0;
    ParameterSyntax.require(ahead || mode == Mode.NOTIFY, "time to return a message", written);
  }

  /** Without a trace. */
  public static DeliverBy of(Duration byTime, Mode mode) {
    return new DeliverBy(byTime, mode, Trace.OFF);
  }

  /** Reads {@code 120;R}; {@link IllegalArgumentException} where it is malformed. */
  public static DeliverBy parse(String value) {
    // by-value = ["-" / "+"] 1*9DIGIT ";" ( "N" / "R" ) [ "T" ]
    String upper = Extension.upperCase(value);
    ParameterSyntax.require(upper.matches("[+-]?[0-9]{1,9};[NR]T?"), "deliver-by time", value);
    int semicolon = upper.indexOf(';');
    return new DeliverBy(
        Duration.ofSeconds(Integer.parseInt(upper.substring(0, semicolon))),
        upper.charAt(semicolon + 1) == 'N' ? Mode.NOTIFY : Mode.RETURN,
        upper.endsWith("T") ? Trace.ON : Trace.OFF);
  }

  /**
   * Whether a server that writes these parameters behind DELIVERBY takes the time: to return the
   * message, it is not below the server's least (§3). None or an unreadable one is no bound.
   */
  boolean isWithin(String offered) {
    // deliverby-param = [1*9DIGIT] *( "," extension-token )
    String least = offered.split(",", 2)[0].strip();
    return mode == Mode.NOTIFY
        || !least.matches("[0-9]{1,9}")
        || byTime.compareTo(ParameterSyntax.seconds(least)) >= 0;
  }

  /** The value as it is written. */
  @Override
  public String toString() {
    String letter = mode == Mode.NOTIFY ? ";N" : ";R";
    return ParameterSyntax.format(byTime) + letter + (trace == Trace.ON ? "T" : "");
  }
}
