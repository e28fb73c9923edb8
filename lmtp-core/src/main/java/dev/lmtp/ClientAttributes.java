package dev.lmtp;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a front-end says of its own client by {@code XCLIENT} or {@code XFORWARD}, as Postfix
 * documents them: names like ADDR, PORT, NAME, HELO, PROTO, LOGIN, IDENT, SOURCE, and Dovecot's
 * SESSION, TTL and TIMEOUT.
 *
 * @param values by names in upper case, in the order in which they came; cannot be changed
 */
public record ClientAttributes(Map<String, String> values) {

  /** Nothing was said. */
  public static final ClientAttributes NONE = new ClientAttributes(Map.of());

  private static final String UNAVAILABLE = "[UNAVAILABLE]";
  private static final String UNAVAILABLE_NOW = "[TEMPUNAVAIL]";

  /** Takes a copy; refuses a name that is none and a value with control characters. */
  public ClientAttributes {
    Map<String, String> checked = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> checked.put(Extension.requireKeyword(name), Xtext.requireText(value)));
    values = Collections.unmodifiableMap(checked);
  }

  /**
   * Reads the argument of either command: {@code NAME=value} pairs between blanks, the values in
   * xtext.
   *
   * @throws IllegalArgumentException where it is malformed or empty
   */
  public static ClientAttributes parse(String argument) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String pair : argument.strip().split(" +")) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("not NAME=value: " + Reply.clean(pair));
      }
      found.put(pair.substring(0, equals), Xtext.decode(pair.substring(equals + 1)));
    }
    return new ClientAttributes(found);
  }

  /**
   * These attributes and one more, or another value for one.
   *
   * @throws IllegalArgumentException where the name is none or the value holds control characters
   */
  public ClientAttributes with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(values);
    more.put(name, value);
    return new ClientAttributes(more);
  }

  /** These attributes, and those in place of or beside them. */
  public ClientAttributes with(ClientAttributes others) {
    Map<String, String> all = new LinkedHashMap<>(values);
    all.putAll(others.values);
    return new ClientAttributes(all);
  }

  /** A value, in any case of letters; empty where it was not said or is said to be unavailable. */
  public Optional<String> value(String name) {
    return Optional.ofNullable(values.get(name.toUpperCase(Locale.ROOT)))
        .filter(value -> !value.isEmpty())
        .filter(value -> !value.equalsIgnoreCase(UNAVAILABLE))
        .filter(value -> !value.equalsIgnoreCase(UNAVAILABLE_NOW));
  }

  /**
   * Those attributes whose names a server listed behind its keyword, as the argument of a command;
   * empty where there are none.
   */
  public String argument(String listed) {
    List<String> known = List.of(listed.toUpperCase(Locale.ROOT).split(" +"));
    List<String> pairs = new ArrayList<>();
    values.forEach(
        (name, value) -> {
          if (known.contains(name)) {
            pairs.add(name + "=" + Xtext.encode(value));
          }
        });
    return String.join(" ", pairs);
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
