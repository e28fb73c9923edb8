package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "unix:/run/lmtp/s",
        "unix:relative/s",
        "unix:/with:colon and blank",
        "inet:localhost:24",
        "inet:mail_1.example.org:65535",
        "inet:127.0.0.1:0",
        "inet:[::1]:24",
        "inet:[::]:24",
        "inet:[2001:db8::5]:24",
        "inet:[1::]:24",
        "inet:[1:0:0:2::3]:24",
        "inet:[1:2:3:4:5:6:7:8]:24",
      })
  void whatIsParsedIsFormattedTheSameWay(String text) {
    assertEquals(text, Endpoint.format(Endpoint.parse(text)));
  }

  @Test
  void aPathIsAUnixDomainAddress() {
    UnixDomainSocketAddress address =
        assertInstanceOf(UnixDomainSocketAddress.class, Endpoint.parse("unix:/run/s"));

    assertEquals(Path.of("/run/s"), address.getPath());
  }

  @Test
  void aHostNameIsNotLookedUp() {
    InetSocketAddress address =
        assertInstanceOf(InetSocketAddress.class, Endpoint.parse("inet:localhost:24"));

    assertTrue(address.isUnresolved());
    assertEquals("localhost", address.getHostString());
    assertEquals(24, address.getPort());
  }

  @Test
  void aResolvedAddressIsFormattedAsNumber() throws Exception {
    InetAddress host = InetAddress.getByAddress("mail.example", new byte[] {10, 0, 0, 1});

    assertEquals("inet:10.0.0.1:24", Endpoint.format(new InetSocketAddress(host, 24)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                      | unix:PATH or inet:HOST:PORT",
        "/run/s                  | unix:PATH or inet:HOST:PORT",
        "UNIX:/run/s             | unix:PATH or inet:HOST:PORT",
        "unix:                   | needs a path",
        "inet:                   | inet:HOST:PORT",
        "inet:localhost          | inet:HOST:PORT",
        "inet:24                 | inet:HOST:PORT",
        "inet::24                | the host is",
        "inet:local host:24      | the host is",
        "inet:-x:24              | the host is",
        "inet:[]:24              | the host is",
        "inet:[localhost]:24     | the host is",
        "inet:localhost:         | the port is",
        "inet:localhost:lmtp     | the port is",
        "inet:localhost:+24      | the port is",
        "inet:localhost:65536    | the port is",
        "inet:localhost:000000024| the port is",
        "inet:::1:24             | in brackets",
        "inet:[::1:24            | in brackets",
        "inet:[::1::2]:24        | not an IPv6 address",
        "inet:[::1%nowhere]:24   | not an IPv6 address",
        "inet:[12345::]:24       | not an IPv6 address",
        "inet:127.1:24           | four numbers",
        "inet:127.0.0.256:24     | four numbers",
        "inet:127.0.0.010:24     | four numbers",
        "inet:1.2.3.4.:24        | four numbers",
      })
  void whatBreaksARuleIsRefusedByName(String text, String rule) {
    String message = refusal(text);

    assertTrue(message.contains(rule), message);
    assertTrue(message.endsWith("\"" + text + "\""), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix:/run\0/s", "unix:/\u0001\n", "inet:a\nb:24", "inet:x:2\r4", "x\ny"})
  void theMessageIsOneLine(String text) {
    String message = refusal(text);

    assertFalse(message.chars().anyMatch(Character::isISOControl), message);
    assertTrue(message.startsWith("an address has no control characters"), message);
  }

  @Test
  void aPathThatIsTooLongForASocketIsRefused() {
    String directory = "unix:/" + "d".repeat(50);

    assertDoesNotThrow(() -> Endpoint.parse(directory + "/" + "s".repeat(50)));
    String message = refusal(directory + "/" + "s".repeat(60));
    assertTrue(message.contains("bytes here, not 112"), message);
  }

  @Test
  void thePathIsMeasuredInBytes() {
    // Or it is no path at all, where the locale has no such character.
    String message = refusal("unix:/" + "\u00e4".repeat(60));

    assertTrue(message.contains("not 121") || message.startsWith("not a path"), message);
  }

  @Test
  @DisplayName("L10: LMTP is refused on TCP port 25, and only there")
  void port25IsRefused() {
    for (String text : new String[] {"inet:mail.example:25", "inet:[::1]:25", "inet:10.0.0.1:25"}) {
      SocketAddress address = Endpoint.parse(text);
      String message =
          assertThrows(IllegalArgumentException.class, () -> Endpoint.refusePort25(address))
              .getMessage();
      assertTrue(message.contains("RFC 2033 section 5") && message.contains(text), message);
    }
    for (String text : new String[] {"inet:mail.example:24", "unix:25", "inet:[::25]:2525"}) {
      assertDoesNotThrow(() -> Endpoint.refusePort25(Endpoint.parse(text)));
    }
  }

  @Test
  void anAddressOfAnotherKindIsRefused() {
    SocketAddress other = new SocketAddress() {};

    assertThrows(IllegalArgumentException.class, () -> Endpoint.format(other));
  }

  private static String refusal(String text) {
    return assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(text)).getMessage();
  }
}
