package dev.lmtp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.codec.DotEncoder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ContentScanTest {

  private static final byte[] ALPHABET = {'\r', '\n', 'x', '.', (byte) 0xE9};

  @Test
  @DisplayName("E3 E4 H5: agrees with the encoder on every short content, at every cut")
  void everyShortContent() {
    for (int length = 0; length <= 6; length++) {
      byte[] content = new byte[length];
      for (int number = 0; number < Math.pow(ALPHABET.length, length); number++) {
        int rest = number;
        for (int i = 0; i < length; i++) {
          content[i] = ALPHABET[rest % ALPHABET.length];
          rest /= ALPHABET.length;
        }
        for (int cut = 0; cut <= length; cut++) {
          check(content, cut);
        }
      }
    }
  }

  @Test
  void longContents() {
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      byte[] content = new byte[random.nextInt(60)];
      Arrays.fill(content, (byte) 'x');
      for (int i = random.nextInt(5); i > 0 && content.length > 0; i--) {
        content[random.nextInt(content.length)] = ALPHABET[random.nextInt(ALPHABET.length)];
      }
      check(content, random.nextInt(content.length + 1));
    }
  }

  private static void check(byte[] content, int cut) {
    ContentScan scan = new ContentScan();
    scan.add(ByteBuffer.wrap(content, 0, cut));
    scan.add(ByteBuffer.wrap(content, cut, content.length - cut).slice());
    scan.end();

    DotEncoder encoder = new DotEncoder();
    ByteBuffer encoded = ByteBuffer.allocate(2 * content.length + 10);
    encoder.encode(ByteBuffer.wrap(content), encoded);
    int dots = encoded.position();
    encoder.finish(encoded);
    dots = doubledDots(Arrays.copyOf(encoded.array(), dots));
    int size = encoded.position() - dots - ".\r\n".length();

    String text = Arrays.toString(content) + " cut at " + cut;
    boolean eightBit = false;
    for (byte octet : content) {
      eightBit |= octet < 0;
    }
    assertEquals(content.length, scan.octets(), text);
    assertEquals(size, scan.size(), text);
    assertEquals(encoder.repairedLineEnd(), scan.hasBareLineEnd(), text);
    assertEquals(eightBit, scan.hasEightBit(), text);
    assertEquals(size == content.length && !encoder.repairedLineEnd(), scan.isClean(), text);
  }

  private static int doubledDots(byte[] encoded) {
    int dots = 0;
    for (int i = 0; i + 1 < encoded.length; i++) {
      boolean lineStart = i == 0 || encoded[i - 1] == '\n';
      dots += lineStart && encoded[i] == '.' && encoded[i + 1] == '.' ? 1 : 0;
    }
    return dots;
  }
}
