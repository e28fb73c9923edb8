package dev.lmtp.client;

import dev.lmtp.Extension;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.Verb;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.io.LocalHost;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ClientState;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import javax.security.sasl.SaslException;

/**
 * All that comes before the first envelope: PROXY header, greeting, hello (RFC 5321 §3.2), {@code
 * STARTTLS}, {@code XCLIENT} and {@code AUTH}, as the client's configuration wants them.
 */
final class Opening {

  private final LmtpClient client;
  private final ClientSession session;
  private final Wire wire;
  private final Replies replies;

  Opening(LmtpClient client, ClientSession session, Wire wire, Replies replies) {
    this.client = client;
    this.session = session;
    this.wire = wire;
    this.replies = replies;
  }

  void run() throws LmtpException {
    ClientTls tls = client.tls();
    if (client.proxiedClient() != null) {
      wire.proxyHeader(client.proxiedClient());
    }
    if (tls.use() == ClientTls.Use.IMPLICIT) {
      shakeHands();
    }
    Reply greeting = replies.next();
    if (!greeting.isPositive()) {
      throw replies.refused(Kind.REFUSED, "refuses the connection", greeting);
    }
    hello();
    if (tls.use() == ClientTls.Use.REQUIRED || tls.use() == ClientTls.Use.OPPORTUNISTIC) {
      startTls(tls.use() == ClientTls.Use.REQUIRED);
    }
    String attributes =
        client.attributes().argument(session.capabilities().parameters("XCLIENT").orElse(""));
    if (!attributes.isEmpty()) {
      xclient(attributes);
    }
    if (client.credentials() != null) {
      authenticate();
    }
  }

  private void startTls(boolean required) throws LmtpException {
    if (!session.capabilities().offers(Extension.STARTTLS)) {
      if (required) {
        throw new LmtpException(Kind.SECURITY, wire.peer() + " does not offer STARTTLS");
      }
      return;
    }
    session.startTls();
    Reply reply = replies.next();
    if (session.state() == ClientState.TLS) {
      shakeHands();
      hello();
    } else if (required) {
      throw replies.refused(Kind.SECURITY, "refuses STARTTLS", reply);
    }
  }

  private void shakeHands() throws LmtpException {
    try {
      wire.startTls(client.tls());
    } catch (IOException e) {
      boolean late = e instanceof SocketTimeoutException;
      throw new LmtpException(
          late ? Kind.TIMEOUT : Kind.SECURITY, wire.peer() + ": TLS: " + e.getMessage(), e);
    }
  }

  private void xclient(String attributes) throws LmtpException {
    session.xclient(attributes);
    Reply reply = replies.next();
    if (!reply.isPositive()) {
      throw replies.refused(Kind.REFUSED, "refuses XCLIENT", reply);
    }
    hello();
  }

  private void authenticate() throws LmtpException {
    Authentication authentication =
        new Authentication(
            session, replies::next, client.credentials(), wire.tls(), wire.isLocal());
    String service = client.settings().protocol().name().toLowerCase(Locale.ROOT);
    try {
      String host = wire.host().isEmpty() ? LocalHost.name() : wire.host();
      Reply reply = authentication.run(service, host);
      if (!reply.isPositive()) {
        throw replies.refused(Kind.REFUSED, "refuses our credentials", reply);
      }
    } catch (SaslException e) {
      throw new LmtpException(Kind.SECURITY, wire.peer() + " " + e.getMessage(), e);
    }
  }

  private void hello() throws LmtpException {
    session.hello();
    Reply reply = replies.next();
    boolean unknown = isUnknownCommand(reply);
    if (reply.isPermanent() && client.settings().protocol().has(Verb.HELO)) {
      session.helo();
      reply = replies.next();
      // Only who knows neither is no SMTP server.
      unknown &= isUnknownCommand(reply);
    }
    if (!reply.isPositive()) {
      Protocol protocol = client.settings().protocol();
      throw unknown
          ? replies.refused(Kind.PROTOCOL, "does not speak " + protocol, reply)
          : replies.refused(Kind.REFUSED, "refuses " + protocol.hello(), reply);
    }
  }

  private static boolean isUnknownCommand(Reply reply) {
    return reply.code() == 500 || reply.code() == 502;
  }
}
