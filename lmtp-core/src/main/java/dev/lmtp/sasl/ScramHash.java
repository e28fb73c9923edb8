package dev.lmtp.sasl;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The hash functions of SCRAM: RFC 5802 and RFC 7677. */
public enum ScramHash {
  /** SHA-1, for peers that have nothing better. */
  SHA_1("SHA-1", "HmacSHA1"),
  /** SHA-256. */
  SHA_256("SHA-256", "HmacSHA256");

  private final String digest;
  private final String mac;

  ScramHash(String digest, String mac) {
    this.digest = digest;
    this.mac = mac;
  }

  /** The mechanism's name without {@code -PLUS}: {@code SCRAM-SHA-256}. */
  public String mechanism() {
    return "SCRAM-" + digest;
  }

  /** The hash function of a mechanism, null where it is none of SCRAM. */
  static ScramHash of(String mechanism) {
    for (ScramHash hash : values()) {
      if (mechanism.equals(hash.mechanism()) || mechanism.equals(hash.mechanism() + "-PLUS")) {
        return hash;
      }
    }
    return null;
  }

  int length() {
    return this == SHA_1 ? 20 : 32;
  }

  byte[] h(byte[] octets) {
    try {
      return MessageDigest.getInstance(digest).digest(octets);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + digest, e);
    }
  }

  byte[] hmac(byte[] key, byte[] octets) {
    return mac(key).doFinal(octets);
  }

  /** Hi(), RFC 5802 §2.2; by octets, so that no second encoding of the password is involved. */
  byte[] hi(byte[] password, byte[] salt, int iterations) {
    Mac hmac = mac(password);
    hmac.update(salt);
    byte[] u = hmac.doFinal(new byte[] {0, 0, 0, 1});
    byte[] result = u.clone();
    try {
      for (int i = 1; i < iterations; i++) {
        hmac.update(u);
        hmac.doFinal(u, 0);
        for (int k = 0; k < u.length; k++) {
          result[k] ^= u[k];
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the buffer has the length of the hash", e);
    }
    Arrays.fill(u, (byte) 0);
    return result;
  }

  private Mac mac(byte[] key) {
    try {
      Mac hmac = Mac.getInstance(mac);
      hmac.init(new SecretKeySpec(key, mac));
      return hmac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + mac, e);
    }
  }
}
