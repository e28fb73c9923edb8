package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lmtp.codec.CommandWriter;
import dev.lmtp.codec.OutputBuffer;
import dev.lmtp.codec.ReplyWriter;
import dev.lmtp.session.ClientSettings;
import dev.lmtp.session.ServerSettings;
import dev.lmtp.testing.Slicings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an application gives can be anything a stranger wrote. No value that reaches the wire holds
 * a character that could end a line.
 */
class ControlCharactersTest {

  /** Those that may hold UTF-8 (RFC 6531 §3.3). */
  private static final Set<String> UTF_8 =
      Set.of(
          "local part",
          "quoted local part",
          "quoted pair",
          "domain",
          "mailbox",
          "forward-path",
          "reverse-path",
          "envelope's reverse-path",
          "envelope's recipient");

  /** Every value that is written into a command or a greeting, made of a text. */
  static Stream<Arguments> values() {
    return Stream.of(
        value("local part", "user", text -> new Mailbox(text, "example.org")),
        value("quoted local part", "\"a b\"", text -> new Mailbox(text, "example.org")),
        value("quoted pair", "\"a\\b\"", text -> new Mailbox(text, "example.org")),
        value("domain", "example.org", text -> new Mailbox("user", text)),
        value("address literal", "[IPv6:::1]", text -> new Mailbox("user", text)),
        value("mailbox", "user@example.org", Mailbox::parse),
        value("forward-path", "<user@example.org>", ForwardPath::parse),
        value("reverse-path", "<user@example.org>", ReversePath::parse),
        value("envelope's reverse-path", "user@example.org", text -> Envelope.of(text, "a@b")),
        value("envelope's recipient", "user@example.org", text -> Envelope.of("", "a@b", text)),
        value("client's name", "here.example", t -> ClientSettings.of(Protocol.LMTP, t)),
        value("server's name", "here.example", t -> ServerSettings.of(Protocol.LMTP, t)),
        value(
            "hello",
            "here.example",
            text -> {
              OutputBuffer out = new OutputBuffer();
              CommandWriter.hello(out, Verb.LHLO, text);
              return out;
            }),
        value("RET", "FULL", DsnReturn::parse),
        value("NOTIFY", "SUCCESS,DELAY", DsnNotify::parse),
        value("ORCPT", "rfc822;user@example.org", OriginalRecipient::parse),
        value("type of ORCPT", "rfc822", text -> new OriginalRecipient(text, "a@b")),
        value("ENVID", "QQ314159", ParameterSyntax::envelopeId),
        value("BY", "120;RT", DeliverBy::parse),
        value("HOLDFOR", "120", ParameterSyntax::interval),
        value("HOLDUNTIL", "2014-04-03T23:01:00Z", ParameterSyntax::moment),
        value("MT-PRIORITY", "-3", ParameterSyntax::priority),
        value("RRVS", "2014-04-03T23:01:00Z;C", RecipientValidSince::parse),
        value("SOLICIT", "org.example:ADV,a:b", ParameterSyntax::solicitation),
        value("MTRK", "ab+/:120", MessageTracking::parse),
        value("enhanced status", "5.1.1", EnhancedStatus::parse),
        value("enhanced status of a reply", "5.1.1", text -> Reply.of(550, text, "x")));
  }

  private static Arguments value(String name, String good, Function<String, Object> constructor) {
    return Arguments.of(name, good, constructor);
  }

  /** Every control character, the line ends of Unicode, and half a character. */
  private static List<String> bad() {
    return IntStream.concat(
            IntStream.rangeClosed(0, 0x9f).filter(c -> c < ' ' || c > '~'),
            IntStream.of(0x2028, 0x2029, 0xd800, 0xdc0d))
        .mapToObj(Character::toString)
        .toList();
  }

  /** What is no ASCII; the last octets of some are CR and LF. */
  private static List<String> beyondAscii() {
    return IntStream.concat(
            IntStream.rangeClosed(0xa0, 0xff), IntStream.of(0x10d, 0x10a, 0xff0d, 0x1f40d))
        .mapToObj(Character::toString)
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("values")
  @DisplayName("H30 is refused in the constructor, wherever in the text it stands")
  void refused(String name, String good, Function<String, Object> constructor) {
    assertNotNull(constructor.apply(good));
    List<String> refused = new ArrayList<>(bad());
    if (!UTF_8.contains(name)) {
      refused.addAll(beyondAscii());
    }
    for (String bad : refused) {
      for (int at : new int[] {0, 1, good.length() / 2, good.length() - 1, good.length()}) {
        String text = good.substring(0, at) + bad + good.substring(at);
        assertThrows(
            IllegalArgumentException.class,
            () -> constructor.apply(text),
            () -> name + " took " + Slicings.visible(Slicings.bytes(text)));
      }
      String line = good + "\r\n" + bad;
      assertThrows(IllegalArgumentException.class, () -> constructor.apply(line), name);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("values")
  @DisplayName("H30 nothing is no name, and a blank ends a word")
  void blanks(String name, String good, Function<String, Object> constructor) {
    assertThrows(IllegalArgumentException.class, () -> constructor.apply(good + " RCPT"), name);
    assertThrows(IllegalArgumentException.class, () -> constructor.apply(" " + good), name);
  }

  @ParameterizedTest
  @MethodSource("bad")
  @DisplayName("H31 in the text of a reply it is cleaned: what is written is one reply of one line")
  void repliesAreCleaned(String bad) {
    Reply reply = Reply.of(550, "5.1.1", "no" + bad + "250 2.0.0 Ok" + bad + "end");
    String shown = Character.isISOControl(bad.charAt(0)) ? " " : bad;
    assertEquals("no" + shown + "250 2.0.0 Ok" + shown + "end", reply.text());
    OutputBuffer out = new OutputBuffer();
    ReplyWriter.write(out, reply);
    String written = Slicings.take(out.lend());
    assertEquals(written.length() - 2, written.indexOf("\r\n"));
    assertEquals("550 5.1.1 no", written.substring(0, 12));
    String content = written.substring(0, written.length() - 2);
    assertEquals(true, content.chars().allMatch(c -> c >= ' ' && c <= '~'), content);
  }
}
