package dev.lmtp.server;

import dev.lmtp.Mailbox;
import dev.lmtp.Reply;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * One message on its way into the Maildirs of its recipients, one after the other: each is answered
 * before the next one is begun. A failure concerns one recipient alone, unless the content itself
 * fails: then nothing is stored for anybody not answered yet.
 */
final class MaildirDelivery {

  private static final System.Logger LOG = System.getLogger(MaildirAgent.class.getName());

  private final MaildirAgent agent;
  private final IncomingMessage message;
  private final Instant time = Instant.now();

  MaildirDelivery(MaildirAgent agent, IncomingMessage message) {
    this.agent = agent;
    this.message = message;
  }

  void run() throws IOException {
    try (StoredContent content = new StoredContent(message, agent.lineEnding())) {
      for (Recipient recipient : message.recipients()) {
        deliver(recipient, content);
      }
    }
  }

  private void deliver(Recipient recipient, StoredContent content) throws IOException {
    Mailbox mailbox = recipient.path().mailbox();
    Optional<Path> path = agent.template().expand(mailbox);
    if (path.isEmpty()) {
      refuse(recipient, MaildirAgent.UNKNOWN, agent.template().root(), "no name of a file");
      return;
    }
    Path directory = path.get();
    try {
      Optional<Maildir> maildir = Maildir.find(agent.template().root(), directory);
      if (maildir.isEmpty()) {
        refuse(recipient, MaildirFailure.MAILBOX_GONE, directory, "no such directory");
      } else if (store(mailbox, maildir.get(), content)) {
        recipient.accept();
      } else {
        refuse(recipient, MaildirFailure.OVER_QUOTA, directory, "over quota");
      }
    } catch (IOException e) {
      if (content.isLost()) {
        throw e;
      }
      refuse(recipient, MaildirFailure.reply(e, directory), directory, e.toString());
    }
  }

  /** Whether the message is safe; if not, it is over the quota. */
  private boolean store(Mailbox mailbox, Maildir maildir, StoredContent content)
      throws IOException {
    byte[] fields =
        TraceFields.of(message.transaction(), mailbox, agent.hostname(), time)
            .bytes(agent.lineEnding());
    maildir.prepare();
    // Before anything is made: they may be what fills the disk.
    agent.leftovers().remove(maildir, agent.hostname());
    try (MaildirFile file = MaildirFile.create(maildir, agent.hostname())) {
      ByteBuffer top = ByteBuffer.wrap(fields);
      while (top.hasRemaining()) {
        file.channel().write(top);
      }
      content.appendTo(file);
      if (!agent.quota().allows(maildir, file.channel().position())) {
        return false;
      }
      file.deliver();
      return true;
    }
  }

  private void refuse(Recipient recipient, Reply reply, Path directory, String cause) {
    // No address: it stands in the directory where the template has it.
    LOG.log(
        Level.WARNING,
        "transaction {0}: recipient {1} not delivered into {2}: {3}: {4}",
        message.transaction().id(),
        recipient.index(),
        directory,
        reply,
        cause);
    recipient.reply(reply);
  }
}
