package dev.lmtp.client;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.session.ClientSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Deliveries that follow each other on one connection, at most two at a time: while the final
 * replies to one are to come, the envelope of the next one is on its way, in one write with the end
 * of the content before it. The content of that one waits for its own replies, so all of the one
 * before are there by then, and both may use the same buffer.
 */
final class Train {

  private final LmtpClient client;
  private final ClientSession session;
  private final Wire wire;
  private final ByteBuffer out;
  private final BiConsumer<Outgoing, DeliveryResult> ended;

  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private Running before;
  private Running current;
  private int begun;

  Train(
      LmtpClient client,
      ClientSession session,
      Wire wire,
      ByteBuffer out,
      BiConsumer<Outgoing, DeliveryResult> ended) {
    this.client = client;
    this.session = session;
    this.wire = wire;
    this.out = out;
    this.ended = ended;
  }

  /** Runs until none can follow at once; says how many it began. */
  int run(Iterator<Outgoing> messages) {
    begun = 0;
    try {
      begin(messages.next());
      while (current != null) {
        proceed(messages);
      }
      return begun;
    } finally {
      // Where a listener or the caller's own callback throws.
      close(before);
      close(current);
      before = null;
      current = null;
    }
  }

  private void proceed(Iterator<Outgoing> messages) {
    try {
      boolean done = current.proceed();
      tellBefore();
      if (done) {
        Running last = current;
        current = null;
        end(last);
      } else if (current.delivery.canBeFollowed() && messages.hasNext()) {
        begin(messages.next());
      } else if (before != null && before.writer.held() > 0) {
        releaseBoth();
      } else {
        current.goOn();
      }
    } catch (IOException e) {
      // Its content is unfit or cannot be read; it is not ended, so nobody gets it.
      session.abandon();
      current.delivery.fail(unsent(e));
    }
  }

  private String unsent(IOException e) {
    return LmtpException.unsent(wire.peer(), e).getMessage();
  }

  /** Sends the end of a content and the envelope behind it; where that fails neither has left. */
  private void releaseBoth() {
    if (!before.writer.release()) {
      Running next = current;
      boolean lost = wire.failure() != null;
      next.delivery.takeBack(lost ? wire.failure().getMessage() : "the one before was cut short");
      current = before;
      before = null;
      begun--;
      decideNow(next);
    }
  }

  private void tellBefore() throws IOException {
    if (before != null && before.proceed()) {
      Running first = before;
      before = null;
      end(first);
    }
  }

  /** Begins one, behind the current one if there is any. */
  private void begin(Outgoing outgoing) {
    Running next;
    try {
      next = new Running(client, session, wire, outgoing, out);
    } catch (IOException e) {
      tellInTurn(outgoing, notSent(outgoing.envelope(), unsent(e)));
      return;
    }
    boolean taken = false;
    try {
      wire.deadline(Deadline.after(client.deliveryPatience(), wire.ticker()));
      next.begin(current);
      taken = true;
    } finally {
      if (!taken) {
        next.close();
      }
    }
    if (current != null && !next.delivery.isBehind()) {
      // It was decided without a word to the server.
      decideNow(next);
      return;
    }
    begun++;
    before = current;
    current = next;
  }

  private void decideNow(Running next) {
    try (next) {
      next.proceed();
      tellInTurn(next.outgoing, next.end());
    } catch (IOException e) {
      throw new IllegalStateException("nothing was to be read", e);
    }
  }

  private void end(Running one) {
    try (one) {
      ended.accept(one.outgoing, one.end());
    }
    for (Runnable next = held.poll(); next != null; next = held.poll()) {
      next.run();
    }
  }

  /** Tells what is known already, when what came before it has been told. */
  private void tellInTurn(Outgoing outgoing, DeliveryResult result) {
    if (current == null) {
      ended.accept(outgoing, result);
    } else {
      held.add(() -> ended.accept(outgoing, result));
    }
  }

  private static void close(Running one) {
    if (one != null) {
      one.close();
    }
  }

  private static DeliveryResult notSent(Envelope envelope, String why) {
    List<RecipientResult> all =
        envelope.recipients().stream()
            .map(
                to -> RecipientResult.withoutReply(to.path(), Outcome.NOT_SENT, Stage.SESSION, why))
            .toList();
    return new DeliveryResult(all);
  }
}
