package dev.lmtp.server;

import dev.lmtp.Envelope;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.io.Ticker;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerState;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A message in the agent's hands: from the go-ahead for its content until every recipient is
 * answered.
 *
 * <p><b>Threads.</b> The content is pulled by one thread at a time; until it has ended, answers are
 * only kept. From then on the thread that gives an answer reports it to the session and writes what
 * may leave. The lock guards the session during that time; it is never held while the agent runs.
 *
 * <p><b>Time.</b> The answers' deadline begins when the content has ended. What is due at a
 * deadline may have to write, so it is done by a thread of the service's, not by the ticker's.
 */
final class PendingMessage implements IncomingMessage.Source, Recipient.Owner {

  private static final Reply NO_ANSWER = Reply.of(451, "4.3.0", "Not delivered, try again");

  /** How often the connection of a peer that waits is looked at, for those who want to know. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** A peer that tells its deadline wants the reply before. */
  private static final Duration LONGEST_MARGIN = Duration.ofSeconds(5);

  private final Conversation conversation;
  private final Service service;
  private final Ticker ticker;
  private final ServerSession session;
  private final Transaction transaction;
  private final List<Recipient> recipients;
  private final List<AfterReplies> hooks = new ArrayList<>();
  private final List<Runnable> whenGone = new ArrayList<>();
  private final List<Ticker.Alarm> alarms = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition answered = lock.newCondition();
  private final boolean[] reported;
  private final long[] answeredAt;
  private final Map<Integer, Reply> late = new HashMap<>();
  private final long startedAt;
  private Conversation.Pulled last = Conversation.Pulled.CONTENT;
  private long octets;
  private boolean contentEnded;
  private long contentEndedAt;
  private long deadline;
  private boolean over;

  PendingMessage(
      Conversation conversation,
      Service service,
      Ticker ticker,
      ServerSession session,
      Transaction transaction) {
    this.conversation = conversation;
    this.service = service;
    this.ticker = ticker;
    this.session = session;
    this.transaction = transaction;
    List<Envelope.Recipient> all = session.recipients();
    this.recipients = new ArrayList<>(all.size());
    for (int i = 0; i < all.size(); i++) {
      recipients.add(new Recipient(i, all.get(i), this));
    }
    this.reported = new boolean[recipients.size()];
    this.answeredAt = new long[recipients.size()];
    this.startedAt = ticker.now();
  }

  /** Has the agent deliver, then reads what it left and answers whom it did not. */
  void handOver() {
    try {
      service.agent().deliver(new IncomingMessage(transaction, recipients, this));
    } catch (IOException | RuntimeException e) {
      // What an agent throws when its content was cut off is no failure of its own.
      if (last != Conversation.Pulled.ABORTED) {
        conversation.agentFailed(e);
      }
    } catch (Error e) {
      conversation.agentFailed(e);
      locked(() -> session.close(Conversation.BROKEN));
    }
    if (last == Conversation.Pulled.CONTENT) {
      finishContent();
    }
    for (Recipient recipient : recipients) {
      recipient.close(NO_ANSWER);
    }
    releaseReplies();
    locked(this::end);
    tell();
    if (last == Conversation.Pulled.END) {
      runHooks();
    }
  }

  private void end() {
    over = true;
    alarms.forEach(Ticker.Alarm::cancel);
    alarms.clear();
  }

  private void runHooks() {
    AfterReplies.Fate fate =
        conversation.isConnected() ? AfterReplies.Fate.SENT : AfterReplies.Fate.LOST;
    for (AfterReplies hook : hooks) {
      try {
        hook.run(fate);
      } catch (IOException | RuntimeException e) {
        conversation.agentFailed(e);
      }
    }
  }

  // ---------------------------------------------------------------- the content

  @Override
  public ByteBuffer next() throws ContentAbortedException {
    if (last == Conversation.Pulled.CONTENT) {
      last = conversation.pullContent();
      if (last == Conversation.Pulled.CONTENT) {
        octets += session.content().remaining();
        return session.content();
      }
      if (last == Conversation.Pulled.END) {
        locked(this::endContent);
        conversation.wireLogContent(octets);
        releaseReplies();
      }
    }
    if (last == Conversation.Pulled.ABORTED) {
      throw new ContentAbortedException(transaction.id() + ": the content was cut off");
    }
    return null;
  }

  private void endContent() {
    contentEnded = true;
    contentEndedAt = ticker.now();
    deadline = ticker.after(patience());
    expectAnswers(deadline, recipients);
    watchPeer();
  }

  /** Reads the content that the agent left, to its real end. */
  private void finishContent() {
    if (session.state() != ServerState.CLOSED && !isPromised()) {
      // Nobody is served by the rest: the session discards it by itself, up to its limit.
      for (Recipient recipient : recipients) {
        recipient.close(NO_ANSWER);
        session.report(recipient.index(), recipient.answer());
      }
      session.refuse(NO_ANSWER);
      return;
    }
    try {
      while (last == Conversation.Pulled.CONTENT) {
        next();
      }
    } catch (ContentAbortedException e) {
      // Logged where the content was aborted; nobody waits for an answer.
    }
  }

  private boolean isPromised() {
    for (Recipient recipient : recipients) {
      if (recipient.isAnswered() && recipient.answer().isPositive()) {
        return true;
      }
    }
    return false;
  }

  // ---------------------------------------------------------------- the answers

  @Override
  public void answered(List<Recipient> some) {
    locked(
        () -> {
          long now = ticker.now();
          some.forEach(recipient -> answeredAt[recipient.index()] = now);
          answered.signalAll();
        });
    releaseReplies();
  }

  @Override
  public void late(Recipient recipient, Reply reply) {
    locked(() -> late.put(recipient.index(), reply));
    conversation.log(
        reply.isPositive() ? Level.WARNING : Level.INFO,
        transaction.id()
            + ": recipient "
            + recipient.index()
            + " was answered behind its deadline, the peer has been told "
            + recipient.answer()
            + ": "
            + reply);
  }

  /** Hands the session the answers there are, and writes those that may leave. Any thread. */
  private void releaseReplies() {
    locked(
        () -> {
          if (!contentEnded || session.state() != ServerState.REPLIES) {
            return;
          }
          for (Recipient recipient : recipients) {
            if (recipient.isAnswered() && !reported[recipient.index()]) {
              reported[recipient.index()] = true;
              session.report(recipient.index(), recipient.answer());
            }
          }
          conversation.flush();
        });
  }

  @Override
  public void awaitAnswers(List<Recipient> some) throws InterruptedIOException {
    lock.lock();
    try {
      while (!some.stream().allMatch(Recipient::isAnswered)) {
        answered.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for answers");
    } finally {
      lock.unlock();
    }
  }

  // ---------------------------------------------------------------- time

  /** How long the peer waits, once its content is here. */
  private Duration patience() {
    Optional<Instant> end = transaction.peer().frontEnd().deadline();
    if (end.isEmpty()) {
      return service.replyPatience();
    }
    Duration told = Duration.between(Instant.now(), end.get());
    Duration tenth = told.dividedBy(10);
    told = told.minus(tenth.compareTo(LONGEST_MARGIN) < 0 ? tenth : LONGEST_MARGIN);
    return told.compareTo(service.replyPatience()) < 0 ? told : service.replyPatience();
  }

  @Override
  public Duration timeLeft() {
    lock.lock();
    try {
      Duration left = contentEnded ? ticker.until(deadline) : patience();
      return left.isNegative() ? Duration.ZERO : left;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void expireAfter(Duration time, Recipient recipient) {
    locked(() -> expectAnswers(ticker.after(time), List.of(recipient)));
  }

  private void expectAnswers(long by, List<Recipient> from) {
    if (!over) {
      Runnable expire = () -> from.forEach(Recipient::expire);
      alarms.add(ticker.at(by, () -> service.threads().execute(expire)));
    }
  }

  // ---------------------------------------------------------------- the peer

  @Override
  public boolean isPeerGone() {
    lock.lock();
    try {
      boolean waits = contentEnded && !over;
      return waits ? conversation.isPeerGone() : !conversation.isConnected();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void whenPeerGone(Runnable action) {
    locked(
        () -> {
          whenGone.add(action);
          if (contentEnded && whenGone.size() == 1) {
            watchPeer();
          }
        });
  }

  private void watchPeer() {
    if (!over && !whenGone.isEmpty()) {
      Runnable look = this::look;
      alarms.add(ticker.at(ticker.after(LOOK), () -> service.threads().execute(look)));
    }
  }

  private void look() {
    if (!isPeerGone()) {
      locked(this::watchPeer);
      return;
    }
    List<Runnable> actions = new ArrayList<>();
    locked(() -> actions.addAll(over ? List.of() : whenGone));
    for (Runnable action : actions) {
      try {
        action.run();
      } catch (RuntimeException e) {
        conversation.agentFailed(e);
      }
    }
  }

  @Override
  public void afterReplies(AfterReplies hook) {
    hooks.add(hook);
  }

  private void locked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  // ---------------------------------------------------------------- what became of it

  private void tell() {
    if (last == Conversation.Pulled.ABORTED) {
      return;
    }
    int accepted = 0;
    int deferred = 0;
    for (Recipient recipient : recipients) {
      accepted += recipient.answer().isPositive() ? 1 : 0;
      deferred += recipient.answer().isTransient() ? 1 : 0;
    }
    Level level = accepted == recipients.size() ? Level.DEBUG : Level.INFO;
    if (conversation.logs(level)) {
      conversation.log(
          level,
          String.format(
              "%s: %d accepted, %d deferred, %d rejected",
              transaction.id(), accepted, deferred, recipients.size() - accepted - deferred));
    }
    if (service.observers().isOn()) {
      ServerObserver.Message report = report();
      service.observers().tell(observer -> observer.ended(report));
    }
  }

  private ServerObserver.Message report() {
    long now = ticker.now();
    long ended = contentEnded ? contentEndedAt : now;
    boolean together = transaction.peer().protocol() == Protocol.SMTP;
    long left = ended;
    for (int i = 0; together && i < answeredAt.length; i++) {
      left = Math.max(left, answeredAt[i]);
    }
    List<ServerObserver.Answered> all = new ArrayList<>(recipients.size());
    for (Recipient recipient : recipients) {
      int i = recipient.index();
      // Whoever the agent did not answer was answered just now.
      long at = answeredAt[i] == 0 ? now : Math.max(ended, answeredAt[i]);
      left = Math.max(left, at);
      all.add(
          new ServerObserver.Answered(
              recipient.path(),
              recipient.answer(),
              Duration.ofNanos(at - ended),
              Duration.ofNanos(left - at),
              Optional.ofNullable(late.get(i))));
    }
    return new ServerObserver.Message(
        transaction,
        Optional.empty(),
        octets,
        Duration.ofNanos(ended - startedAt),
        Duration.ofNanos(now - startedAt),
        List.copyOf(all));
  }
}
