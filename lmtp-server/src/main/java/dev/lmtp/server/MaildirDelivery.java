package dev.lmtp.server;

import dev.lmtp.Mailbox;
import dev.lmtp.Reply;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One message on its way into the Maildirs of its recipients, in groups: the files of a group are
 * written one after the other, then made safe at once, each as {@link MaildirFile#deliver} has it,
 * and answered. A mailbox is in a group once, so that its quota counts what came before. A failure
 * concerns one recipient alone, unless the content itself fails: then nothing is stored for anybody
 * not answered yet.
 */
final class MaildirDelivery {

  private static final System.Logger LOG = System.getLogger(MaildirAgent.class.getName());

  /** The most in a group, each of which holds two open files. */
  static final int GROUP = 8;

  /** A message that is whole in {@code tmp}. */
  private record Written(Recipient recipient, Maildir maildir, Path directory, MaildirFile file)
      implements MaildirSyncs.Task {

    @Override
    public void run() throws IOException {
      file.deliver();
    }
  }

  private final MaildirAgent agent;
  private final IncomingMessage message;
  private final Instant time = Instant.now();
  private final List<Written> group = new ArrayList<>();

  /** What is said, in the recipients' order, when it is known how each of the group failed. */
  private final List<Consumer<List<Optional<IOException>>>> answers = new ArrayList<>();

  MaildirDelivery(MaildirAgent agent, IncomingMessage message) {
    this.agent = agent;
    this.message = message;
  }

  void run() throws IOException {
    try (StoredContent content = new StoredContent(message, agent.lineEnding())) {
      try {
        for (Recipient recipient : message.recipients()) {
          write(recipient, content);
        }
        deliverGroup();
      } finally {
        closeGroup();
      }
    }
  }

  private void write(Recipient recipient, StoredContent content) throws IOException {
    Mailbox mailbox = recipient.path().mailbox();
    Optional<Path> path = agent.template().expand(mailbox);
    if (path.isEmpty()) {
      refuse(recipient, MaildirAgent.UNKNOWN, agent.template().root(), "no name of a file");
      return;
    }
    Path directory = path.get();
    try {
      Optional<Maildir> found = Maildir.find(agent.template().root(), directory);
      if (found.isEmpty()) {
        refuse(recipient, MaildirFailure.MAILBOX_GONE, directory, "no such directory");
        return;
      }
      Maildir maildir = found.get();
      if (group.size() == GROUP || group.stream().anyMatch(one -> one.maildir().equals(maildir))) {
        deliverGroup();
      }
      Optional<MaildirFile> file = store(mailbox, maildir, content);
      if (file.isPresent()) {
        int place = group.size();
        Written written = new Written(recipient, maildir, directory, file.get());
        group.add(written);
        answers.add(failures -> answer(written, failures.get(place)));
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

  /** The file, whole but not safe; none where it is over the quota. */
  private Optional<MaildirFile> store(Mailbox mailbox, Maildir maildir, StoredContent content)
      throws IOException {
    byte[] fields =
        TraceFields.of(message.transaction(), mailbox, agent.hostname(), time)
            .bytes(agent.lineEnding());
    maildir.prepare();
    // Before anything is made: they may be what fills the disk.
    agent.leftovers().remove(maildir, agent.hostname());
    MaildirFile file = MaildirFile.create(maildir, agent.hostname());
    boolean whole = false;
    try {
      ByteBuffer top = ByteBuffer.wrap(fields);
      while (top.hasRemaining()) {
        file.channel().write(top);
      }
      content.appendTo(file);
      whole = agent.quota().allows(maildir, file.channel().position());
    } finally {
      if (!whole) {
        file.close();
      }
    }
    return whole ? Optional.of(file) : Optional.empty();
  }

  private void deliverGroup() {
    if (group.isEmpty()) {
      return;
    }
    List<Optional<IOException>> failures = agent.syncs().run(group);
    // Before any answer: who hears of a failure finds nothing left of it.
    closeGroup();
    answers.forEach(answer -> answer.accept(failures));
    answers.clear();
  }

  private void answer(Written one, Optional<IOException> failure) {
    if (failure.isEmpty()) {
      one.recipient().accept();
    } else {
      IOException e = failure.get();
      Reply reply = MaildirFailure.reply(e, one.directory());
      sayRefused(one.recipient(), reply, one.directory(), e.toString());
    }
  }

  private void closeGroup() {
    for (Written one : group) {
      try {
        one.file().close();
      } catch (IOException e) {
        // What is delivered stays so; what is not stays in tmp until the next server removes it.
        LOG.log(Level.WARNING, "not closed or removed in {0}: {1}", one.directory(), e.toString());
      }
    }
    group.clear();
  }

  /** Behind the answers to the group, if there is one; else at once: the content may yet fail. */
  private void refuse(Recipient recipient, Reply reply, Path directory, String cause) {
    if (group.isEmpty()) {
      sayRefused(recipient, reply, directory, cause);
    } else {
      answers.add(failures -> sayRefused(recipient, reply, directory, cause));
    }
  }

  private void sayRefused(Recipient recipient, Reply reply, Path directory, String cause) {
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
