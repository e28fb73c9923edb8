package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.Deviation;
import dev.lmtp.Leniency;
import dev.lmtp.Protocol;
import dev.lmtp.codec.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("H58 H60 S6 Deviations of servers: each is noted, and each can be refused alone")
class ReplyLeniencyTest {

  private static ClientSession session(Leniency leniency) {
    return new ClientSession(
        ClientSettings.of(Protocol.LMTP, "client.example").withLeniency(leniency));
  }

  /** Hears the greeting and the reply to the hello; the last event. */
  private static ClientEvent hear(ClientSession session, String greeting, String hello) {
    session.poll(Octets.of(greeting));
    if (session.state() == ClientState.CLOSED) {
      return ClientEvent.VIOLATION;
    }
    session.hello();
    return session.poll(Octets.of(hello));
  }

  private static final String LONG = "250 " + "x".repeat(507) + "\r\n";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          MIXED_REPLY_CODES     | 220-hi\\r\\n221 there\\r\\n | 250 there\\r\\n
          STATUS_CLASS_MISMATCH | 220 hi\\r\\n               | 250 5.0.0 there\\r\\n
          LATE_STATUS           | 220 hi\\r\\n               | 250-there\\r\\n250 2.0.0\\r\\n
          LATE_STATUS           | 220 hi\\r\\n               | 250-2.0.0 there\\r\\n250 SIZE\\r\\n
          LONG_REPLY_LINE       | 220 hi\\r\\n               | LONG
          ODD_KEYWORD_LINE      | 220 hi\\r\\n               | 250-there\\r\\n250 \\r\\n
          ODD_KEYWORD_LINE      | 220 hi\\r\\n               | 250-there\\r\\n250 AUTH=PLAIN\\r\\n
          """)
  void each(Deviation deviation, String greeting, String hello) {
    String first = greeting.translateEscapes();
    String second = hello.equals("LONG") ? LONG : hello.translateEscapes();
    boolean inKeyword = second.contains("250 2.0.0\r\n");
    ClientSession tolerant = session(Leniency.COMPATIBLE);
    assertEquals(ClientEvent.HELLO, hear(tolerant, first, second));
    Set<Deviation> seen =
        inKeyword ? Set.of(deviation, Deviation.ODD_KEYWORD_LINE) : Set.of(deviation);
    assertEquals(seen, tolerant.deviations());
    for (Leniency without :
        List.of(Leniency.COMPATIBLE.without(deviation), Leniency.STRICT, Leniency.PARANOID)) {
      ClientSession strict = session(without);
      assertEquals(ClientEvent.VIOLATION, hear(strict, first, second));
      assertEquals(Violation.BAD_REPLY, strict.violation());
      assertEquals(ClientState.CLOSED, strict.state());
    }
  }

  @Test
  @DisplayName("what is within the grammar needs no leniency")
  void withinTheGrammar() {
    List<String> hellos = new ArrayList<>();
    hellos.add("250\r\n");
    hellos.add("250-there at your service\r\n250-PIPELINING\r\n250 size 5\r\n");
    hellos.add("250-2.0.0 there\r\n250-2.0.0 x\r\n250 2.0.0 y\r\n".replace("2.0.0 ", ""));
    hellos.add(LONG.replace("xx\r\n", "x\r\n"));
    for (String hello : hellos) {
      ClientSession paranoid = session(Leniency.PARANOID);
      assertEquals(ClientEvent.HELLO, hear(paranoid, "220 hi\r\n", hello), hello);
      assertEquals(Set.of(), paranoid.deviations());
    }
  }
}
