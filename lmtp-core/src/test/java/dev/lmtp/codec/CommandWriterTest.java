package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lmtp.BodyType;
import dev.lmtp.Capabilities;
import dev.lmtp.ForwardPath;
import dev.lmtp.Limits;
import dev.lmtp.Mailbox;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import dev.lmtp.testing.RandomValues;
import dev.lmtp.testing.Slicings;
import java.util.function.Consumer;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@Label("What is written is what is read")
class CommandWriterTest {

  private static final Capabilities ALL =
      Capabilities.ofReply(Reply.plain(250, "here", "SIZE", "8BITMIME", "CHUNKING"));

  private static String written(Consumer<OutputBuffer> command) {
    OutputBuffer out = new OutputBuffer();
    command.accept(out);
    return Slicings.take(out.lend());
  }

  /** Reads a command as a server does. */
  private static CommandParser parsed(Verb verb, Consumer<OutputBuffer> command) {
    String line = written(command);
    assertEquals(line.length() - 2, line.indexOf("\r\n"), "one line, with its end");
    byte[] bytes = Slicings.bytes(line);
    CommandParser parser = ServerOffers.parser(ALL, Limits.DEFAULT);
    assertSame(verb, parser.verb(bytes, bytes.length - 2));
    assertNull(ServerOffers.arguments(parser, verb));
    return parser;
  }

  @Property
  void mail(@ForAll("paths") ReversePath path, @ForAll("parameters") Parameters parameters) {
    CommandParser parser = parsed(Verb.MAIL, out -> CommandWriter.mail(out, path, parameters, ALL));
    // Bytes, not mailboxes: a domain keeps its case of letters.
    assertEquals(path.toString(), parser.reversePath().toString());
    assertEquals(parameters, parser.parameters());
  }

  @Property
  void rcpt(@ForAll("mailboxes") Mailbox mailbox) {
    ForwardPath path = ForwardPath.of(mailbox);
    CommandParser parser =
        parsed(Verb.RCPT, out -> CommandWriter.rcpt(out, path, Parameters.NONE, ALL));
    assertEquals(path.toString(), parser.forwardPath().toString());
  }

  @Property
  void chunks(@ForAll @LongRange(min = 0) long octets) {
    CommandParser chunk = parsed(Verb.BDAT, out -> CommandWriter.chunk(out, octets));
    assertEquals(octets, chunk.chunkSize());
    assertEquals(false, chunk.isLastChunk());
    CommandParser last = parsed(Verb.BDAT, out -> CommandWriter.lastChunk(out, octets));
    assertEquals(octets, last.chunkSize());
    assertEquals(true, last.isLastChunk());
  }

  @Test
  void hello() {
    CommandParser parser = parsed(Verb.LHLO, out -> CommandWriter.hello(out, Verb.LHLO, "[::1]"));
    assertEquals("[::1]", parser.argument());
  }

  @Test
  void verbAlone() {
    assertEquals("DATA\r\n", written(out -> CommandWriter.command(out, Verb.DATA)));
  }

  @Test
  @DisplayName("E3, E4 parameters are sent only where they are offered")
  void onlyWhatIsOffered() {
    Parameters parameters =
        Parameters.NONE.with(Parameter.SIZE, 5L).with(Parameter.BODY, BodyType.EIGHTBITMIME);
    assertEquals("MAIL FROM:<a@b>\r\n", mail(parameters));
    assertEquals("MAIL FROM:<a@b> SIZE=5\r\n", mail(parameters, "SIZE 10"));
    assertEquals("MAIL FROM:<a@b> BODY=8BITMIME\r\n", mail(parameters, "8BITMIME"));
    assertEquals("MAIL FROM:<a@b>\r\n", mail(Parameters.NONE, "SIZE", "8BITMIME"));
  }

  private static String mail(Parameters parameters, String... offered) {
    String[] lines = new String[offered.length + 1];
    lines[0] = "here";
    System.arraycopy(offered, 0, lines, 1, offered.length);
    Capabilities capabilities = Capabilities.ofReply(Reply.plain(250, lines));
    return written(
        out -> CommandWriter.mail(out, ReversePath.parse("a@b"), parameters, capabilities));
  }

  @Provide
  Arbitrary<ReversePath> paths() {
    return RandomValues.reversePaths();
  }

  @Provide
  Arbitrary<Mailbox> mailboxes() {
    return RandomValues.mailboxes();
  }

  @Provide
  Arbitrary<Parameters> parameters() {
    return RandomValues.mailParameters();
  }
}
