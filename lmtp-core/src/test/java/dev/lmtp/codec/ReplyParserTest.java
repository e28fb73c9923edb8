package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Limits;
import dev.lmtp.Reply;
import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.RandomValues;
import dev.lmtp.testing.Slicings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyParserTest {

  private record Read(Optional<Reply> reply, Optional<Violation> violation) {}

  private static final class Reader implements Slicings.Reader<Read> {
    private final ReplyParser parser;
    private boolean found;

    Reader(Limits limits) {
      parser = new ReplyParser(limits);
    }

    @Override
    public boolean read(ByteBuffer in) {
      found = parser.next(in);
      return found;
    }

    @Override
    public Read result() {
      Optional<Violation> violation = Optional.ofNullable(parser.violation());
      boolean complete = found && violation.isEmpty();
      if (complete) {
        assertEquals(parser.reply().code(), parser.code());
        assertFalse(parser.isMidReply());
      }
      return new Read(complete ? Optional.of(parser.reply()) : Optional.empty(), violation);
    }
  }

  private static final Limits SMALL = Limits.DEFAULT.withReply(512, 4);

  private static Reply lines(int code, String... lines) {
    return new Reply(code, Optional.empty(), List.of(lines));
  }

  private static Reply reply(String octets) {
    return Slicings.everyWay(octets, () -> new Reader(SMALL)).reply().orElseThrow();
  }

  private static Violation violation(String octets) {
    return Slicings.everyWay(octets, () -> new Reader(SMALL)).violation().orElse(null);
  }

  @Property(tries = 300)
  @Label("S6 what is written is what is read")
  void roundTrip(@ForAll("replies") Reply reply) {
    OutputBuffer out = new OutputBuffer();
    ReplyWriter.write(out, reply);
    assertEquals(reply, reply(Slicings.take(out.lend())));
  }

  @Provide
  Arbitrary<Reply> replies() {
    return RandomValues.replies();
  }

  @Test
  @DisplayName("S6 a bare code, with and without the blank")
  void bareCode() {
    assertEquals(Reply.plain(250), reply("250\r\n"));
    assertEquals(Reply.plain(250), reply("250 \r\n"));
    assertEquals(lines(250, "", "", ""), reply("250-\r\n250-\r\n250\r\n"));
    assertEquals(Reply.plain(250, "  two"), reply("250   two\r\n"));
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 299, 334, 399, 455, 499, 533, 569, 599})
  @DisplayName("S6 any code from 200 to 599, known or not")
  void unknownCodes(int code) {
    assertEquals(Reply.plain(code, "what"), reply(code + " what\r\n"));
    assertEquals(lines(code, "a", "b"), reply(code + "-a\r\n" + code + " b\r\n"));
  }

  @Test
  @DisplayName("E2 the enhanced code is on each line, or as in Cyrus on the last one alone")
  void enhancedCode() {
    assertEquals(
        new Reply(
            550,
            Reply.of(550, "5.1.1", "").enhanced(),
            List.of("Mailbox unknown.", "Either there is no mailbox", "or you may not see it")),
        reply(
            """
            550-Mailbox unknown.\r
            550-Either there is no mailbox\r
            550 5.1.1 or you may not see it\r
            """));
    assertEquals(Reply.of(250, "2.1.5", "Ok"), reply("250 2.1.5 Ok\r\n"));
    assertEquals(Reply.of(250, "2.1.5", ""), reply("250 2.1.5\r\n"));
    assertEquals(
        new Reply(450, Reply.of(450, "4.2.1", "").enhanced(), List.of("a", "b")),
        reply("450-4.2.1 a\r\n450 4.2.1 b\r\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5.1.1 no",
        "2.1 x",
        "2.1.5x",
        "2.1.5000 x",
        "02.1.5 x",
        "2.01.5 x",
        "1.2.3 x",
        "2..5 x"
      })
  @DisplayName("E2 an enhanced code of another class, or none at all, is text")
  void notAnEnhancedCode(String text) {
    assertEquals(Reply.plain(250, text), reply("250 " + text + "\r\n"));
  }

  @Test
  @DisplayName("H60 where the codes of the lines differ the last one counts")
  void mixedCodes() {
    assertEquals(lines(450, "good", "bad"), reply("250-good\r\n450 bad\r\n"));
    assertEquals(
        new Reply(450, Reply.of(450, "4.2.2", "").enhanced(), List.of("2.1.5 good", "full")),
        reply("250-2.1.5 good\r\n450 4.2.2 full\r\n"));
  }

  @Test
  @DisplayName("H34 control characters become blanks, octets above 127 are read as UTF-8")
  void odd() {
    assertEquals(Reply.plain(250, "a b c d"), reply("250 a\tb\u001bc\u007fd\r\n"));
    assertEquals("\u00e9 \ufffd", reply("250 \u00c3\u00a9 \u00ff\r\n").text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "250\r\n",
        "250 \u001b[31m\u0007\u00ff\r\n",
        "250-\r\n550-a\tb\r\n250 5.1.1 c\r\n",
        "250-a\r\nSSH-2.0\r\n",
        "250 a\0b\rc\nd\r\n"
      })
  @DisplayName("H34 the octets are at hand as they came, of garbage too, until more is read")
  void octets(String octets) {
    ReplyParser parser = new ReplyParser(SMALL);
    for (byte b : Slicings.bytes(octets)) {
      parser.next(ByteBuffer.wrap(new byte[] {b}));
    }
    assertEquals(octets, new String(parser.octets(), StandardCharsets.ISO_8859_1));
  }

  @Test
  @DisplayName("H34 H50 of a line without end only the beginning is kept")
  void octetsAreBounded() {
    ReplyParser parser = new ReplyParser(SMALL);
    assertTrue(parser.next(ByteBuffer.wrap(Slicings.bytes("x".repeat(10_000)))));
    assertEquals(512, parser.octets().length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n",
        "2\r\n",
        "25\r\n",
        "250Ok\r\n",
        "250\tOk\r\n",
        "2500\r\n",
        "250_\r\n",
        "199 x\r\n",
        "600 x\r\n",
        "000 x\r\n",
        "-50 x\r\n",
        "+25 x\r\n",
        " 250 x\r\n",
        "x\r\n",
        "SSH-2.0-x\r\n",
        "250-a\r\n\r\n",
        "250-a\r\nb\r\n",
        "250 a\0\r\n",
        "250 a\rb\r\n",
        "250 a\nb\r\n",
        "250 a\n250 b\r\n",
        "\n250 a\r\n",
        "\u00b2\u00b2\u00b2 x\r\n"
      })
  @DisplayName("H51 what is no reply is no guess either")
  void garbage(String octets) {
    assertEquals(Violation.BAD_REPLY, violation(octets));
  }

  @Test
  @DisplayName("H50 a line over the limit, a line without end, lines without end")
  void tooLong() {
    String longest = "250 " + "x".repeat(512 - 6);
    assertEquals(longest.substring(4), reply(longest + "\r\n").text());
    assertEquals(Violation.REPLY_TOO_LONG, violation(longest + "x\r\n"));
    assertEquals(Violation.REPLY_TOO_LONG, violation("250-a\r\n" + longest + "x\r\n"));
    assertEquals(4, reply("250-a\r\n250-b\r\n250-c\r\n250 d\r\n").lines().size());
    assertEquals(Violation.REPLY_TOO_LONG, violation("250-x\r\n".repeat(4) + "250 x\r\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "250-x\r\n", "\r", "\n", "250-", "\0"})
  @DisplayName("H50 whatever comes without end, reading ends within a bound, for good")
  void endless(String octets) {
    ReplyParser parser = new ReplyParser(Limits.DEFAULT);
    byte[] block = Slicings.bytes(octets.repeat(1_000));
    int fed = 0;
    while (!parser.next(ByteBuffer.wrap(block))) {
      fed += block.length;
      assertTrue(fed <= 1 << 20, "reads on for ever");
    }
    assertEquals(Violation.REPLY_TOO_LONG, parser.violation());
    assertTrue(parser.next(ByteBuffer.wrap(Slicings.bytes("250 fine\r\n"))));
    assertEquals(Violation.REPLY_TOO_LONG, parser.violation());
  }

  @Test
  @DisplayName("H50 what a huge reply took is given back when the next one is read")
  void givesBack() {
    ReplyParser parser = new ReplyParser(Limits.DEFAULT.withReply(512, 10_000));
    String lines = ("250-" + "x".repeat(500) + "\r\n").repeat(1_000) + "250 x\r\n";
    ByteBuffer huge = ByteBuffer.wrap(Slicings.bytes(lines));
    assertTrue(parser.next(huge));
    assertFalse(parser.next(huge));
    // Had the memory been kept, the same reply would need none the second time.
    assertTrue(HeapUse.allocatedBy(() -> parser.next(huge.rewind())) > 500_000);
  }

  @Property(tries = 300)
  @Label("H51 any bytes are a reply, a violation, or the beginning of one")
  void anyBytes(@ForAll("streams") String octets) {
    Read read = Slicings.everyWay(octets, () -> new Reader(SMALL));
    assertTrue(read.reply().isEmpty() || read.violation().isEmpty());
  }

  @Provide
  Arbitrary<String> streams() {
    Arbitrary<String> any = Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(6);
    Arbitrary<String> rich =
        Arbitraries.of("250", "250-", "550 ", "\r\n", "\r\n", "5.1.1", " ", "x", "\r", "\n", "2");
    return Arbitraries.oneOf(any, rich, rich, rich)
        .list()
        .ofMaxSize(14)
        .map(parts -> String.join("", parts));
  }

  @Test
  void readsOneReplyAtATime() {
    ReplyParser parser = new ReplyParser(Limits.DEFAULT);
    ByteBuffer in = ByteBuffer.wrap(Slicings.bytes("250-a\r\n250 b\r\n354 c\r\n25"));
    assertFalse(parser.isMidReply());
    assertTrue(parser.next(in));
    assertEquals(lines(250, "a", "b"), parser.reply());
    assertTrue(parser.next(in));
    assertEquals(Reply.plain(354, "c"), parser.reply());
    assertFalse(parser.next(in));
    assertFalse(in.hasRemaining());
    assertTrue(parser.isMidReply());
    assertFalse(parser.next(ByteBuffer.wrap(Slicings.bytes("0-d\r\n"))));
    assertTrue(parser.isMidReply());
  }

  @Test
  @DisplayName("a reply costs no object until somebody wants the value")
  void allocatesNothing() {
    ByteBuffer in =
        ByteBuffer.wrap(Slicings.bytes("250-a\r\n250-SIZE 1000\r\n250 2.1.5 Ok\r\n354\r\n"));
    ReplyParser parser = new ReplyParser(Limits.DEFAULT);
    HeapUse.assertAllocatesNothing(
        () -> {
          in.rewind();
          while (parser.next(in)) {
            parser.code();
          }
        });
  }
}
