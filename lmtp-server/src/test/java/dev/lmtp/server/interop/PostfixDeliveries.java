package dev.lmtp.server.interop;

import dev.lmtp.RecipientResult;
import dev.lmtp.testing.peer.PostfixInstance;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;

/**
 * Reads in Postfix's log, as it grows, what became of sealed messages, and puts it into a ledger: a
 * recipient was accepted where Postfix says {@code status=sent}, and its reply lost where the
 * connection broke behind the final dot. Used by one thread, but for {@link #queued}.
 */
final class PostfixDeliveries {
  private static final Pattern MESSAGE_ID =
      Pattern.compile("postfix/cleanup\\[\\d+\\]: (\\w+): message-id=");
  private static final Pattern ATTEMPT =
      Pattern.compile("postfix/lmtp\\[\\d+\\]: (\\w+): to=<([^>]+)>,.* status=(\\w+) \\((.*)\\)$");
  private static final Pattern REMOVED =
      Pattern.compile("postfix/qmgr\\[\\d+\\]: (\\w+): removed$");
  private static final String REPLY_LOST = "message may be sent more than once";

  private static final long DEADLINE_NANOS = 60_000_000_000L;
  private static final long PAUSE_MILLIS = 5;
  private static final long FLUSHED_NANOS = 2_000_000_000L;
  private static final int FLUSHES = 60;

  private final Path log;
  private final Ledger ledger;
  private final Semaphore permits;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Set<Ledger.Entry> queued = ConcurrentHashMap.newKeySet();
  private long offset;
  private String lastLine = "";

  /** Gives a permit for each message that is delivered to all its recipients. */
  PostfixDeliveries(Path log, Ledger ledger, Semaphore permits) {
    this.log = log;
    this.ledger = ledger;
    this.permits = permits;
  }

  /** Postfix has answered for a recipient of a message: it will be delivered. */
  void queued(int message, RecipientResult result) {
    Assertions.assertEquals(RecipientResult.Outcome.ACCEPTED, result.outcome(), result::toString);
    queued.add(new Ledger.Entry(message, result.recipient().mailbox().toString()));
  }

  /** Waits until so many more recipients are sent to. */
  void await(int recipients) throws IOException, InterruptedException {
    int enough = ledger.accepted().size() + recipients;
    await(() -> ledger.accepted().size() >= enough);
  }

  /**
   * Waits until everybody is sent to who was queued. A message that Postfix comes to while it is
   * still being delivered it puts off for a minute, and then until there is new mail or five
   * minutes have passed, whatever its retry times are; so it is asked to go through its queue now.
   */
  void awaitAll(PostfixInstance postfix) throws IOException, InterruptedException {
    for (int tries = 1; !ledger.accepted().containsAll(queued); tries++) {
      Assertions.assertTrue(tries <= FLUSHES, () -> "stands still: " + lastLine);
      postfix.flush();
      long deadline = System.nanoTime() + FLUSHED_NANOS;
      await(() -> ledger.accepted().containsAll(queued) || System.nanoTime() - deadline > 0);
    }
  }

  private void await(BooleanSupplier reached) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    read();
    while (!reached.getAsBoolean()) {
      Assertions.assertTrue(System.nanoTime() - deadline < 0, () -> "stands still: " + lastLine);
      Thread.sleep(PAUSE_MILLIS);
      if (read()) {
        deadline = System.nanoTime() + DEADLINE_NANOS;
      }
    }
  }

  /** Reads what is new; whether there was anything. */
  private boolean read() throws IOException {
    ByteBuffer bytes;
    try (FileChannel file = FileChannel.open(log, StandardOpenOption.READ)) {
      bytes = ByteBuffer.allocate((int) (file.size() - offset));
      while (bytes.hasRemaining() && file.read(bytes, offset + bytes.position()) > 0) {
        // goes on
      }
    }
    String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    // What stands behind the last line end is half a line.
    int end = text.lastIndexOf('\n') + 1;
    offset += end;
    text.substring(0, end).lines().forEach(this::line);
    return end > 0;
  }

  private void line(String line) {
    lastLine = line;
    Matcher found = MESSAGE_ID.matcher(line);
    OptionalInt number = SealedMessage.numberInMessageId(line);
    if (found.find() && number.isPresent()) {
      numbers.put(found.group(1), number.getAsInt());
    } else if (found.usePattern(ATTEMPT).find(0) && numbers.containsKey(found.group(1))) {
      attempt(new Ledger.Entry(numbers.get(found.group(1)), found.group(2)), found);
    } else if (found.usePattern(REMOVED).find(0) && numbers.containsKey(found.group(1))) {
      permits.release();
    }
  }

  private void attempt(Ledger.Entry entry, Matcher attempt) {
    if (attempt.group(3).equals("sent")) {
      ledger.accepted(entry);
    } else {
      Assertions.assertEquals("deferred", attempt.group(3), attempt::group);
      // That a connection breaks, or a server shuts down, are the only reasons there may be.
      Assertions.assertTrue(
          !attempt.group(4).contains(" said: ") || attempt.group(4).contains(" said: 421 4.3.2 "),
          attempt::group);
      if (attempt.group(4).contains(REPLY_LOST)) {
        ledger.replyLost(entry);
      } else {
        ledger.notSent(entry);
      }
    }
  }
}
