package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.SecureRandom;
import java.util.Arrays;

/** What a server keeps of a password for SCRAM, RFC 5802 §3; the arrays are never changed. */
final class ScramKeys {

  /** RFC 5802 §5.1, RFC 7677 §4: fewer make a dictionary attack cheap. */
  static final int MIN_ITERATIONS = 4_096;

  /** About a second of work; without a bound a hostile server could ask for years of it. */
  static final int MAX_ITERATIONS = 1_000_000;

  static final int SALT_LENGTH = 16;

  final ScramHash hash;
  final int iterations;
  final byte[] salt;
  final byte[] storedKey;
  final byte[] serverKey;

  ScramKeys(ScramHash hash, int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
    if (!isBounded(iterations)) {
      throw new IllegalArgumentException("iterations out of bounds: " + iterations);
    }
    if (salt.length == 0
        || storedKey.length != hash.length()
        || serverKey.length != hash.length()) {
      throw new IllegalArgumentException("salt or key of a wrong length for " + hash.mechanism());
    }
    this.hash = hash;
    this.iterations = iterations;
    this.salt = salt;
    this.storedKey = storedKey;
    this.serverKey = serverKey;
  }

  static ScramKeys derive(ScramHash hash, byte[] prepared, byte[] salt, int iterations) {
    byte[] salted = hash.hi(prepared, salt, iterations);
    byte[] clientKey = clientKey(hash, salted);
    ScramKeys keys =
        new ScramKeys(hash, iterations, salt, hash.h(clientKey), serverKey(hash, salted));
    Arrays.fill(salted, (byte) 0);
    Arrays.fill(clientKey, (byte) 0);
    return keys;
  }

  static byte[] clientKey(ScramHash hash, byte[] salted) {
    return hash.hmac(salted, "Client Key".getBytes(US_ASCII));
  }

  static byte[] serverKey(ScramHash hash, byte[] salted) {
    return hash.hmac(salted, "Server Key".getBytes(US_ASCII));
  }

  static byte[] random(int length) {
    byte[] octets = new byte[length];
    new SecureRandom().nextBytes(octets);
    return octets;
  }

  static boolean isBounded(int iterations) {
    return iterations >= MIN_ITERATIONS && iterations <= MAX_ITERATIONS;
  }
}
