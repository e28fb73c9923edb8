package dev.lmtp.server.example;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpException;
import dev.lmtp.client.MessageSource;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.IncomingMessage;
import dev.lmtp.server.LineEnding;
import dev.lmtp.server.Recipient;
import dev.lmtp.server.TraceFields;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Hands messages on to another server as they come, behind a {@code Received}, and gives each
 * recipient that server's own answer. What was not sent, or may have been delivered, is a 451: the
 * sender tries again. A content that breaks off is broken off there too.
 */
// agents.md begins
final class ProxyAgent implements DeliveryAgent {

  private static final Reply NO_ANSWER = Reply.of(451, "4.4.2", "The next server did not answer");
  private static final Reply NOT_CAPABLE = Reply.of(554, "5.3.3", "The next server cannot take it");

  private final LmtpClient next;
  private final String hostname;

  ProxyAgent(LmtpClient next, String hostname) {
    this.next = next;
    this.hostname = hostname;
  }

  @Override
  public void deliver(IncomingMessage message) {
    List<Recipient> recipients = message.recipients();
    TraceFields fields =
        TraceFields.NONE.withReceived(
            message.transaction(), Optional.empty(), hostname, Instant.now());
    InputStream content =
        new SequenceInputStream(
            new ByteArrayInputStream(fields.bytes(LineEnding.CRLF)), message.stream());
    try {
      DeliveryResult result = next.deliver(envelope(message), MessageSource.of(content));
      for (int i = 0; i < recipients.size(); i++) {
        recipients.get(i).reply(reply(result.recipients().get(i)));
      }
    } catch (LmtpException e) {
      message.replyAll(NO_ANSWER); // nothing was delivered
    }
  }

  static Reply reply(RecipientResult result) {
    return switch (result.outcome()) {
      case ACCEPTED -> result.reply().orElseThrow();
      case DEFERRED -> result.reply().filter(Reply::isTransient).orElse(NO_ANSWER);
      case REJECTED -> result.reply().filter(Reply::isPermanent).orElse(NOT_CAPABLE);
      case NOT_SENT, UNKNOWN -> NO_ANSWER;
    };
  }

  private static Envelope envelope(IncomingMessage message) {
    return new Envelope(
        message.transaction().reversePath(),
        message.transaction().parameters(),
        message.recipients().stream()
            .map(r -> new Envelope.Recipient(r.path(), r.parameters()))
            .toList());
  }
}
// agents.md ends
