package dev.lmtp.server;

import dev.lmtp.ForwardPath;
import dev.lmtp.Mailbox;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import dev.lmtp.io.LocalHost;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Pipes each recipient's message into a command, one process for each: behind {@code Return-Path},
 * {@code Delivered-To} and {@code Received}, with LF line ends. The exit code answers, as {@code
 * sysexits.h} has it: 0 takes responsibility; 65, 67, 68, 69 and 77 refuse for good; whatever else,
 * a signal and the end of its time too, is 451 4.3.0. What it prints goes to the log, 1 KiB of it
 * at most, and never to the peer.
 *
 * <p><b>Arguments</b> are a list, and no shell reads them. What a peer chose is nowhere among them
 * but in the place of a whole argument {@code %u} (the address), {@code %n} (its local part,
 * without quotes) or {@code %d} (its domain); a mailbox whose part begins with a dash, which could
 * be an option, or is empty gets 550 5.1.1, and {@code --} before it is the better habit. The
 * environment is {@code PATH}, {@code SENDER} (empty for reports), {@code RECIPIENT}, {@code USER},
 * {@code DOMAIN} and nothing else: a shell script must quote them.
 *
 * <p><b>Time.</b> When its time is up the command and its descendants are killed. Known limit: a
 * descendant whose parent has ended is not found. The message waits in a {@link KeptContent};
 * recipients are served in turn. Addresses that are not ASCII are refused. Safe for any threads.
 */
public final class PipeAgent implements DeliveryAgent {

  private static final System.Logger LOG = System.getLogger(PipeAgent.class.getName());
  private static final String PATH = "/usr/local/bin:/usr/bin:/bin";
  private static final Reply UNKNOWN = Reply.of(550, "5.1.1", "No such mailbox here");
  private static final Reply NOT_ASCII = Reply.of(550, "5.6.7", "Only ASCII addresses here");
  private static final Reply DONE = Reply.of(250, "2.0.0", "Delivered");
  private static final Reply FAILED = Reply.of(451, "4.3.0", "Delivery failed, try again");
  private static final Map<Integer, Reply> BY_EXIT =
      Map.of(
          0, DONE,
          65, Reply.of(550, "5.6.0", "The message is not fit"),
          67, UNKNOWN,
          68, Reply.of(550, "5.1.2", "No such domain here"),
          69, Reply.of(550, "5.3.0", "The message is not taken"),
          77, Reply.of(550, "5.7.0", "Not permitted"));

  private final List<String> command;
  private final Duration patience;
  private final String hostname = LocalHost.name();

  private PipeAgent(List<String> command, Duration patience) {
    this.command = List.copyOf(command);
    this.patience = patience;
  }

  /**
   * An agent that gives each command 10 minutes.
   *
   * @param command the program by its path, and its arguments
   * @throws IllegalArgumentException where there is no program
   */
  public static PipeAgent of(String... command) {
    if (command.length == 0) {
      throw new IllegalArgumentException("no program");
    }
    return new PipeAgent(List.of(command), Duration.ofMinutes(10));
  }

  /** The same with another time for each command. */
  public PipeAgent withPatience(Duration other) {
    return new PipeAgent(command, other);
  }

  @Override
  public Reply sender(Transaction transaction) {
    return transaction.reversePath().mailbox().map(Mailbox::isAscii).orElse(true)
        ? SENDER_OK
        : NOT_ASCII;
  }

  @Override
  public Reply recipient(Transaction transaction, ForwardPath recipient, Parameters parameters) {
    return judge(recipient.mailbox());
  }

  private Reply judge(Mailbox mailbox) {
    for (String argument : command) {
      String value = value(argument, mailbox);
      if (argument.matches("%[und]") && (value.isEmpty() || value.startsWith("-"))) {
        return UNKNOWN;
      }
    }
    return mailbox.isAscii() ? RECIPIENT_OK : NOT_ASCII;
  }

  private static String value(String argument, Mailbox mailbox) {
    return switch (argument) {
      case "%u" -> mailbox.toString();
      case "%n" -> mailbox.unquotedLocalPart();
      case "%d" -> mailbox.domain();
      default -> argument;
    };
  }

  @Override
  public void deliver(IncomingMessage message) throws IOException {
    try (KeptContent kept = message.keep()) {
      for (Recipient recipient : message.recipients()) {
        Reply judged = judge(recipient.path().mailbox());
        recipient.reply(judged.isPositive() ? deliver(message, recipient, kept) : judged);
      }
    }
  }

  private Reply deliver(IncomingMessage message, Recipient recipient, KeptContent kept)
      throws InterruptedIOException {
    Transaction transaction = message.transaction();
    Mailbox mailbox = recipient.path().mailbox();
    String outcome;
    Reply reply = FAILED;
    try {
      TraceFields fields = TraceFields.of(transaction, mailbox, hostname, Instant.now());
      InputStream content = kept.whole().with(fields).stream(LineEnding.LF);
      PipedCommand piped = new PipedCommand(process(transaction, mailbox), content);
      int exit = piped.run(patience);
      reply = BY_EXIT.getOrDefault(exit, FAILED);
      outcome = "exit " + exit + " " + piped.said();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      outcome = e.toString();
    }
    LOG.log(
        reply.isPositive() ? Level.DEBUG : Level.WARNING,
        "transaction {0}: recipient {1} piped into {2}: {3}: {4}",
        transaction.id(),
        recipient.index(),
        command.get(0),
        reply,
        outcome);
    return reply;
  }

  private ProcessBuilder process(Transaction transaction, Mailbox mailbox) {
    ProcessBuilder builder =
        new ProcessBuilder(command.stream().map(argument -> value(argument, mailbox)).toList());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", PATH);
    environment.put(
        "SENDER", transaction.reversePath().mailbox().map(Mailbox::toString).orElse(""));
    environment.put("RECIPIENT", mailbox.toString());
    environment.put("USER", mailbox.unquotedLocalPart());
    environment.put("DOMAIN", mailbox.domain());
    return builder;
  }
}
