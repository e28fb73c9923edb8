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
    for (Expected expected : queue) {
      if (expected.event() == event) {
        return true;
      }
    }
    return false;
  }

  /** Forgets what stands behind the replies that come next, where those are to such an event. */
  void keepFirst(ClientEvent event) {
    while (!queue.isEmpty() && queue.getLast().event() != event) {
      queue.removeLast();
    }
  }

  void clear() {
    queue.clear();
  }
}
