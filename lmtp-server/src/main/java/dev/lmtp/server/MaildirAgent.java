package dev.lmtp.server;

import dev.lmtp.AddressSyntax;
import dev.lmtp.ForwardPath;
import dev.lmtp.Leniency;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import dev.lmtp.io.LocalHost;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Delivers into Maildirs. A mailbox exists when its directory does; whoever has none gets 550
 * 5.1.1. The folders {@code tmp}, {@code new} and {@code cur} are made where they are missing.
 *
 * <p><b>The promise.</b> A 250 is said when the message is on the disk: written in {@code tmp},
 * synced, renamed into {@code new}, and the directory {@code new} synced. Up to 8 recipients are
 * written in their order, then take these steps beside each other, each on its own, so that they
 * share the flushes of the disk; then they are answered, in their order. The content is received
 * once, as a stream; for further recipients the first file is copied.
 *
 * <p><b>Stored</b> is what came, with line ends as configured and without a {@code Return-Path},
 * behind {@code Return-Path}, {@code Delivered-To} and {@code Received} (RFC 5321 §4.4). The file
 * may be read by its owner only, who is the user the server runs as.
 *
 * <p><b>Names.</b> A local part that is empty, begins with a dot or a dash, or holds a slash, a
 * backslash or a control character has no mailbox, and no domain is none where the template has
 * {@code %d}. A symbolic link that leads out of the root, the template's directory before its first
 * variable, is not followed. A missing root is a temporary failure, since a file system that is not
 * mounted must not bounce anybody's mail.
 *
 * <p><b>Errors.</b> A full or read-only file system gives 452 4.3.1, a quota 452 4.2.2, anything
 * else 451, for the recipient it happened to, with one line in the log; the file in {@code tmp} is
 * deleted. Content that breaks off leaves no file. A crash may leave some in {@code tmp}; the next
 * server removes them when it first delivers into that mailbox. Servers that share mailboxes need
 * different host names, unless they see each other's processes.
 *
 * <p>Safe for use by any number of threads. A message to several recipients borrows some of at most
 * 64 threads of the agent, which end when idle for a second; there is nothing to close. For file
 * systems of POSIX kind.
 */
public final class MaildirAgent implements DeliveryAgent {

  static final Reply UNKNOWN = Reply.of(550, "5.1.1", "No such mailbox here");
  private static final System.Logger LOG = System.getLogger(MaildirAgent.class.getName());

  private final MaildirTemplate template;
  private final LineEnding lineEnding;
  private final MaildirQuota quota;
  private final String hostname;
  private final MaildirLeftovers leftovers = new MaildirLeftovers();
  private final MaildirSyncs syncs = new MaildirSyncs();

  private MaildirAgent(Builder builder) {
    template = builder.template;
    lineEnding = builder.lineEnding;
    quota = builder.quota;
    hostname = builder.hostname.isEmpty() ? LocalHost.name() : builder.hostname;
  }

  /**
   * An agent with LF line ends and no quota.
   *
   * @param template as for {@link #builder}
   */
  public static MaildirAgent of(String template) {
    return builder(template).build();
  }

  /**
   * Starts an agent.
   *
   * @param template the path of a mailbox's directory, with {@code %u} for the address, {@code %n}
   *     for its local part, {@code %d} for its domain in lower case, and {@code %%} for a percent
   *     sign
   * @throws IllegalArgumentException where the template has another variable
   */
  public static Builder builder(String template) {
    return new Builder(MaildirTemplate.parse(template));
  }

  @Override
  public Reply recipient(Transaction transaction, ForwardPath recipient, Parameters parameters)
      throws IOException {
    Optional<Path> path = template.expand(recipient.mailbox());
    if (path.isEmpty()) {
      return UNKNOWN;
    }
    try {
      Optional<Maildir> maildir = Maildir.find(template.root(), path.get());
      if (maildir.isEmpty()) {
        return UNKNOWN;
      }
      // With no size declared: whatever comes has at least one octet.
      long size = Math.max(1, transaction.parameters().value(Parameter.SIZE).orElse(1L));
      return quota.allows(maildir.get(), size) ? RECIPIENT_OK : MaildirFailure.OVER_QUOTA;
    } catch (Maildir.OutsideRootException e) {
      LOG.log(
          Level.WARNING, "transaction {0}: recipient refused: {1}", transaction.id(), e.toString());
      return UNKNOWN;
    }
  }

  @Override
  public void deliver(IncomingMessage message) throws IOException {
    new MaildirDelivery(this, message).run();
  }

  MaildirTemplate template() {
    return template;
  }

  LineEnding lineEnding() {
    return lineEnding;
  }

  MaildirQuota quota() {
    return quota;
  }

  String hostname() {
    return hostname;
  }

  MaildirLeftovers leftovers() {
    return leftovers;
  }

  MaildirSyncs syncs() {
    return syncs;
  }

  private static boolean isDomain(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return AddressSyntax.isHostname(text, 0, text.length, Leniency.COMPATIBLE);
  }

  /** Settings of an agent to be. */
  public static final class Builder {

    private final MaildirTemplate template;
    private LineEnding lineEnding = LineEnding.LF;
    private MaildirQuota quota = MaildirQuota.NONE;
    private String hostname = "";

    private Builder(MaildirTemplate template) {
      this.template = template;
    }

    /** What ends the lines of stored messages; LF unless told. */
    public Builder lineEnding(LineEnding end) {
      lineEnding = Objects.requireNonNull(end, "end");
      return this;
    }

    /**
     * The most octets of messages that any mailbox may hold; no quota unless told.
     *
     * <p>The price: for each {@code RCPT} and each delivery the mailbox's directories, with its
     * Maildir++ folders, are listed once, and the sizes in the file names ({@code ,S=}) added up;
     * some milliseconds for ten thousand messages. Files without a size in their names cost a look
     * at each. A message is written before its size is held against the quota.
     *
     * @throws IllegalArgumentException where it is negative
     */
    public Builder quota(long octets) {
      quota = new MaildirQuota(octets);
      return this;
    }

    /**
     * The name of this host in {@code Received} and in file names; the system's unless told.
     *
     * @throws IllegalArgumentException where it is no domain or address literal
     */
    public Builder hostname(String name) {
      if (!isDomain(name)) {
        throw new IllegalArgumentException("not a host name: " + name);
      }
      hostname = name;
      return this;
    }

    /** The agent. */
    public MaildirAgent build() {
      return new MaildirAgent(this);
    }
  }
}
