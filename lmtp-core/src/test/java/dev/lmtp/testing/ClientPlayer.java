package dev.lmtp.testing;

import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import dev.lmtp.session.ClientSession;
import dev.lmtp.session.ClientSettings;
import dev.lmtp.session.ClientState;
import dev.lmtp.session.ContentForm;
import dev.lmtp.session.ContentSupply;
import dev.lmtp.session.Delivery;
import dev.lmtp.testkit.Dialogue;
import dev.lmtp.testkit.Dialogue.Directive;
import dev.lmtp.testkit.Dialogue.Step;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * A {@link ClientSession} that delivers what a dialogue's head says, one message behind the other,
 * and then quits if the session is still in step.
 */
final class ClientPlayer {

  private static final class Message {
    private Envelope envelope;
    private final List<Envelope.Recipient> recipients = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private String content = "";
    private int chunk;
  }

  private final Dialogue dialogue;
  private final ClientSession session;
  private final Deque<Message> messages;
  private final StringBuilder said = new StringBuilder();
  private Message message;
  private Delivery delivery;

  private ClientPlayer(Dialogue dialogue) {
    this.dialogue = dialogue;
    String protocol = dialogue.directive("protocol", "lmtp").toUpperCase(Locale.ROOT);
    this.session =
        new ClientSession(ClientSettings.of(Protocol.valueOf(protocol), "client.example"));
    this.messages = messages(dialogue);
  }

  /** Plays the server's lines of a dialogue. */
  static void play(Dialogue dialogue, Slicing slicing) {
    ClientPlayer client = new ClientPlayer(dialogue);
    StringBuilder expected = new StringBuilder();
    int turn = 0;
    for (Step step : dialogue.steps()) {
      turn++;
      switch (step.kind()) {
        case CLIENT -> expected.append(step.octets());
        case SERVER -> {
          client.compare(dialogue + ", turn " + turn, expected);
          for (ByteBuffer slice : slicing.slices(step.octets())) {
            client.hear(slice);
          }
        }
        case SERVER_EOF -> {
          client.compare(dialogue + ", turn " + turn, expected);
          client.session.endInput();
          client.hear(ByteBuffer.allocate(0));
        }
        default -> throw new AssertionError("no line for a client: " + step);
      }
    }
    client.compare(dialogue + ", end", expected);
    DialoguePlayer.same(
        dialogue + ", all messages tried", true, client.messages.isEmpty() && client.idle());
  }

  private boolean idle() {
    return delivery == null;
  }

  private void compare(String where, StringBuilder expected) {
    hear(ByteBuffer.allocate(0));
    DialoguePlayer.compare(
        where, DialoguePlayer.Comparison.EXACT, expected.toString(), said.toString());
  }

  private void hear(ByteBuffer in) {
    boolean goesOn = true;
    while (goesOn) {
      goesOn = delivery != null ? deliver(in) : converse(in);
      take(session.output());
    }
  }

  private boolean deliver(ByteBuffer in) {
    switch (delivery.poll(in)) {
      case NEED_INPUT -> {
        requireEmpty(in);
        return false;
      }
      case RECIPIENT -> {}
      case CONTENT -> sendContent();
      case DONE -> {
        List<String> outcomes =
            delivery.result().recipients().stream().map(ClientPlayer::outcome).toList();
        DialoguePlayer.same(dialogue + ", outcomes", message.outcomes, outcomes);
        delivery = null;
        next();
      }
    }
    return true;
  }

  private static String outcome(RecipientResult result) {
    return result.outcome()
        + " "
        + result.stage()
        + " "
        + result.reply().map(Reply::code).orElse(0);
  }

  private boolean converse(ByteBuffer in) {
    switch (session.poll(in)) {
      case NEED_INPUT -> {
        requireEmpty(in);
        return false;
      }
      case GREETING -> {
        if (session.reply().isPositive()) {
          session.hello();
        } else if (session.state() == ClientState.GREETED) {
          session.quit();
        }
      }
      case HELLO -> {
        if (session.reply().isPositive()) {
          next();
        } else if (dialogue.directive("protocol", "lmtp").equals("smtp")
            && !said.toString().contains("HELO")) {
          session.helo();
        } else {
          session.quit();
        }
      }
      case OTHER -> {}
      default -> {
        return false;
      }
    }
    return true;
  }

  private void next() {
    if (!messages.isEmpty() && session.isReusable()) {
      message = messages.remove();
      ContentForm form = message.chunk > 0 ? ContentForm.CHUNKS : ContentForm.DATA;
      boolean once = dialogue.directive("supply", "repeatable").equals("once");
      ContentSupply supply = once ? ContentSupply.ONCE : ContentSupply.REPEATABLE;
      delivery = new Delivery(session, message.envelope, form, supply);
    } else if (session.isReusable() && session.state().next(Verb.QUIT) != null) {
      session.quit();
    }
  }

  private void sendContent() {
    take(session.output());
    ByteBuffer content = bytes(message.content);
    if (message.chunk == 0) {
      ByteBuffer target = ByteBuffer.allocate(2 * content.remaining() + 5);
      session.content(content, target);
      session.endContent(target);
      take(target.flip());
      return;
    }
    while (content.hasRemaining()) {
      int length = Math.min(message.chunk, content.remaining());
      if (length == content.remaining()) {
        session.lastChunk(length);
      } else {
        session.chunk(length);
      }
      take(session.output());
      take(content.duplicate().limit(content.position() + length));
      content.position(content.position() + length);
      session.chunkSent(length);
    }
    if (session.state() == ClientState.RCPT) {
      session.lastChunk(0);
    }
  }

  private void take(ByteBuffer lent) {
    while (lent.hasRemaining()) {
      said.append((char) (lent.get() & 0xFF));
    }
  }

  private static ByteBuffer bytes(String octets) {
    return ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1));
  }

  private void requireEmpty(ByteBuffer in) {
    if (in.hasRemaining()) {
      throw new AssertionError("NEED_INPUT with input left in " + session.state());
    }
  }

  private static Deque<Message> messages(Dialogue dialogue) {
    Deque<Message> messages = new ArrayDeque<>();
    String[] form = dialogue.directive("form", "data").split(" ");
    for (Directive directive : dialogue.head()) {
      Message last = messages.peekLast();
      switch (directive.name()) {
        case "from" -> {
          Message next = new Message();
          next.chunk = form[0].equals("chunks") ? Integer.parseInt(form[1]) : 0;
          String[] words = directive.value().split(" ");
          next.envelope =
              new Envelope(ReversePath.parse(words[0]), parameters(Verb.MAIL, words), List.of());
          messages.add(next);
        }
        case "to" -> {
          // to: PATH [PARAMETERS in braces] OUTCOME
          String[] words = directive.value().split(" ", 2);
          String[] rest = words[1].startsWith("{") ? words[1].substring(1).split("\\} ", 2) : null;
          String given = rest == null ? "" : rest[0];
          last.recipients.add(
              new Envelope.Recipient(
                  ForwardPath.parse(words[0]), parameters(Verb.RCPT, given.split(" "))));
          last.outcomes.add(rest == null ? words[1] : rest[1]);
        }
        case "content" -> last.content = Dialogue.unescape(directive.value());
        default -> {}
      }
    }
    for (Message each : messages) {
      each.envelope =
          new Envelope(each.envelope.reversePath(), each.envelope.parameters(), each.recipients);
    }
    return messages;
  }

  private static Parameters parameters(Verb verb, String[] words) {
    Parameters parameters = Parameters.NONE;
    for (String word : words) {
      for (Parameter<?> known : Parameter.known()) {
        if (known.verb() == verb && word.matches(known.keyword() + "(=.*)?")) {
          parameters = with(parameters, known, word.replaceFirst("^[^=]*=?", ""));
        }
      }
    }
    return parameters;
  }

  private static <T> Parameters with(Parameters parameters, Parameter<T> parameter, String value) {
    return parameters.with(parameter, parameter.parse(value));
  }
}
