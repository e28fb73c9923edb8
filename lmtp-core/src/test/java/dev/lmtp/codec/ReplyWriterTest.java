package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Limits;
import dev.lmtp.Reply;
import dev.lmtp.testing.HeapUse;
import dev.lmtp.testing.Slicings;
import java.nio.ByteBuffer;
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

class ReplyWriterTest {

  private static String written(Reply reply) {
    OutputBuffer out = new OutputBuffer();
    ReplyWriter.write(out, reply);
    return Slicings.take(out.lend());
  }

  @Test
  @DisplayName("E2 the code and the enhanced code stand on each line")
  void eachLine() {
    assertEquals("250 2.1.5 Ok\r\n", written(Reply.of(250, "2.1.5", "Ok")));
    assertEquals("354 go on\r\n", written(Reply.plain(354, "go on")));
    assertEquals("250-a\r\n250-\r\n250 c\r\n", written(Reply.plain(250, "a", "", "c")));
    Reply lines =
        new Reply(550, Reply.of(550, "5.1.1", "").enhanced(), List.of("no such", "", "user"));
    assertEquals("550-5.1.1 no such\r\n550-5.1.1\r\n550 5.1.1 user\r\n", written(lines));
    assertEquals("250 \r\n", written(Reply.plain(250)));
    assertEquals("250 2.0.0\r\n", written(Reply.of(250, "2.0.0", "")));
  }

  @Property(tries = 300)
  @Label("S9, H31 no text, however long and odd, gives a line over 512 or another code")
  void anyText(@ForAll("texts") List<String> texts) {
    Reply reply = new Reply(550, Reply.of(550, "5.999.999", "").enhanced(), texts);
    String written = written(reply);
    assertTrue(written.endsWith("\r\n"));
    String[] lines = written.substring(0, written.length() - 2).split("\r\n", -1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.length; i++) {
      String separator = i == lines.length - 1 ? " " : "-";
      assertTrue(lines[i].startsWith("550" + separator + "5.999.999"), lines[i]);
      assertTrue(lines[i].length() + 2 <= 512, lines[i]);
      assertTrue(lines[i].chars().allMatch(c -> c >= ' ' && c <= '~'), lines[i]);
      text.append(lines[i].substring("550 5.999.999".length()));
    }
    // Nothing is lost where a line is split, but for the blanks at the splits.
    String expected = String.join("", reply.lines()).replaceAll("[^ -~]", "?");
    assertEquals(expected.replace(" ", ""), text.toString().replace(" ", ""));
    // A client takes it as one reply.
    ReplyParser parser = new ReplyParser(Limits.DEFAULT);
    ByteBuffer in = ByteBuffer.wrap(Slicings.bytes(written));
    assertTrue(parser.next(in));
    assertEquals(Optional.of("5.999.999"), parser.reply().enhanced().map(Object::toString));
    assertEquals(0, in.remaining());
  }

  @Provide
  Arbitrary<List<String>> texts() {
    Arbitrary<String> words =
        Arbitraries.strings()
            .withCharRange('!', '~')
            .ofMaxLength(600)
            .list()
            .ofMaxSize(5)
            .map(parts -> String.join(" ", parts));
    Arbitrary<String> odd = Arbitraries.strings().withCharRange('\0', '\u0180').ofMaxLength(40);
    Arbitrary<String> forged =
        Arbitraries.of(
            "\r\n250 2.0.0 Ok\r\n", "\n250 Ok", "\r250 Ok", "\u0085250 Ok", "\u2028250 Ok");
    return Arbitraries.oneOf(words, odd, forged).list().ofMaxSize(3);
  }

  @Test
  @DisplayName("S9 a long text goes on in the next line: at a blank where there is one")
  void splits() {
    String words = "word ".repeat(150).strip();
    String[] lines = written(Reply.plain(550, words)).split("\r\n");
    assertEquals(2, lines.length);
    assertTrue(lines[0].startsWith("550-word") && lines[0].endsWith("word"), lines[0]);
    assertTrue(lines[1].startsWith("550 word") && lines[1].endsWith("word"), lines[1]);
    String unbroken = written(Reply.plain(550, "x".repeat(1_000)));
    assertEquals(1_000, unbroken.chars().filter(c -> c == 'x').count());
    assertEquals(3, unbroken.split("\r\n").length);
  }

  @Test
  void allocatesNothing() {
    Reply reply =
        new Reply(550, Reply.of(550, "5.1.1", "").enhanced(), List.of("no", "x".repeat(600)));
    OutputBuffer out = new OutputBuffer();
    HeapUse.assertAllocatesNothing(
        () -> {
          ReplyWriter.write(out, reply);
          ByteBuffer lent = out.lend();
          lent.position(lent.limit());
        });
  }
}
