package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Reply;
import dev.lmtp.io.Transport;
import dev.lmtp.testkit.TestNetwork;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;

/** L4, L5, H29: whatever an agent does, each recipient has one reply, in the order of the RCPTs. */
class RandomAgentTest {
  private static final ExecutorService THREADS = Executors.newFixedThreadPool(4);
  private static final AtomicInteger NAMES = new AtomicInteger();

  /** What an agent does with one recipient. */
  enum Act {
    ACCEPT(250),
    REJECT(550),
    DEFER(452),
    /** A client reads nothing behind a 421. */
    CLOSE(421),
    TWICE(250),
    NOTHING(0);

    private final int code;

    Act(int code) {
      this.code = code;
    }
  }

  /** When it does so. */
  enum When {
    BEFORE_CONTENT,
    WITHIN_CONTENT,
    BEHIND_CONTENT,
    FROM_ANOTHER_THREAD,
    WITH_A_DEADLINE_THAT_PASSED,
    FROM_ANOTHER_THREAD_WHILE_ITS_DEADLINE_PASSES
  }

  /** How its call ends. */
  enum End {
    RETURNS,
    AWAITS_ANSWERS,
    THROWS,
    THROWS_UNCHECKED
  }

  record Plan(Act act, When when) {

    /** Whether that code may be seen for it. */
    boolean allows(int code, End end) {
      boolean maybeNothing =
          act == Act.NOTHING
              || when == When.WITH_A_DEADLINE_THAT_PASSED
              || (when == When.FROM_ANOTHER_THREAD && end != End.AWAITS_ANSWERS)
              || when == When.FROM_ANOTHER_THREAD_WHILE_ITS_DEADLINE_PASSES;
      boolean surelyNothing = act == Act.NOTHING;
      int planned = act.code == 421 ? 451 : act.code;
      return (code == 451 && maybeNothing) || (code == planned && !surelyNothing);
    }
  }

  private static final class Agent implements DeliveryAgent {
    private final List<Plan> plans;
    private final List<Integer> order;
    private final End end;

    private Agent(List<Plan> plans, List<Integer> order, End end) {
      this.plans = plans;
      this.order = order;
      this.end = end;
    }

    @Override
    public void deliver(IncomingMessage message) throws IOException {
      act(message, When.BEFORE_CONTENT);
      message.next();
      act(message, When.WITHIN_CONTENT);
      while (message.next().hasRemaining()) {
        // to the end
      }
      act(message, When.BEHIND_CONTENT);
      act(message, When.FROM_ANOTHER_THREAD);
      act(message, When.WITH_A_DEADLINE_THAT_PASSED);
      act(message, When.FROM_ANOTHER_THREAD_WHILE_ITS_DEADLINE_PASSES);
      switch (end) {
        case RETURNS -> {}
        case THROWS -> throw new IOException("planned");
        case THROWS_UNCHECKED -> throw new IllegalStateException("planned");
        case AWAITS_ANSWERS -> {
          for (Recipient recipient : message.recipients()) {
            if (plans.get(recipient.index()).act() == Act.NOTHING) {
              recipient.answerWithin(Duration.ZERO);
            }
          }
          message.awaitAnswers();
          assertTrue(message.recipients().stream().allMatch(Recipient::isAnswered));
        }
      }
    }

    private void act(IncomingMessage message, When when) {
      for (int i : order) {
        Plan plan = plans.get(i);
        if (plan.when() != when) {
          continue;
        }
        Recipient recipient = message.recipients().get(i);
        switch (when) {
          case FROM_ANOTHER_THREAD -> THREADS.execute(() -> answer(recipient, plan.act()));
          case WITH_A_DEADLINE_THAT_PASSED -> {
            recipient.answerWithin(Duration.ZERO);
            while (!recipient.isAnswered()) {
              Thread.onSpinWait();
            }
            answer(recipient, plan.act());
          }
          case FROM_ANOTHER_THREAD_WHILE_ITS_DEADLINE_PASSES -> {
            THREADS.execute(() -> answer(recipient, plan.act()));
            recipient.answerWithin(Duration.ZERO);
          }
          default -> answer(recipient, plan.act());
        }
      }
    }

    private static void answer(Recipient recipient, Act act) {
      if (act != Act.NOTHING) {
        recipient.reply(new Reply(act.code, Optional.empty(), List.of("for " + recipient.index())));
      }
      if (act == Act.TWICE) {
        recipient.reply(Reply.plain(550, "never seen"));
      }
    }
  }

  @Property(tries = 300)
  @Label("each recipient has one reply, its own, in the order of the RCPTs")
  void repliesInOrder(@ForAll("plans") List<Plan> plans, @ForAll End end, @ForAll long seed)
      throws IOException {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < plans.size(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(seed));
    TestNetwork network = new TestNetwork();
    SocketAddress address = network.address("random" + NAMES.incrementAndGet());
    try (LmtpServer server =
            LmtpServer.builder(new Agent(plans, order, end)).listen(address).start();
        Transport peer = Transport.connect(address, Duration.ofSeconds(1))) {
      assertEquals(1, server.addresses().size());
      StringBuilder commands = new StringBuilder("LHLO me\r\nMAIL FROM:<a@b.c>\r\n");
      for (int i = 0; i < plans.size(); i++) {
        commands.append("RCPT TO:<same@d>\r\n");
      }
      String message = commands + "DATA\r\n" + "line\r\n".repeat(5_000) + ".\r\n";
      peer.drain(bytes(message), Duration.ofDays(1));
      peer.drain(bytes("NOOP\r\nQUIT\r\n"), Duration.ofDays(1));
      List<String> replies = replies(peer);
      int first = replies.size() - plans.size() - 2;
      assertTrue(replies.get(first - 1).startsWith("354 "), replies::toString);
      for (int i = 0; i < plans.size(); i++) {
        String reply = replies.get(first + i);
        int code = Integer.parseInt(reply.substring(0, 3));
        assertTrue(plans.get(i).allows(code, end), plans.get(i) + " got " + reply);
        boolean own = !reply.contains("for ") || reply.endsWith("for " + i);
        assertTrue(own, i + " got " + reply);
      }
      assertTrue(replies.get(first + plans.size()).startsWith("250 "), replies::toString);
      assertTrue(replies.get(first + plans.size() + 1).startsWith("221 "), replies::toString);
    }
  }

  private static ByteBuffer bytes(String text) {
    return StandardCharsets.US_ASCII.encode(text);
  }

  /** The last line of each reply, to the end of the session. */
  private static List<String> replies(Transport peer) throws IOException {
    StringBuilder all = new StringBuilder();
    ByteBuffer in = ByteBuffer.allocate(8_192);
    while (peer.fill(in.clear(), Duration.ofDays(1)) > 0) {
      all.append(StandardCharsets.US_ASCII.decode(in.flip()));
    }
    return all.toString().lines().filter(line -> line.charAt(3) == ' ').toList();
  }

  @Provide
  Arbitrary<List<Plan>> plans() {
    return Combinators.combine(Arbitraries.of(Act.values()), Arbitraries.of(When.values()))
        .as(Plan::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(8);
  }

  @AfterContainer
  static void stop() {
    THREADS.shutdown();
  }
}
