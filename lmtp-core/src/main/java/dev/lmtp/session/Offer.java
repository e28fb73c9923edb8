package dev.lmtp.session;

import dev.lmtp.Capabilities;
import dev.lmtp.Extension;
import dev.lmtp.Limits;
import dev.lmtp.Parameter;
import dev.lmtp.Reply;
import dev.lmtp.Verb;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a server offers: the keywords of its hello reply, the parameters of {@code MAIL} and {@code
 * RCPT} that come with them, and commands of the application's own. Immutable.
 *
 * <p>Offering an extension means that the application does what it asks for: the library reads and
 * checks the parameters and hands them over.
 */
public final class Offer {

  /**
   * PIPELINING, ENHANCEDSTATUSCODES, 8BITMIME, SIZE and CHUNKING: what the library does by itself.
   */
  public static final Offer DEFAULT =
      new Offer(Map.of(), List.of(), Set.of())
          .with(Extension.PIPELINING)
          .with(Extension.ENHANCEDSTATUSCODES)
          .with(Extension.EIGHTBITMIME)
          .with(Extension.SIZE)
          .with(Extension.CHUNKING);

  private final Map<String, String> keywords;
  private final List<Parameter<?>> ownParameters;
  private final Set<String> commands;
  private volatile Hello hello;

  private Offer(
      Map<String, String> keywords, List<Parameter<?>> ownParameters, Set<String> commands) {
    this.keywords = keywords;
    this.ownParameters = ownParameters;
    this.commands = commands;
  }

  /** This offer and one more extension; SIZE and LIMITS tell what the {@link Limits} say. */
  public Offer with(Extension extension) {
    return with(extension.keyword(), "");
  }

  /**
   * This offer and one more keyword.
   *
   * @param keyword a registered one or the application's own
   * @param parameters what stands behind it in the hello reply; may be empty
   */
  public Offer with(String keyword, String parameters) {
    Map<String, String> more = new LinkedHashMap<>(keywords);
    more.put(Extension.requireKeyword(keyword), Objects.requireNonNull(parameters, "parameters"));
    return new Offer(Collections.unmodifiableMap(more), ownParameters, commands);
  }

  /** This offer without an extension. */
  public Offer without(Extension extension) {
    Map<String, String> less = new LinkedHashMap<>(keywords);
    less.remove(extension.keyword());
    return new Offer(Collections.unmodifiableMap(less), ownParameters, commands);
  }

  /** This offer and a parameter of the application's own; its keyword is to be offered too. */
  public Offer with(Parameter<?> parameter) {
    List<Parameter<?>> more = new ArrayList<>(ownParameters);
    more.add(parameter);
    return new Offer(keywords, List.copyOf(more), commands);
  }

  /** This offer and a command of the application's own: {@link ServerEvent#COMMAND}. */
  public Offer withCommand(String verb) {
    String name = Extension.requireKeyword(verb);
    if (Verb.named(name) != Verb.UNRECOGNIZED) {
      throw new IllegalArgumentException(name + " is the library's own");
    }
    Set<String> more = new LinkedHashSet<>(commands);
    more.add(name);
    return new Offer(keywords, ownParameters, Set.copyOf(more));
  }

  /** Whether a keyword is offered. */
  public boolean has(Extension extension) {
    return keywords.containsKey(extension.keyword());
  }

  Set<String> commands() {
    return commands;
  }

  /** What follows from an offer: the reply to a hello, what a client reads in it, what is taken. */
  record Hello(
      String hostname,
      Limits limits,
      Reply reply,
      Capabilities capabilities,
      List<Parameter<?>> parameters) {}

  /** The answer to a hello; the last is remembered, for all sessions of a server get the same. */
  Hello hello(String hostname, Limits limits) {
    Hello last = hello;
    if (last == null || !last.hostname.equals(hostname) || !last.limits.equals(limits)) {
      Reply reply = helloReply(hostname, limits);
      Capabilities offered = Capabilities.ofReply(reply);
      last = new Hello(hostname, limits, reply, offered, parameters(offered));
      hello = last;
    }
    return last;
  }

  private List<Parameter<?>> parameters(Capabilities offered) {
    List<Parameter<?>> all = new ArrayList<>(ownParameters);
    for (Parameter<?> parameter : Parameter.known()) {
      if (parameter.isOfferedBy(offered)) {
        all.add(parameter);
      }
    }
    return List.copyOf(all);
  }

  // RFC 5321 §4.1.1.1.
  private Reply helloReply(String hostname, Limits limits) {
    List<String> lines = new ArrayList<>();
    lines.add(hostname);
    keywords.forEach(
        (keyword, parameters) -> {
          String told = parameters.isEmpty() ? told(keyword, limits) : parameters;
          lines.add(told.isEmpty() ? keyword : keyword + " " + told);
        });
    return Reply.plain(250, lines.toArray(String[]::new));
  }

  private static String told(String keyword, Limits limits) {
    return switch (keyword) {
      case "SIZE" -> limits.message() == Long.MAX_VALUE ? "" : String.valueOf(limits.message());
      case "LIMITS" -> "RCPTMAX=" + limits.recipients();
      default -> "";
    };
  }
}
