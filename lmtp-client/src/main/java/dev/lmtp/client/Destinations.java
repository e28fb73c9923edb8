package dev.lmtp.client;

import dev.lmtp.Envelope;
import dev.lmtp.SessionLimits;
import dev.lmtp.client.Destination.Pooled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The destinations of a pool and what is idle there: those in use, and those that have an idle
 * connection. As long as there is one of these a thread waits to close it. The lock is never held
 * while something blocks.
 */
final class Destinations {

  private final int connections;
  private final int messages;
  private final long idleNanos;
  private final long ageNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();

  // All that follows is under the lock.
  private final Map<LmtpClient, Destination> destinations = new HashMap<>();
  private Thread closer;
  private boolean closed;

  Destinations(int connections, int messages, long idleNanos, long ageNanos) {
    this.connections = connections;
    this.messages = messages;
    this.idleNanos = idleNanos;
    this.ageNanos = ageNanos;
  }

  Destination enter(LmtpClient client) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the pool is closed");
      }
      Destination destination =
          destinations.computeIfAbsent(client, one -> new Destination(one, connections));
      destination.users++;
      return destination;
    } finally {
      lock.unlock();
    }
  }

  void leave(Destination destination) {
    lock.lock();
    try {
      destination.users--;
      if (destination.users == 0 && destination.idle.isEmpty()) {
        destinations.remove(destination.client());
      }
    } finally {
      lock.unlock();
    }
  }

  /** A connection that may take that envelope; {@code null} where none is left. */
  Pooled take(Destination destination, Envelope envelope) {
    while (true) {
      Pooled next;
      lock.lock();
      try {
        next = destination.idle.poll();
      } finally {
        lock.unlock();
      }
      if (next == null || isFit(next, envelope)) {
        return next;
      }
      next.connection.close();
    }
  }

  private boolean isFit(Pooled pooled, Envelope envelope) {
    SessionLimits limits = pooled.connection.capabilities().sessionLimits();
    // What is left of a MAILMAX may not suffice for several transactions, nor that of a
    // RCPTDOMAINMAX for these domains.
    boolean one = envelope.recipients().size() <= limits.rcptMax().orElse(Integer.MAX_VALUE);
    long now = System.nanoTime();
    return now - pooled.idleSince < idleNanos
        && now - pooled.opened < ageNanos
        && (one || limits.mailMax().isEmpty())
        && limits.rcptDomainMax().isEmpty();
  }

  /** Keeps a connection that may serve again, and closes any other. */
  void giveBack(Pooled pooled) {
    boolean kept = pooled.connection.isReusable() && pooled.messages < messages;
    lock.lock();
    try {
      kept &= !closed;
      if (kept) {
        pooled.idleSince = System.nanoTime();
        pooled.destination.idle.push(pooled);
        if (closer == null) {
          closer = new Thread(null, this::closeIdle, "lmtp-pool", 0, false);
          closer.setDaemon(true);
          closer.start();
        }
      }
    } finally {
      lock.unlock();
    }
    if (!kept) {
      pooled.connection.close();
    }
  }

  /** Closes what has been idle for too long, until there is nothing idle. */
  private void closeIdle() {
    try {
      for (Pooled next = awaitExpired(); next != null; next = awaitExpired()) {
        try {
          next.connection.close();
        } finally {
          next.destination.endTurn();
          leave(next.destination);
        }
      }
    } finally {
      // Where a close throws, as who is shown the dialogue may, the next one left idle begins anew.
      endCloser();
    }
  }

  private void endCloser() {
    lock.lock();
    try {
      if (closer == Thread.currentThread()) {
        closer = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The next one to be closed, with a turn taken for it; {@code null} at the end. */
  private Pooled awaitExpired() {
    lock.lock();
    try {
      while (!closed) {
        long wait = Long.MAX_VALUE;
        for (Destination each : destinations.values()) {
          if (!each.idle.isEmpty()) {
            long left = idleNanos - (System.nanoTime() - each.idle.getLast().idleSince);
            if (left <= 0 && each.tryTurn()) {
              each.users++;
              return each.idle.removeLast();
            }
            // Where all turns are taken somebody is about to take that connection.
            wait = Math.min(wait, left > 0 ? left : idleNanos);
          }
        }
        if (wait == Long.MAX_VALUE) {
          // Now, since what is left idle from now on needs a new thread.
          closer = null;
          return null;
        }
        closing.awaitNanos(wait);
      }
    } catch (InterruptedException e) {
      // Nobody has this thread. Should it happen, the next connection left idle gets a new one.
      return null;
    } finally {
      lock.unlock();
    }
    return null;
  }

  /** As {@link LmtpPool#close}. */
  void close() {
    List<Pooled> idle = new ArrayList<>();
    Thread running;
    lock.lock();
    try {
      closed = true;
      destinations.values().forEach(each -> idle.addAll(each.idle));
      destinations.values().forEach(each -> each.idle.clear());
      closing.signal();
      running = closer;
    } finally {
      lock.unlock();
    }
    idle.forEach(each -> each.connection.close());
    try {
      if (running != null) {
        running.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
