package dev.lmtp.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * One thing that goes wrong in a stream of octets; they are held as the characters 0 to 255 of a
 * String. The same mutation of the same stream gives the same result.
 *
 * @param op what is done
 * @param at where, counted round the length of the stream
 * @param what which of the things that may be put there, counted round their number
 */
public record Mutation(Op op, int at, int what) {

  /** What is done to a stream. */
  public enum Op {
    /** One bit of an octet is flipped. */
    FLIP,
    /** Something is put in between. */
    INSERT,
    /** An octet becomes something else. */
    REPLACE,
    /** Some octets are lost. */
    DELETE,
    /** An octet is repeated, up to 40,000 times. */
    REPEAT,
    /** The digits found next are another number. */
    NUMBER,
    /** A line comes twice. */
    DOUBLE_LINE,
    /** A line is lost. */
    DROP_LINE,
    /** A line and the next change places. */
    SWAP_LINES,
    /** The stream goes on with the end of another one. */
    SPLICE,
    /** The rest is lost. */
    CUT
  }

  private static final Op[] OPS = Op.values();

  /** H1: what some servers take for the end of a content, or have taken. */
  public static final List<String> FALSE_ENDS =
      List.of(
          "\n.\n",
          "\n.\r\n",
          "\r\n.\n",
          "\r.\r\n",
          "\r\n.\r",
          "\r.\r",
          "\r\n.\r\r\n",
          "\r\r.\r\n",
          "\r\n\0.\r\n",
          "\r\n.\0\r\n",
          "\r\n\n.\n");

  private static final List<String> THINGS =
      Stream.concat(
              FALSE_ENDS.stream(),
              Stream.of(
                  "\r",
                  "\n",
                  "\r\n",
                  "\0",
                  "\u0080",
                  "\u00ff",
                  "\u00c3\u00a9",
                  "\u00f0\u009f\u0098\u0080",
                  ".",
                  "..",
                  "\r\n.\r\n",
                  "\n.\n",
                  "\r\n.\n",
                  "\n.\r\n",
                  "\r.\r",
                  "\r\n.\r",
                  "\r\r\n",
                  " ",
                  "\t",
                  "<",
                  ">",
                  "\"",
                  "\\",
                  "@",
                  ":",
                  ",",
                  "=",
                  "+",
                  "+0D+0A",
                  "-",
                  "\u007f",
                  "\u001b",
                  "MAIL FROM:<a@b>\r\n",
                  "RCPT TO:<c@d>\r\n",
                  "RCPT TO:<unknown@d>\r\n",
                  "DATA\r\n",
                  "BDAT 3\r\n",
                  "BDAT 0\r\n",
                  "BDAT 0 LAST\r\n",
                  "BDAT 3 LAST\r\nabc",
                  "RSET\r\n",
                  "NOOP\r\n",
                  "LHLO x\r\n",
                  "EHLO x\r\n",
                  "QUIT\r\n",
                  "GET / HTTP/1.1\r\n",
                  "AUTH PLAIN =\r\n",
                  "STARTTLS\r\n",
                  " SIZE=1",
                  " SIZE=99999999999999999999",
                  " BODY=BINARYMIME",
                  " SMTPUTF8",
                  " NOTIFY=NEVER",
                  " ORCPT=rfc822;+4",
                  " ENVID=+",
                  " RET=HDRS",
                  "220 hi\r\n",
                  "250 Ok\r\n",
                  "250-",
                  "251 2.1.5 x\r\n",
                  "354 go on\r\n",
                  "421 4.3.2 bye\r\n",
                  "450 4.2.1 no\r\n",
                  "550 5.1.1 no\r\n",
                  "250-SIZE 0\r\n",
                  "250 CHUNKING\r\n",
                  "999 what\r\n"))
          .toList();

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "",
          "-1",
          "+1",
          "1",
          "00000000000000000001",
          "65536",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551616",
          "99999999999999999999999999",
          "1e3",
          "0x10",
          "\u00b2");

  /** Any mutation; a small one where jqwik looks for the smallest. */
  public static Arbitrary<Mutation> any() {
    Arbitrary<Integer> numbers = Arbitraries.integers().greaterOrEqual(0);
    return Combinators.combine(Arbitraries.of(Op.class), numbers, numbers).as(Mutation::new);
  }

  /** Any mutation, by that source of randomness. */
  public static Mutation any(Random random) {
    int at = random.nextInt(Integer.MAX_VALUE);
    return new Mutation(OPS[random.nextInt(OPS.length)], at, random.nextInt(Integer.MAX_VALUE));
  }

  /** All of them, one after the other. */
  public static String apply(List<Mutation> mutations, String octets, List<String> corpus) {
    String mutated = octets;
    for (Mutation mutation : mutations) {
      mutated = mutation.apply(mutated, corpus);
    }
    return mutated;
  }

  /**
   * The mutated stream.
   *
   * @param corpus where the other end of a splice comes from
   */
  public String apply(String octets, List<String> corpus) {
    int i = octets.isEmpty() ? 0 : at % octets.length();
    String before = octets.substring(0, i);
    String behind = octets.substring(i);
    String rest = behind.isEmpty() ? "" : behind.substring(1);
    return switch (op) {
      case FLIP -> before + (behind.isEmpty() ? "" : flip(behind.charAt(0))) + rest;
      case INSERT -> before + THINGS.get(what % THINGS.size()) + behind;
      case REPLACE -> before + THINGS.get(what % THINGS.size()) + rest;
      case DELETE -> before + behind.substring(Math.min(behind.length(), 1 + what % 9));
      case REPEAT ->
          before + behind.substring(0, behind.length() - rest.length()).repeat(times()) + rest;
      case NUMBER -> before + behind.replaceFirst("[0-9]+", NUMBERS.get(what % NUMBERS.size()));
      case DOUBLE_LINE, DROP_LINE, SWAP_LINES -> lines(octets, i);
      case SPLICE -> before + end(corpus.get(what % corpus.size()));
      case CUT -> before;
    };
  }

  private char flip(char octet) {
    return (char) (octet ^ 1 << what % 8);
  }

  private int times() {
    // Small numbers mostly; now and then beyond every limit for a line.
    return what % 7 == 0 ? 1 + what % 40_000 : 1 + what % 60;
  }

  private String end(String other) {
    int line = other.isEmpty() ? 0 : other.lastIndexOf("\n", at % other.length()) + 1;
    return other.substring(line);
  }

  private String lines(String octets, int i) {
    List<String> lines = new ArrayList<>(List.of(octets.split("(?<=\n)")));
    int line = (int) octets.substring(0, i).chars().filter(octet -> octet == '\n').count();
    line = Math.min(line, lines.size() - 1);
    switch (op) {
      case DOUBLE_LINE -> lines.add(line, lines.get(line));
      case DROP_LINE -> lines.remove(line);
      default -> lines.add(Math.min(line + 1, lines.size() - 1), lines.remove(line));
    }
    return String.join("", lines);
  }
}
