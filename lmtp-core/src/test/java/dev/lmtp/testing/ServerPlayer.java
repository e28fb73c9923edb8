package dev.lmtp.testing;

import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.session.BareLineEnds;
import dev.lmtp.session.Offer;
import dev.lmtp.session.ServerEvent;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerSettings;
import dev.lmtp.session.ServerState;
import dev.lmtp.testkit.Dialogue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A {@link ServerSession} with the {@link LocalPartAgent} as its application. It holds the session
 * to its contract for buffers: at {@code NEED_INPUT} the input is empty, and then it is
 * overwritten, so that a session that still looked at it would be found out. Reports are made in
 * the reverse order of the recipients.
 */
public final class ServerPlayer implements DialoguePlayer.Server {

  /** What the server calls itself. */
  public static final String HOST = "server.example";

  private final ServerSession session;
  private final Optional<Reply> greeting;
  private final StringBuilder output = new StringBuilder();
  private final StringBuilder content = new StringBuilder();
  private final List<String> told = new ArrayList<>();
  private boolean[] answered = {};

  private ServerPlayer(ServerSettings settings, Optional<Reply> greeting) {
    this.session = new ServerSession(settings);
    this.greeting = greeting;
  }

  /** A server that has not greeted yet. */
  public static ServerPlayer of(ServerSettings settings) {
    return new ServerPlayer(settings, Optional.empty());
  }

  /** A server that has not greeted yet, with default settings. */
  public static ServerPlayer of(Protocol protocol) {
    return of(ServerSettings.of(protocol, HOST));
  }

  /** The server that a dialogue's head describes. */
  public static ServerPlayer of(Dialogue dialogue) {
    String protocol = dialogue.directive("protocol", "lmtp").toUpperCase(Locale.ROOT);
    ServerSettings settings = ServerSettings.of(Protocol.valueOf(protocol), HOST);
    if (dialogue.directive("bare-line-ends", "reject").equals("accept")) {
      settings = settings.withBareLineEnds(BareLineEnds.ACCEPT_LITERALLY);
    }
    Limits limits = Limits.DEFAULT;
    Offer offer = Offer.DEFAULT;
    for (Dialogue.Directive directive : dialogue.head()) {
      String value = directive.value();
      switch (directive.name()) {
        case "limit" -> limits = limit(limits, value);
        case "offer" -> offer = offer.with(value.split(" ")[0], value.replaceFirst("^\\S+ ?", ""));
        case "no-offer" -> offer = offer.without(Extension.of(value).orElseThrow());
        case "command" -> offer = offer.withCommand(value);
        default -> {}
      }
    }
    String greeting = dialogue.directive("greeting", "");
    return new ServerPlayer(
        settings.withLimits(limits).withOffer(offer),
        greeting.isEmpty() ? Optional.empty() : Optional.of(reply(greeting)));
  }

  private static Limits limit(Limits limits, String nameAndValue) {
    String[] words = nameAndValue.split(" +");
    int value = Integer.parseInt(words[1]);
    return switch (words[0]) {
      case "message" -> limits.withMessage(value);
      case "recipients" -> limits.withRecipients(value);
      case "text-line" -> limits.withTextLine(value);
      case "command-line" -> limits.withCommandLine(value);
      case "discarded-content" -> limits.withDiscardedContent(value);
      default -> throw new IllegalArgumentException("no such limit: " + words[0]);
    };
  }

  /** Reads {@code 421 4.3.2 text}. */
  public static Reply reply(String line) {
    String[] words = line.split(" ", 3);
    return Reply.of(Integer.parseInt(words[0]), words[1], words[2]);
  }

  /** Says lines to the server, each with CR LF, and hears its answer. */
  public String say(String... lines) {
    return send(String.join("\r\n", lines) + "\r\n");
  }

  /** Sends octets to the server and hears its answer. */
  public String send(String octets) {
    return send(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @Override
  public String send(ByteBuffer in) {
    if (session.state() == ServerState.TLS) {
      session.secured();
    }
    while (session.state() != ServerState.TLS) {
      ServerEvent event = session.poll(in);
      switch (event) {
        case NEED_INPUT -> {
          if (in.hasRemaining()) {
            throw new AssertionError("NEED_INPUT with input left in " + session.state());
          }
          overwrite(in);
          return takeOutput();
        }
        case FLUSH -> takeAll();
        case CLOSED -> {
          return takeOutput();
        }
        default -> answer(event);
      }
    }
    return takeOutput();
  }

  private static void overwrite(ByteBuffer in) {
    if (!in.isReadOnly()) {
      for (int i = 0; i < in.limit(); i++) {
        in.put(i, (byte) '!');
      }
    }
  }

  /** What the application does at an event, whoever drives the session. */
  public void answer(ServerEvent event) {
    switch (event) {
      case VIOLATION -> {}
      case ABORTED -> told.add("aborted " + session.abortCause());
      case CONNECTED -> decide(greeting);
      case HELLO -> decide(LocalPartAgent.hello(session.helloName()));
      case MAIL -> decide(LocalPartAgent.sender(session.reversePath()));
      case RCPT -> decide(LocalPartAgent.recipient(session.recipient().path()));
      case COMMAND, STARTTLS -> session.accept();
      case AUTH -> authenticate();
      case CONTENT_START -> startContent();
      case CONTENT -> {
        ByteBuffer piece = session.content();
        while (piece.hasRemaining()) {
          content.append((char) (piece.get() & 0xFF));
        }
        LocalPartAgent.content(session.reversePath()).ifPresent(session::refuse);
      }
      case CONTENT_END -> endContent();
      default -> throw new AssertionError(event);
    }
  }

  /** Whoever proves by PLAIN (RFC 4616) that the password is "secret" is who it says. */
  private void authenticate() {
    if (session.response().isEmpty()) {
      session.challenge(new byte[0]);
      return;
    }
    String said = new String(session.response().orElseThrow(), StandardCharsets.UTF_8);
    if (said.matches("\0[^\0]+\0secret")) {
      session.accept();
    } else {
      session.refuse(Reply.of(535, "5.7.8", "Authentication credentials invalid"));
    }
  }

  private void decide(Optional<Reply> refusal) {
    if (refusal.isPresent()) {
      session.refuse(refusal.get());
    } else {
      session.accept();
    }
  }

  private void startContent() {
    content.setLength(0);
    Optional<Reply> refusal = LocalPartAgent.contentStart(session.reversePath());
    decide(refusal);
    List<Envelope.Recipient> recipients = session.recipients();
    answered = new boolean[recipients.size()];
    for (int i = 0; i < recipients.size() && refusal.isEmpty(); i++) {
      Optional<Reply> early = LocalPartAgent.early(recipients.get(i).path());
      if (early.isPresent()) {
        session.report(i, early.get());
        answered[i] = true;
      }
    }
  }

  private void endContent() {
    List<Envelope.Recipient> recipients = List.copyOf(session.recipients());
    StringBuilder message = new StringBuilder("message ").append(session.reversePath());
    message.append(" to");
    recipients.forEach(recipient -> message.append(' ').append(recipient.path()));
    told.add(message + " \"" + Dialogue.escape(content.toString()) + "\"");
    for (int i = recipients.size() - 1; i >= 0; i--) {
      if (!answered[i]) {
        session.report(i, LocalPartAgent.delivered(recipients.get(i).path()));
      }
    }
  }

  @Override
  public String endInput() {
    session.endInput();
    return send("");
  }

  @Override
  public String close(Reply last) {
    session.close(last);
    return send("");
  }

  private void takeAll() {
    ByteBuffer lent = session.output();
    while (lent.hasRemaining()) {
      output.append((char) (lent.get() & 0xFF));
    }
  }

  private String takeOutput() {
    takeAll();
    String said = output.toString();
    output.setLength(0);
    return said;
  }

  @Override
  public ServerSession session() {
    return session;
  }

  @Override
  public List<String> told() {
    return List.copyOf(told);
  }
}
