package dev.lmtp.server;

import dev.lmtp.ForwardPath;
import dev.lmtp.Mailbox;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Gives each recipient to the agent of its domain, of its user, or of whatever decides. Where all
 * go to one agent it gets the message as it comes; else the content is kept, and each agent in turn
 * gets the message with its own recipients. What one of them throws concerns its recipients alone.
 *
 * <p>An agent is asked about the sender when its first recipient comes, and its refusal answers
 * that {@code RCPT}. Commands like {@code VRFY} are answered by the library.
 *
 * <p>Safe for use by any number of threads if the agents are.
 */
public final class RouteAgent implements DeliveryAgent {

  private static final System.Logger LOG = System.getLogger(RouteAgent.class.getName());
  private static final Reply NOWHERE = Reply.of(550, "5.1.1", "No such recipient here");
  private static final Reply FAILED = Reply.of(451, "4.3.0", "Delivery failed, try again");

  private final Function<Mailbox, Optional<DeliveryAgent>> route;
  private final KeptContent.Place place;

  private RouteAgent(Function<Mailbox, Optional<DeliveryAgent>> route, KeptContent.Place place) {
    this.route = route;
    this.place = place;
  }

  /**
   * An agent that asks for each recipient.
   *
   * @param route the same agent each time; none for a recipient that does not exist: 550 5.1.1
   */
  public static RouteAgent of(Function<Mailbox, Optional<DeliveryAgent>> route) {
    return new RouteAgent(Objects.requireNonNull(route, "route"), KeptContent.Place.DEFAULT);
  }

  /**
   * An agent for each domain, in upper or lower case; other domains have no recipients.
   *
   * @throws IllegalArgumentException where two domains are one
   */
  public static RouteAgent byDomain(Map<String, DeliveryAgent> agents) {
    Map<String, DeliveryAgent> folded =
        agents.entrySet().stream()
            .map(entry -> Map.entry(MaildirTemplate.nameOf(entry.getKey()), entry.getValue()))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, RouteAgent::refuse));
    return of(mailbox -> Optional.ofNullable(folded.get(MaildirTemplate.nameOf(mailbox.domain()))));
  }

  private static DeliveryAgent refuse(DeliveryAgent one, DeliveryAgent other) {
    throw new IllegalArgumentException("one domain with two agents: " + one + ", " + other);
  }

  /** The same, with another place for contents that several agents get. */
  public RouteAgent withPlace(KeptContent.Place other) {
    return new RouteAgent(route, other);
  }

  @Override
  public Reply recipient(Transaction transaction, ForwardPath recipient, Parameters parameters)
      throws IOException {
    Optional<DeliveryAgent> agent = route.apply(recipient.mailbox());
    if (agent.isEmpty()) {
      return NOWHERE;
    }
    Reply sender = agent.get().sender(transaction);
    return sender.isPositive() ? agent.get().recipient(transaction, recipient, parameters) : sender;
  }

  @Override
  public void deliver(IncomingMessage message) throws IOException {
    Map<DeliveryAgent, List<Recipient>> routes = new LinkedHashMap<>();
    for (Recipient recipient : message.recipients()) {
      Optional<DeliveryAgent> agent = route.apply(recipient.path().mailbox());
      if (agent.isPresent()) {
        routes.computeIfAbsent(agent.get(), first -> new ArrayList<>()).add(recipient);
      } else {
        // It was there at its RCPT; the sender may ask again.
        recipient.reply(FAILED);
      }
    }
    if (routes.size() == 1
        && message.recipients().size() == routes.values().iterator().next().size()) {
      routes.keySet().iterator().next().deliver(message);
      return;
    }
    try (KeptContent kept = message.keep(place)) {
      routes.forEach((agent, some) -> deliver(agent, message.part(kept.whole(), some)));
    }
  }

  private static void deliver(DeliveryAgent agent, IncomingMessage part) {
    try {
      agent.deliver(part);
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, part.transaction().id() + ": agent failed", e);
    }
    part.replyAll(FAILED);
  }
}
