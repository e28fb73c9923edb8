package dev.lmtp.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken for the header of a proxy, and what for the address of its client. */
class ProxyHeaderTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

  private static ProxyHeader read(String octets) throws IOException {
    SocketAddress address = MemoryAddress.of("proxy-header", Ticker.SYSTEM);
    try (Acceptor acceptor = Acceptor.open(address, null);
        Transport proxy = Transport.connect(address, LONG);
        Transport server = acceptor.accept()) {
      proxy.drain(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)), LONG);
      proxy.shutdownOutput();
      return ProxyHeader.read(server, LONG);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {" \0\0\0", " \21\0\0", " \21\0\3abc", " \61\0\1\0"})
  @DisplayName("E11 a proxy that speaks for itself: its family and addresses are discarded")
  void local(String head) throws IOException {
    assertEquals(new ProxyHeader(Optional.empty(), Map.of()), read(SIGNATURE + head));
  }

  @Test
  @DisplayName("E11 an address by its number")
  void numbers() throws IOException {
    for (String number : new String[] {"0.0.0.0", "192.0.2.255", "2001:db8:0:0:0:0:0:1"}) {
      assertEquals(number, ProxyHeader.literal(number).getHostAddress());
    }
    assertEquals("192.0.2.1", ProxyHeader.literal("::ffff:192.0.2.1").getHostAddress());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "1", "1.2.3", "1.2.3.256", "1.2.3.999", "01.2.3.4", "1.2.3.010", "1.2.3.4.", "abc",
        "localhost", ":", ".:", "1:2", "[::1]", "::1]", "::1%1", "::g", "1.2.3.4:25"
      })
  @DisplayName("H44 anything else is none, and no name server is asked")
  void noNumbers(String text) {
    assertThrows(ProtocolException.class, () -> ProxyHeader.literal(text));
  }
}
