package dev.lmtp.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How the octets of a stream come in: the same dialogue must end the same however they do (RFC 2920
 * §3.2). One value serves one play.
 */
public final class Slicing {

  private final int size;
  private final int cut;
  private final boolean direct;
  private int seen;

  private Slicing(int size, int cut, boolean direct) {
    this.size = size;
    this.cut = cut;
    this.direct = direct;
  }

  /** Each turn in one buffer. */
  public static Slicing whole() {
    return new Slicing(Integer.MAX_VALUE, -1, false);
  }

  /** Each turn in one buffer that has no array. */
  public static Slicing direct() {
    return new Slicing(Integer.MAX_VALUE, -1, true);
  }

  /** Buffers of that many octets. */
  public static Slicing pieces(int octets) {
    return new Slicing(octets, -1, false);
  }

  /** One cut, behind that many octets of the stream. */
  public static Slicing cutAt(int octets) {
    return new Slicing(Integer.MAX_VALUE, octets, false);
  }

  /** The next octets of the stream, in buffers. */
  public List<ByteBuffer> slices(String octets) {
    byte[] bytes = octets.getBytes(StandardCharsets.ISO_8859_1);
    List<ByteBuffer> slices = new ArrayList<>();
    int from = 0;
    while (from < bytes.length) {
      int to = bytes.length - from > size ? from + size : bytes.length;
      if (cut > seen + from && cut < seen + to) {
        to = cut - seen;
      }
      int length = to - from;
      ByteBuffer slice = direct ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
      slices.add(slice.put(bytes, from, length).flip());
      from = to;
    }
    seen += bytes.length;
    return slices;
  }
}
