package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Slicings;
import dev.lmtp.testing.Slicings.Memory;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkDecoderTest {

  private static final class Reader implements Slicings.Reader<String> {
    private final ChunkDecoder decoder = new ChunkDecoder();
    private final StringBuilder content = new StringBuilder();

    Reader(long octets) {
      decoder.start(octets);
    }

    @Override
    public boolean read(ByteBuffer in) {
      content.append(Slicings.take(decoder.take(in)));
      return decoder.remaining() == 0;
    }

    @Override
    public String result() {
      return content.toString();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", ".\r\n", "hi\r\n.\r\nMAIL FROM:<a@b>\r\n", "\r\n.\r\n\r\n.\r\n"})
  @DisplayName("E5, H4 a chunk is so many octets, whatever they are, and no one more")
  void countsOctets(String octets) {
    assertEquals(octets, Slicings.everyWay(octets, () -> new Reader(octets.length())));
    String more = octets + "BDAT 0 LAST\r\n";
    assertEquals(octets, Slicings.everyWay(more, () -> new Reader(octets.length())));
  }

  @Test
  @DisplayName("H21 a chunk that was cut short has octets remaining")
  void tellsWhatIsMissing() {
    Reader reader = new Reader(10);
    assertFalse(reader.read(ByteBuffer.wrap(new byte[7])));
    assertEquals(3, reader.decoder.remaining());
    assertEquals(7, reader.result().length());
  }

  @ParameterizedTest
  @EnumSource(Memory.class)
  @DisplayName("H23 neither a huge chunk nor a steady stream costs an object")
  void allocatesNothing(Memory memory) {
    ByteBuffer in = memory.filledWith(new byte[1_000]);
    ChunkDecoder decoder = new ChunkDecoder();
    HeapUse.assertAllocatesNothing(
        () -> {
          decoder.start(Long.MAX_VALUE);
          decoder.take(in.rewind());
        });
  }

  @Test
  @DisplayName("no reference to the caller's buffer is kept once released")
  void dropsTheBuffer() {
    ChunkDecoder decoder = new ChunkDecoder();
    HeapUse.assertUnreachable(takeTransientBuffer(decoder));
    assertEquals(0, decoder.remaining());
  }

  private static WeakReference<byte[]> takeTransientBuffer(ChunkDecoder decoder) {
    byte[] bytes = new byte[8];
    decoder.start(8);
    assertTrue(decoder.take(ByteBuffer.wrap(bytes)).hasRemaining());
    decoder.release();
    return new WeakReference<>(bytes);
  }
}
