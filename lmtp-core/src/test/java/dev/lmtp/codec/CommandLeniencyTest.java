package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lmtp.Capabilities;
import dev.lmtp.Deviation;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Parameter;
import dev.lmtp.testing.Slicings;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("H17 H18 Deviations in a command line: each is noted, and each can be refused alone")
class CommandLeniencyTest {

  private static CommandParser parser(Leniency leniency) {
    return new CommandParser(
        Capabilities.NONE, Parameter.known(), Set.of(), Limits.DEFAULT, leniency);
  }

  private static Violation read(CommandParser parser, String line) {
    byte[] bytes = Slicings.bytes(line.translateEscapes());
    parser.verb(bytes, bytes.length);
    return parser.arguments();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          BLANK_BEFORE_PATH | MAIL FROM: <a@b>             | BAD_ARGUMENT
          BLANK_BEFORE_PATH | MAIL FROM :<a@b>             | BAD_ARGUMENT
          BLANK_BEFORE_PATH | RCPT TO:\\t<a@b>             | BAD_ARGUMENT
          TRAILING_BLANKS   | DATA\\s                      | BAD_ARGUMENT
          TRAILING_BLANKS   | MAIL FROM:<a@b>\\t           | BAD_ARGUMENT
          TRAILING_BLANKS   | NOOP x\\s\\s                 | BAD_ARGUMENT
          TRAILING_BLANKS   | BDAT 5 LAST\\s               | BAD_CHUNK_SIZE
          REPEATED_BLANKS   | MAIL  FROM:<a@b>             | BAD_ARGUMENT
          REPEATED_BLANKS   | RCPT\\tTO:<a@b>              | BAD_ARGUMENT
          REPEATED_BLANKS   | MAIL FROM:<a@b>  SIZE=1      | BAD_REVERSE_PATH
          REPEATED_BLANKS   | RCPT TO:<a@b>\\tNOTIFY=NEVER | BAD_FORWARD_PATH
          REPEATED_BLANKS   | BDAT  5                      | BAD_CHUNK_SIZE
          REPEATED_BLANKS   | BDAT 5\\tLAST                | BAD_CHUNK_SIZE
          ODD_HELLO_NAME    | LHLO my_host                 | BAD_ARGUMENT
          ODD_HELLO_NAME    | EHLO two names               | BAD_ARGUMENT
          ODD_HELLO_NAME    | HELO [::1]                   | BAD_ARGUMENT
          ODD_HELLO_NAME    | HELO -                       | BAD_ARGUMENT
          ODD_HELLO_NAME    | EHLO \\303\\274              | BAD_ARGUMENT
          EMPTY_HELLO_NAME  | LHLO                         | BAD_ARGUMENT
          """)
  void each(Deviation deviation, String line, Violation refused) {
    CommandParser tolerant = parser(Leniency.COMPATIBLE);
    assertNull(read(tolerant, line));
    assertEquals(Set.of(deviation), tolerant.deviations());
    CommandParser alone = parser(new Leniency(Set.of(deviation)));
    assertNull(read(alone, line));
    CommandParser without = parser(Leniency.COMPATIBLE.without(deviation));
    assertEquals(refused, read(without, line));
    assertEquals(Set.of(), without.deviations());
  }

  @ParameterizedTest
  @CsvSource({
    "LHLO there.example",
    "EHLO [192.0.2.1]",
    "HELO [IPv6:2001:db8::1]",
    "MAIL FROM:<a@b> SIZE=1",
    "MAIL FROM:<>",
    "RCPT TO:<a@b>",
    "RCPT TO:<Postmaster>",
    "BDAT 5 LAST",
    "DATA",
    "NOOP",
    "noop x"
  })
  @DisplayName("what is within the grammar needs no leniency")
  void withinTheGrammar(String line) {
    CommandParser paranoid = parser(Leniency.PARANOID.with(Deviation.ADDRESS_LITERAL));
    assertNull(read(paranoid, line));
  }

  @Test
  @DisplayName("what was noted stays noted for the session")
  void noted() {
    CommandParser parser = parser(Leniency.COMPATIBLE);
    assertNull(read(parser, "LHLO my_host"));
    assertNull(read(parser, "MAIL FROM:a@b.c"));
    assertNull(read(parser, "DATA"));
    assertEquals(
        Set.of(Deviation.ODD_HELLO_NAME, Deviation.NO_ANGLE_BRACKETS), parser.deviations());
  }
}
