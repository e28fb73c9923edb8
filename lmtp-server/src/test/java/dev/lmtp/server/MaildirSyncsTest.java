package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MaildirSyncsTest {

  private final MaildirSyncs syncs = new MaildirSyncs();
  private final Set<Thread> seen = ConcurrentHashMap.newKeySet();

  private void await(CountDownLatch latch) throws IOException {
    seen.add(Thread.currentThread());
    latch.countDown();
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS), "the others do not run");
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  @DisplayName("five wait for the disk at once, and no thread is left a while later")
  void atOnce() throws InterruptedException {
    CountDownLatch all = new CountDownLatch(5);

    List<Optional<IOException>> outcomes = syncs.run(Collections.nCopies(5, () -> await(all)));

    assertEquals(Collections.nCopies(5, Optional.empty()), outcomes);
    assertEquals(5, seen.size());
    assertTrue(seen.remove(Thread.currentThread()));
    for (Thread thread : seen) {
      assertTrue(thread.isDaemon());
      thread.join();
    }
  }

  @Test
  void oneAloneNeedsNoThread() {
    syncs.run(List.of(() -> seen.add(Thread.currentThread())));

    assertEquals(Set.of(Thread.currentThread()), seen);
  }

  @Test
  @DisplayName("a failure, of whatever kind, is that task's own, and stands in its place")
  void failures() {
    IOException first = new IOException("first");
    List<MaildirSyncs.Task> tasks = new ArrayList<>();
    tasks.add(
        () -> {
          throw first;
        });
    tasks.add(() -> seen.add(Thread.currentThread()));
    tasks.add(
        () -> {
          throw new IllegalStateException("third");
        });

    List<Optional<IOException>> outcomes = syncs.run(tasks);

    assertSame(first, outcomes.get(0).orElseThrow());
    assertEquals(Optional.empty(), outcomes.get(1));
    assertEquals("third", outcomes.get(2).orElseThrow().getCause().getMessage());
    assertEquals(1, seen.size());
  }

  @Test
  @DisplayName("where all threads are taken the caller does it all")
  void allTaken() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(MaildirSyncs.THREADS + 1);
    CountDownLatch end = new CountDownLatch(1);
    MaildirSyncs.Task hold =
        () -> {
          running.countDown();
          try {
            end.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
        };
    Thread holder =
        new Thread(() -> syncs.run(Collections.nCopies(MaildirSyncs.THREADS + 1, hold)));
    holder.start();
    try {
      running.await();
      syncs.run(Collections.nCopies(5, () -> seen.add(Thread.currentThread())));
      assertEquals(Set.of(Thread.currentThread()), seen);
    } finally {
      end.countDown();
      holder.join();
    }
  }

  @Test
  @DisplayName("an interrupt does not let the caller go while a file is under way")
  void interrupted() {
    CountDownLatch all = new CountDownLatch(2);
    List<MaildirSyncs.Task> tasks =
        List.of(
            () -> {
              all.countDown();
              Thread.currentThread().interrupt();
            },
            () -> {
              await(all);
              seen.clear();
            });

    syncs.run(tasks);

    assertTrue(Thread.interrupted());
    assertEquals(Set.of(), seen);
  }
}
