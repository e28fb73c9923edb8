package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lmtp.Protocol;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Nothing is allocated while content streams through a session, nor ahead of it. */
class SteadyContentTest {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  @DisplayName("A steady DATA stream, with dots to take out, allocates nothing")
  void dataAllocatesNothing() {
    steady("DATA\r\n", "A line of text.\r\n..a dotted one\r\n\r\n".repeat(1_000));
  }

  @Test
  @DisplayName("A steady BDAT stream allocates nothing")
  void chunkAllocatesNothing() {
    steady("BDAT 1000000000000\r\n", "octets\0 of\r any \n.\r\n kind".repeat(1_000));
  }

  @Test
  @DisplayName("H24 Content that is thrown away allocates nothing")
  void discardedAllocatesNothing() {
    ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 2);
    talk.feed("BDAT 100000000\r\n").until(ServerEvent.CONTENT_START);
    talk.session.refuse(ServerTalk.FULL);
    measure(talk, Octets.of("octets".repeat(1_000)));
  }

  private static void steady(String start, String content) {
    ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 2);
    talk.feed(start).until(ServerEvent.NEED_INPUT);
    measure(talk, Octets.of(content));
  }

  private static void measure(ServerTalk talk, ByteBuffer in) {
    long octets = 0;
    long least = Long.MAX_VALUE;
    // What the machinery below Java allocates for itself is not ours: the best of several rounds.
    for (int round = 0; round < 10; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100; i++) {
        octets += stream(talk.session, in.rewind());
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "bytes allocated");
    assertEquals(octets, 1_000L * stream(talk.session, in.rewind()));
  }

  private static long stream(ServerSession session, ByteBuffer in) {
    long octets = 0;
    while (session.poll(in) == ServerEvent.CONTENT) {
      octets += session.content().remaining();
    }
    return octets;
  }

  @Test
  @DisplayName("H23 A huge chunk that is announced allocates nothing ahead")
  void hugeChunk() {
    ServerTalk warm = ServerTalk.withRecipients(Protocol.LMTP, 1);
    warm.feed("BDAT 9223372036854775807 LAST\r\n").until(ServerEvent.NEED_INPUT);
    ServerTalk talk = ServerTalk.withRecipients(Protocol.LMTP, 1);
    ByteBuffer in = Octets.of("BDAT 9223372036854775807 LAST\r\nhi");
    long before = THREADS.getCurrentThreadAllocatedBytes();
    assertEquals(ServerEvent.CONTENT_START, talk.session.poll(in));
    talk.session.accept();
    assertEquals(ServerEvent.CONTENT, talk.session.poll(in));
    assertEquals(ServerEvent.NEED_INPUT, talk.session.poll(in));
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 4_096, "allocated " + allocated);
    talk.session.endInput();
    talk.until(ServerEvent.ABORTED);
  }
}
