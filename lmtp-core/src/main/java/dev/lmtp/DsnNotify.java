package dev.lmtp;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * When a sender wants to hear about a recipient, the value of {@code NOTIFY}: RFC 3461 §4.1.
 *
 * @param conditions none for {@code NEVER}; immutable
 */
public record DsnNotify(Set<Condition> conditions) {

  /** What can happen to a message. */
  public enum Condition {
    /** It was delivered. */
    SUCCESS,
    /** It was given up. */
    FAILURE,
    /** It waits for unusually long. */
    DELAY
  }

  /** No notification, whatever happens. */
  public static final DsnNotify NEVER = new DsnNotify(Set.of());

  /** Takes a copy. */
  public DsnNotify {
    EnumSet<Condition> ordered = EnumSet.noneOf(Condition.class);
    ordered.addAll(conditions);
    conditions = Collections.unmodifiableSet(ordered);
  }

  /** A notification on each of these conditions. */
  public static DsnNotify of(Condition first, Condition... more) {
    return new DsnNotify(EnumSet.of(first, more));
  }

  /**
   * Reads {@code NEVER}, or {@code SUCCESS,FAILURE} and the like, in any case of letters; {@link
   * IllegalArgumentException} where a word is unknown, missing or repeated.
   */
  public static DsnNotify parse(String value) {
    // notify-esmtp-value = "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" )
    String upper = Extension.upperCase(value);
    EnumSet<Condition> found = EnumSet.noneOf(Condition.class);
    for (String word : upper.equals("NEVER") ? new String[0] : upper.split(",", -1)) {
      boolean added = false;
      for (Condition condition : Condition.values()) {
        added |= condition.name().equals(word) && found.add(condition);
      }
      ParameterSyntax.require(added, "NOTIFY", value);
    }
    return new DsnNotify(found);
  }

  /** The value as it is written. */
  @Override
  public String toString() {
    String list = conditions.stream().map(Condition::name).collect(Collectors.joining(","));
    return list.isEmpty() ? "NEVER" : list;
  }
}
