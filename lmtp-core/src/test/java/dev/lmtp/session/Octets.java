package dev.lmtp.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Octets as the characters 0 to 255 of a String, to and from buffers. */
final class Octets {

  private Octets() {}

  static ByteBuffer of(String octets) {
    return ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Lines, each with CR LF. */
  static ByteBuffer lines(String... lines) {
    return of(String.join("\r\n", lines) + "\r\n");
  }

  static ByteBuffer none() {
    return ByteBuffer.allocate(0);
  }

  /** Takes all of a buffer. */
  static String take(ByteBuffer lent) {
    byte[] bytes = new byte[lent.remaining()];
    lent.get(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
