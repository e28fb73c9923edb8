package dev.lmtp.session;

import java.util.ArrayDeque;

/**
 * The replies still to come, in the order of the commands (RFC 2920 §3.1). Holds an event a reply,
 * and for those of {@code RCPT} and behind the content the recipient's index.
 */
final class ExpectedReplies {

  record Expected(ClientEvent event, int recipient) {}

  private final ArrayDeque<Expected> queue = new ArrayDeque<>();

  void add(ClientEvent event, int recipient) {
    queue.add(new Expected(event, recipient));
  }

  void add(ClientEvent event) {
    add(event, -1);
  }

  Expected remove() {
    return queue.remove();
  }

  /** The event of the reply that comes next; there must be one. */
  ClientEvent first() {
    return queue.element().event();
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  int size() {
    return queue.size();
  }

  boolean hasAny(ClientEvent event) {
    return queue.stream().anyMatch(expected -> expected.event() == event);
  }

  void clear() {
    queue.clear();
  }
}
