package dev.lmtp;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The parameters of one {@code MAIL} or {@code RCPT} command and their values, in the order in
 * which they were given. Immutable; each parameter stands in it once (RFC 5321 §4.1.1.11).
 */
public final class Parameters {

  /** No parameters. */
  public static final Parameters NONE = new Parameters(Map.of());

  private final Map<Parameter<?>, Object> values;

  private Parameters(Map<Parameter<?>, Object> values) {
    this.values = values;
  }

  /** That one parameter. */
  public static <T> Parameters of(Parameter<T> parameter, T value) {
    return NONE.with(parameter, value);
  }

  /**
   * These parameters with one more, or with another value of it.
   *
   * @throws IllegalArgumentException where the value would not be read back from a command line
   */
  public <T> Parameters with(Parameter<T> parameter, T value) {
    // What is kept is what will be read: nobody else has a hand on it.
    T kept = parameter.parse(parameter.format(Objects.requireNonNull(value, "value")));
    Map<Parameter<?>, Object> more = new LinkedHashMap<>(values);
    more.put(parameter, kept);
    return new Parameters(Collections.unmodifiableMap(more));
  }

  /** The value of a parameter, if it is there. */
  @SuppressWarnings("unchecked") // with() let in only values of the parameter's type.
  public <T> Optional<T> value(Parameter<T> parameter) {
    return Optional.ofNullable((T) values.get(parameter));
  }

  /** Whether a parameter is there. */
  public boolean has(Parameter<?> parameter) {
    return values.containsKey(parameter);
  }

  /** Which parameters are there. */
  public Set<Parameter<?>> all() {
    return values.keySet();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Parameters that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /** As on the command line: {@code SIZE=1024 BODY=8BITMIME}. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder();
    for (Parameter<?> parameter : values.keySet()) {
      line.append(line.isEmpty() ? "" : " ").append(parameter.keyword());
      String value = written(parameter);
      line.append(value.isEmpty() ? "" : "=").append(value);
    }
    return line.toString();
  }

  /** The value of a parameter that is there, as it is written; empty where it has none. */
  public <T> String written(Parameter<T> parameter) {
    return parameter.format(value(parameter).orElseThrow());
  }
}
