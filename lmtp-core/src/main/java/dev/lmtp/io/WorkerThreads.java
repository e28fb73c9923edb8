package dev.lmtp.io;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes executors for tasks that block: one thread for each running task, never a queue.
 *
 * <p>The caller owns the executor and shuts it down. Its threads are not daemons, so a pool that is
 * not shut down keeps the JVM alive for a minute after its last task.
 */
public final class WorkerThreads {
  private WorkerThreads() {}

  /**
   * Platform threads, kept for a minute for the next task.
   *
   * @param name the first part of the names of the threads
   */
  public static ExecutorService platform(String name) {
    AtomicLong count = new AtomicLong();
    return Executors.newCachedThreadPool(
        task -> {
          Thread thread = new Thread(null, task, name + "-" + count.incrementAndGet(), 0, false);
          thread.setDaemon(false);
          return thread;
        });
  }
}
