package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.ForwardPath;
import dev.lmtp.Limits;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.IncomingMessage;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.server.Recipient;
import dev.lmtp.server.Transaction;
import dev.lmtp.session.ServerSettings;
import dev.lmtp.testing.peer.AwkwardMessage;
import dev.lmtp.testing.peer.PostfixInstance;
import dev.lmtp.testing.peer.PostfixLog;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our server ends sessions with a real Postfix, which keeps the message and delivers it later. */
class PostfixRetryInteropIT {
  private static final List<String> RECIPIENTS = List.of("ann@example.org", "ben@example.org");

  /** Far more than our server reads of what it has refused. */
  private static final byte[] LARGE =
      AwkwardMessage.bytes("Subject: x\n\n" + ("x".repeat(76) + "\n").repeat(100_000));

  private static final int DISCARDED = 10_000;

  @TempDir Path home;

  /** How a session is ended, and what Postfix says of it. */
  enum Fault {
    GREETING("host .* refused to talk to me: 421 4\\.3\\.2 Too many connections.*"),
    RECIPIENT(
        "host .* said: 421 4\\.3\\.2 Going away \\(in reply to RCPT TO command\\)"
            + "|lost connection with .* while sending RCPT TO"),
    IN_CONTENT(
        "host .* said: 421 4\\.3\\.0 Too much refused content .*"
            + "|lost connection with .* while sending message body"),
    INSTEAD_OF_REPLIES(
        "host .* said: 421 4\\.3\\.0 Internal error, closing \\(in reply to end of DATA command\\)"
            + "|lost connection with .* while sending end of data .*");

    private final String log;

    Fault(String log) {
      this.log = log;
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("S11 H24 H28: deferred, and delivered once by the next run of the queue")
  void deferred(Fault fault) throws Exception {
    FaultyAgent agent = new FaultyAgent(fault);
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        LmtpServer server =
            LmtpServer.builder(agent)
                .listen("inet:127.0.0.1:0")
                .settings(
                    ServerSettings.of(Protocol.LMTP, "mx.example.org")
                        .withLimits(Limits.DEFAULT.withDiscardedContent(DISCARDED)))
                .maxConnections(1)
                .start();
        SocketChannel held = SocketChannel.open()) {
      if (fault == Fault.GREETING) {
        held.connect(server.addresses().get(0));
      }
      postfix.start(
          parameters("lmtp:" + dev.lmtp.io.Endpoint.format(server.addresses().get(0))),
          Endpoint.INET.service());
      postfix.submit("sender@example.org", RECIPIENTS, LARGE);

      PostfixLog log = postfix.log();
      for (String recipient : RECIPIENTS) {
        var attempt = log.awaitAttempt(recipient);
        assertEquals("deferred", attempt.status(), attempt::toString);
        assertTrue(attempt.text().matches(fault.log), attempt::toString);
      }
      held.close();
      agent.fault = null;
      runQueueUntilSent(postfix);
      assertEquals(RECIPIENTS, agent.delivered);
      assertEquals(List.of(), log.complaints(), log::text);
    }
  }

  /** A message that Postfix meets while it is still delivering it, it puts off for a minute. */
  private static void runQueueUntilSent(PostfixInstance postfix) throws Exception {
    for (int run = 0; !isSent(postfix.log()); run++) {
      assertTrue(run < 60, postfix.log()::text);
      postfix.flush();
      for (int look = 0; look < 20 && !isSent(postfix.log()); look++) {
        Thread.sleep(100);
      }
    }
  }

  private static boolean isSent(PostfixLog log) {
    List<String> sent = log.text().lines().filter(line -> line.contains("status=sent")).toList();
    return RECIPIENTS.stream()
        .allMatch(to -> sent.stream().anyMatch(line -> line.contains("to=<" + to + ">")));
  }

  private static Map<String, String> parameters(String nextHop) {
    Map<String, String> parameters =
        new HashMap<>(PostfixRoute.VIRTUAL_TRANSPORT.parameters("example.org", nextHop));
    for (String delay :
        List.of(
            "queue_run_delay",
            "minimal_backoff_time",
            "maximal_backoff_time",
            "transport_retry_time")) {
      parameters.put(delay, "1s");
    }
    return parameters;
  }

  private static final class FaultyAgent implements DeliveryAgent {
    private final List<String> delivered = new CopyOnWriteArrayList<>();
    private volatile Fault fault;

    private FaultyAgent(Fault fault) {
      this.fault = fault;
    }

    @Override
    public Reply recipient(Transaction transaction, ForwardPath path, Parameters parameters) {
      return fault == Fault.RECIPIENT ? Reply.of(421, "4.3.2", "Going away") : RECIPIENT_OK;
    }

    @Override
    public void deliver(IncomingMessage message) throws IOException {
      if (fault == Fault.IN_CONTENT) {
        message.recipients().forEach(to -> to.reply(Reply.of(451, "4.3.0", "Not now")));
        return;
      }
      assertTrue(message.stream().readAllBytes().length > LARGE.length);
      if (fault == Fault.INSTEAD_OF_REPLIES) {
        throw new AssertionError("as it is meant to be");
      }
      for (Recipient recipient : message.recipients()) {
        delivered.add(recipient.path().mailbox().toString());
        recipient.accept();
      }
    }
  }
}
