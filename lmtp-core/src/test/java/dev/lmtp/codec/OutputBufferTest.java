package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Slicings;
import java.nio.ByteBuffer;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputBufferTest {

  /** Appends and partial writes in any order: what goes out is what came in. */
  @Property(tries = 300)
  void keepsTheOrder(@ForAll @Size(max = 40) List<@IntRange(min = -700, max = 700) Integer> steps) {
    OutputBuffer out = new OutputBuffer();
    StringBuilder appended = new StringBuilder();
    StringBuilder written = new StringBuilder();
    for (int step : steps) {
      if (step >= 0) {
        String text = Character.toString('a' + step % 26).repeat(step);
        out.ascii(text);
        appended.append(text);
      } else {
        ByteBuffer lent = out.lend();
        assertTrue(lent.isReadOnly());
        byte[] some = new byte[Math.min(lent.remaining(), -step)];
        lent.get(some);
        written.append(Slicings.octets(some));
      }
      assertEquals(appended.length() - written.length(), out.size());
    }
    written.append(Slicings.take(out.lend()));
    assertEquals(appended.toString(), written.toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 9, 10, 99, 100, 4_294_967_296L, Long.MAX_VALUE})
  void decimal(long number) {
    assertEquals("" + number, Slicings.take(new OutputBuffer().decimal(number).lend()));
  }

  @Test
  void refusesNegativeNumbers() {
    OutputBuffer out = new OutputBuffer();
    assertThrows(IllegalArgumentException.class, () -> out.decimal(-1));
    assertEquals(0, out.size());
  }

  @Test
  @DisplayName("H30, H31 what is not printable ASCII leaves as a question mark")
  void neverAnythingButAscii() {
    for (int c = 0; c <= 0x100; c++) {
      String expected = c >= ' ' && c <= '~' ? Character.toString(c) : "?";
      assertEquals(expected, Slicings.take(new OutputBuffer().ascii(Character.toString(c)).lend()));
    }
  }

  @Test
  @DisplayName("a batch of the usual size costs no object once the buffer has grown")
  void allocatesNothing() {
    OutputBuffer out = new OutputBuffer();
    HeapUse.assertAllocatesNothing(
        () -> {
          out.ascii("250 2.1.5 Ok").crlf().decimal(250).octet(' ');
          ByteBuffer lent = out.lend();
          lent.position(lent.limit());
        });
  }
}
