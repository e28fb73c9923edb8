package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.SecureRandom;
import java.util.Arrays;

/** Makes up what an unknown user's stored password would show: the same at every try. */
final class ScramDecoy {

  static final int SALT_LENGTH = 16;

  private final byte[] secret;
  private final int iterations;

  ScramDecoy(byte[] secret, int iterations) {
    if (secret.length < SALT_LENGTH || !ScramKeys.isBounded(iterations)) {
      throw new IllegalArgumentException("secret too short or iterations out of bounds");
    }
    this.secret = secret.clone();
    this.iterations = iterations;
  }

  int iterations() {
    return iterations;
  }

  byte[] salt(ScramHash hash, String user) {
    byte[] of = (hash.mechanism() + '\0' + user).getBytes(UTF_8);
    return Arrays.copyOf(ScramHash.SHA_256.hmac(secret, of), SALT_LENGTH);
  }

  /** Keys that belong to no password. */
  ScramKeys keys(ScramHash hash, byte[] salt) {
    return new ScramKeys(hash, iterations, salt, random(hash.length()), random(hash.length()));
  }

  static byte[] random(int length) {
    byte[] octets = new byte[length];
    new SecureRandom().nextBytes(octets);
    return octets;
  }

  /** A nonce of 18 random octets. */
  static String nonce() {
    return ScramMessage.base64(random(18));
  }
}
