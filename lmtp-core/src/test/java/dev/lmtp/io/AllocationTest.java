package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lmtp.io.Setting.Pair;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AllocationTest {
  private static final int ROUNDS = 10_000;

  private final ByteBuffer near = ByteBuffer.allocate(64);
  private final ByteBuffer far = ByteBuffer.allocateDirect(64);

  @ParameterizedTest
  @MethodSource("dev.lmtp.io.Setting#families")
  void fillAndDrainAllocateNothing(Setting.Family family) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Pair pair = new Setting(family, Setting.Threads.PLATFORM).connect()) {
      exchange(pair);
      long before = threads.getCurrentThreadAllocatedBytes();
      exchange(pair);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;

      // A single object for each call would be ten times as much.
      assertTrue(allocated < 2 * ROUNDS, allocated + " bytes in " + ROUNDS + " rounds");
    }
  }

  private void exchange(Pair pair) throws IOException {
    for (int i = 0; i < ROUNDS; i++) {
      pair.near().drain(near.clear(), Setting.LONG);
      int received = pair.far().read(far.clear());
      pair.far().write(far.flip());
      assertEquals(received, pair.near().fill(near.clear(), Setting.LONG));
    }
  }
}
