package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkerThreadsTest {
  @Test
  void platformThreadsAreNamedAndKeepTheJvmAlive() throws Exception {
    ExecutorService executor = WorkerThreads.platform("worker");
    try {
      Thread thread = executor.submit(Thread::currentThread).get();
      assertEquals("worker-1", thread.getName());
      assertFalse(thread.isDaemon());
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void noTaskWaitsForAnother() throws Exception {
    ExecutorService executor = WorkerThreads.platform("a");
    int tasks = 50;
    CountDownLatch running = new CountDownLatch(tasks);
    Future<?> last = null;
    for (int i = 0; i < tasks; i++) {
      last =
          executor.submit(
              () -> {
                running.countDown();
                running.await();
                return null;
              });
    }
    last.get();
    executor.shutdown();
    assertTrue(executor.awaitTermination(30, TimeUnit.SECONDS));
  }
}
