package dev.lmtp.testing;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;

/** What code under test takes from the heap and what it holds there. */
public final class HeapUse {

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * What a measurement may find although the code allocates nothing: the compiler of the JDK at
   * work. A single object in each of ten thousand rounds is far above it.
   */
  private static final long NOISE = 16_384;

  private static final int ROUNDS = 10_000;

  private HeapUse() {}

  /**
   * Asserts that a task, once warm, allocates nothing in this thread however often it runs.
   *
   * @param task is run ten thousand times before and ten thousand times while it is measured
   */
  public static void assertAllocatesNothing(Runnable task) {
    assertTrue(THREADS.isThreadAllocatedMemoryEnabled());
    long allocated = Long.MAX_VALUE;
    // The best of a few: a class may be loaded late. What the task itself allocates, it always
    // does.
    for (int attempt = 0; attempt < 4 && allocated > NOISE; attempt++) {
      repeat(task);
      allocated = allocatedBy(() -> repeat(task));
    }
    long found = allocated;
    assertTrue(found <= NOISE, () -> found + " bytes in " + ROUNDS + " rounds");
  }

  /** How many bytes a task allocates in this thread. */
  public static long allocatedBy(Runnable task) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    task.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static void repeat(Runnable task) {
    for (int i = 0; i < ROUNDS; i++) {
      task.run();
    }
  }

  /** Asserts that nobody holds what the reference points to. */
  public static void assertUnreachable(WeakReference<?> reference) {
    for (int attempt = 0; attempt < 50 && reference.get() != null; attempt++) {
      System.gc();
    }
    assertNull(reference.get(), "is still held");
  }
}
