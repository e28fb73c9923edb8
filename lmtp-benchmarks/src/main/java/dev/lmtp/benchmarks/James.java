package dev.lmtp.benchmarks;

import dev.lmtp.Protocol;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.apache.james.core.MailAddress;
import org.apache.james.metrics.api.Metric;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.metrics.api.TimeMetric;
import org.apache.james.protocols.api.handler.ProtocolHandler;
import org.apache.james.protocols.api.handler.WiringException;
import org.apache.james.protocols.lmtp.core.DataLineMessageHookHandler;
import org.apache.james.protocols.lmtp.core.LhloCmdHandler;
import org.apache.james.protocols.lmtp.core.ReceivedDataLineFilter;
import org.apache.james.protocols.lmtp.core.WelcomeMessageHandler;
import org.apache.james.protocols.lmtp.hook.DeliverToRecipientHook;
import org.apache.james.protocols.netty.NettyServer;
import org.apache.james.protocols.smtp.MailEnvelope;
import org.apache.james.protocols.smtp.SMTPConfigurationImpl;
import org.apache.james.protocols.smtp.SMTPProtocol;
import org.apache.james.protocols.smtp.SMTPProtocolHandlerChain;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.esmtp.EhloCmdHandler;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.MessageHook;
import org.reactivestreams.Publisher;

/** Apache James' protocol library as a server that reads each message and throws it away. */
@SuppressWarnings("deprecation") // Which of its own methods James calls is James' affair.
final class James {

  private James() {}

  /** Starts one on a port of its own choice, with its handlers as James has them. */
  static NettyServer start(Protocol spoken) throws Exception {
    Chain chain = new Chain(spoken);
    chain.addAll(chain.initDefaultHandlers());
    chain.add(new Reader());
    chain.wireExtensibleHandlers();
    NettyServer server =
        new NettyServer.Factory()
            .protocol(new SMTPProtocol(chain, new SMTPConfigurationImpl()))
            .build();
    // Else it is half a minute until it has ended.
    server.setGracefulShutdown(false);
    server.setListenAddresses(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server.bind();
    return server;
  }

  /** Where LMTP is another thing than SMTP, James has another handler. */
  private static final class Chain extends SMTPProtocolHandlerChain {
    private final Protocol spoken;

    Chain(Protocol spoken) throws WiringException {
      super(new Unmeasured(), false);
      this.spoken = spoken;
    }

    @Override
    protected List<ProtocolHandler> initDefaultHandlers() {
      List<ProtocolHandler> handlers = super.initDefaultHandlers();
      if (spoken == Protocol.LMTP) {
        handlers.replaceAll(Chain::forLmtp);
      }
      return handlers;
    }

    private static ProtocolHandler forLmtp(ProtocolHandler handler) {
      if (handler instanceof EhloCmdHandler) {
        return new LhloCmdHandler(new Unmeasured());
      }
      return switch (handler.getClass().getSimpleName()) {
        case "WelcomeMessageHandler" -> new WelcomeMessageHandler();
        case "ReceivedDataLineFilter" -> new ReceivedDataLineFilter();
        case "DataLineMessageHookHandler" -> new DataLineMessageHookHandler();
        default -> handler;
      };
    }
  }

  /** Reads what James hands over, for all recipients or for each. */
  private static final class Reader implements MessageHook, DeliverToRecipientHook {
    @Override
    public HookResult onMessage(SMTPSession session, MailEnvelope mail) {
      byte[] block = new byte[8 * 1024];
      try (InputStream content = mail.getMessageInputStream()) {
        while (content.read(block) >= 0) {}
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return HookResult.OK;
    }

    @Override
    public HookResult deliver(SMTPSession session, MailAddress recipient, MailEnvelope mail) {
      return onMessage(session, mail);
    }
  }

  /** James measures itself; here that would only cost time. */
  private static final class Unmeasured implements MetricFactory {
    @Override
    public Metric generate(String name) {
      throw new UnsupportedOperationException(name);
    }

    @Override
    public TimeMetric timer(String name) {
      return new Untimed(name);
    }

    @Override
    public <T> Publisher<T> decoratePublisherWithTimerMetric(String name, Publisher<T> operation) {
      return operation;
    }

    @Override
    public <T> Publisher<T> decoratePublisherWithTimerMetricLogP99(
        String name, Publisher<T> operation) {
      return operation;
    }
  }

  private record Untimed(String name) implements TimeMetric, TimeMetric.ExecutionResult {
    @Override
    public ExecutionResult stopAndPublish() {
      return this;
    }

    @Override
    public Duration elasped() {
      return Duration.ZERO;
    }

    @Override
    public ExecutionResult logWhenExceedP99(Duration threshold) {
      return this;
    }
  }
}
