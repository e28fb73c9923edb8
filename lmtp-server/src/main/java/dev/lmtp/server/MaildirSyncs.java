package dev.lmtp.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Waits for the disk in several threads, so that files synced at once share its flushes. The first
 * of a group, and whatever finds no thread free, is done by the caller: one alone needs no thread,
 * and nobody waits behind somebody else's group.
 *
 * <p>The threads are daemons, at most {@link #THREADS}, and end when idle for a second; no task
 * outlives the call of {@link #run}. Safe for use by any number of threads.
 */
final class MaildirSyncs {

  static final int THREADS = 64;
  static final String NAME = "maildir-sync";

  /** One file's way to the disk. */
  interface Task {
    void run() throws IOException;
  }

  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          THREADS,
          1,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            Thread thread = new Thread(task, NAME);
            thread.setDaemon(true);
            return thread;
          },
          new ThreadPoolExecutor.CallerRunsPolicy());

  /**
   * Runs all of them, whatever becomes of each.
   *
   * @return how each failed, if it did
   */
  List<Optional<IOException>> run(List<? extends Task> tasks) {
    List<CompletableFuture<Optional<IOException>>> others = new ArrayList<>();
    List<Optional<IOException>> outcomes = new ArrayList<>();
    try {
      for (Task task : tasks.subList(1, tasks.size())) {
        others.add(begin(task));
      }
      outcomes.add(outcome(tasks.get(0)));
    } finally {
      // Not cut short by an interrupt: the files are not to be closed under them.
      others.forEach(other -> outcomes.add(other.join()));
    }
    return outcomes;
  }

  private CompletableFuture<Optional<IOException>> begin(Task task) {
    try {
      return CompletableFuture.supplyAsync(() -> outcome(task), threads);
    } catch (OutOfMemoryError e) {
      // The system gives no thread. The caller is one.
      return CompletableFuture.completedFuture(outcome(task));
    }
  }

  private static Optional<IOException> outcome(Task task) {
    try {
      task.run();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    } catch (RuntimeException | Error e) {
      // What breaks in one recipient's way is not to take the others' answers.
      return Optional.of(new IOException(e));
    }
  }
}
