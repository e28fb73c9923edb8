package dev.lmtp.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Feeds one input to a reader in every way bytes can arrive, and holds that the reader cannot tell:
 * whole, a byte at a time, in two pieces at every cut, with other bytes behind it, and each of
 * these in every kind of memory. A piece that was read to its end is written over, as a caller that
 * uses its buffer again would, so that a reader that kept a reference is found out.
 */
public final class Slicings {

  /** What stands behind the input where the trailing bytes are the point: an end of data too. */
  private static final byte[] TRAILING = bytes("\r\n.\r\n250 x\r\nQUIT\r\n");

  private Slicings() {}

  /**
   * One run of what is tested over one input.
   *
   * @param <R> what was read, comparable with equals
   */
  public interface Reader<R> {
    /**
     * Reads all it can of a piece.
     *
     * @return whether the case has ended, so that the rest of the buffer belongs to what follows
     */
    boolean read(ByteBuffer in);

    /** What was read so far. */
    R result();
  }

  /** How one run ended. */
  public record Outcome<R>(R result, int consumed, boolean ended) {}

  /** The kinds of buffer a caller may come with. */
  public enum Memory {
    /** An array, from its first byte. */
    HEAP,
    /** A slice of an array: {@code arrayOffset()} is not 0. */
    OFFSET,
    /** An array that the reader cannot get at. */
    READ_ONLY,
    /** No array. */
    DIRECT;

    /** A buffer to write the bytes to; one byte at each side belongs to somebody else. */
    private ByteBuffer storage(int length) {
      return switch (this) {
        case HEAP, READ_ONLY -> ByteBuffer.allocate(length + 2);
        case OFFSET -> ByteBuffer.allocate(length + 5).position(3).slice();
        case DIRECT -> ByteBuffer.allocateDirect(length + 2);
      };
    }

    /** A buffer that holds those bytes and nothing else. */
    public ByteBuffer filledWith(byte[] bytes) {
      ByteBuffer storage = storage(bytes.length).put(1, bytes);
      ByteBuffer filled = storage.slice(1, bytes.length);
      return this == READ_ONLY ? filled.asReadOnlyBuffer() : filled;
    }
  }

  /**
   * Runs the input in every way.
   *
   * @param readers makes a reader in its first state
   * @return what each of the runs read
   */
  public static <R> R everyWay(byte[] input, Supplier<? extends Reader<R>> readers) {
    Outcome<R> expected = run(Memory.HEAP, input, List.of(input.length), readers.get());
    for (Memory memory : Memory.values()) {
      for (List<Integer> ends : ways(input.length)) {
        assertEquals(
            expected,
            run(memory, input, ends, readers.get()),
            () -> memory + ", cut at " + ends + ": " + visible(input));
      }
      if (expected.ended()) {
        byte[] own = Arrays.copyOf(input, expected.consumed());
        byte[] more = concat(own, TRAILING);
        assertEquals(
            expected,
            run(memory, more, List.of(more.length), readers.get()),
            () -> memory + ", with trailing bytes: " + visible(more));
      }
    }
    return expected.result();
  }

  /** {@link #everyWay(byte[], Supplier)} for a text of octets. */
  public static <R> R everyWay(String octets, Supplier<? extends Reader<R>> readers) {
    return everyWay(bytes(octets), readers);
  }

  /** Whole, every cut in two, byte by byte: each a list of the pieces' ends. */
  public static List<List<Integer>> ways(int length) {
    List<List<Integer>> ways = new ArrayList<>();
    for (int cut = 0; cut <= length; cut++) {
      ways.add(List.of(cut, length));
    }
    List<Integer> bytewise = new ArrayList<>();
    for (int end = 1; end <= length; end++) {
      bytewise.add(end);
    }
    if (length > 0) {
      ways.add(bytewise);
    }
    return ways;
  }

  /** Feeds the input in pieces of one kind of memory, each up to the given end. */
  public static <R> Outcome<R> run(
      Memory memory, byte[] input, List<Integer> ends, Reader<R> reader) {
    ByteBuffer storage = memory.storage(input.length);
    ByteBuffer in = memory == Memory.READ_ONLY ? storage.asReadOnlyBuffer() : storage.duplicate();
    int from = 0;
    for (int end : ends) {
      storage.put(1, input, from, end - from);
      in.limit(1 + end - from).position(1);
      boolean ended = reader.read(in);
      assertEquals(1 + end - from, in.limit(), "the limit is the caller's");
      int consumed = from + in.position() - 1;
      if (ended) {
        return new Outcome<>(reader.result(), consumed, true);
      }
      assertFalse(in.hasRemaining(), "asks for more with bytes left");
      for (int i = 0; i < storage.capacity(); i++) {
        storage.put(i, (byte) '#');
      }
      from = end;
    }
    assertEquals(input.length, from, "the pieces are all of the input");
    return new Outcome<>(reader.result(), from, false);
  }

  /** Each char is one octet. */
  public static byte[] bytes(String octets) {
    return octets.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Each octet is one char. */
  public static String octets(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Takes what a buffer holds; each octet is one char. */
  public static String take(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return octets(bytes);
  }

  /** The octets with CR, LF and all else that does not print made visible. */
  public static String visible(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      switch (b) {
        case '\r' -> text.append("\\r");
        case '\n' -> text.append("\\n");
        default -> {
          boolean prints = b >= ' ' && b <= '~';
          text.append(prints ? "" + (char) b : String.format("\\x%02x", b));
        }
      }
    }
    return text.toString();
  }

  /** Every string over the alphabet up to a length, shortest first. */
  public static List<String> everyString(String alphabet, int longest) {
    List<String> all = new ArrayList<>(List.of(""));
    int from = 0;
    for (int length = 1; length <= longest; length++) {
      int to = all.size();
      for (; from < to; from++) {
        for (int i = 0; i < alphabet.length(); i++) {
          all.add(all.get(from) + alphabet.charAt(i));
        }
      }
    }
    return all;
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
