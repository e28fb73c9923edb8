package dev.lmtp;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a server offers in its answer to {@code EHLO} or {@code LHLO}: keywords and their parameters
 * (RFC 5321 §4.1.1.1), in the order of the reply.
 */
public final class Capabilities {

  /** Nothing is offered, as after {@code HELO}. */
  public static final Capabilities NONE = new Capabilities(Map.of());

  private final Map<String, String> parametersByKeyword;
  private final SessionLimits sessionLimits;

  private Capabilities(Map<String, String> parametersByKeyword) {
    this.parametersByKeyword = parametersByKeyword;
    this.sessionLimits =
        SessionLimits.parse(parametersByKeyword.getOrDefault(Extension.LIMITS.keyword(), ""));
  }

  /**
   * Reads the lines of a hello reply behind the first. Odd forms are taken as real servers send
   * them: any case of letters, an empty line, {@code AUTH=} for {@code AUTH }; the first line of a
   * keyword counts.
   */
  public static Capabilities ofReply(Reply reply) {
    Map<String, String> offered = new LinkedHashMap<>();
    List<String> lines = reply.lines();
    for (String line : lines.subList(1, lines.size())) {
      String text = line.strip();
      int end = 0;
      while (end < text.length() && text.charAt(end) != ' ' && text.charAt(end) != '=') {
        end++;
      }
      if (end > 0) {
        String parameters = end < text.length() ? text.substring(end + 1).strip() : "";
        offered.putIfAbsent(Extension.upperCase(text.substring(0, end)), parameters);
      }
    }
    return new Capabilities(Collections.unmodifiableMap(offered));
  }

  /** Whether the extension is offered. */
  public boolean offers(Extension extension) {
    return parametersByKeyword.containsKey(extension.keyword());
  }

  /** The parameters behind a keyword, in any case of letters; empty where it is not offered. */
  public Optional<String> parameters(String keyword) {
    return Optional.ofNullable(parametersByKeyword.get(Extension.upperCase(keyword)));
  }

  /**
   * The largest message the server takes, in octets, if it names one (RFC 1870 §3); none where it
   * says 0 or something unreadable.
   */
  public OptionalLong largestMessage() {
    String size = parametersByKeyword.getOrDefault(Extension.SIZE.keyword(), "");
    if (!size.matches("[0-9]{1,18}") || Long.parseLong(size) == 0) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(size));
  }

  /** What the server's LIMITS are, RFC 9422. */
  public SessionLimits sessionLimits() {
    return sessionLimits;
  }

  /** The keywords in upper case, with their parameters, in the order of the reply. */
  public Map<String, String> asMap() {
    return parametersByKeyword;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Capabilities that
        && parametersByKeyword.equals(that.parametersByKeyword);
  }

  @Override
  public int hashCode() {
    return parametersByKeyword.hashCode();
  }

  @Override
  public String toString() {
    return parametersByKeyword.toString();
  }
}
