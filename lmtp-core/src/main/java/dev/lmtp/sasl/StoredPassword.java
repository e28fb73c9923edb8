package dev.lmtp.sasl;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import javax.security.sasl.SaslException;

/**
 * What a server keeps of a password, in the notation that Dovecot has in its password files: {@code
 * {SCRAM-SHA-256}iterations,salt,StoredKey,ServerKey} (the same with SCRAM-SHA-1) with the last
 * three in base64, or {@code {PLAIN}password}. Immutable; its {@link #toString} tells the scheme
 * only.
 */
public final class StoredPassword {

  /** How often a new one is hashed if nothing else is said, RFC 7677 §4. */
  public static final int ITERATIONS = 15_000;

  private static final String PLAIN = "{PLAIN}";

  // One of the two is null.
  private final char[] clear;
  private final ScramKeys keys;

  private StoredPassword(char[] clear, ScramKeys keys) {
    this.clear = clear;
    this.keys = keys;
  }

  /**
   * Hashes a password with a random salt.
   *
   * @param iterations from 4,096 to 1,000,000
   * @throws IllegalArgumentException where they are not, or SASLprep refuses the password
   */
  public static StoredPassword of(char[] password, ScramHash hash, int iterations) {
    byte[] prepared = prepared(password);
    try {
      byte[] salt = ScramKeys.random(ScramKeys.SALT_LENGTH);
      return new StoredPassword(null, ScramKeys.derive(hash, prepared, salt, iterations));
    } finally {
      Arrays.fill(prepared, (byte) 0);
    }
  }

  /**
   * Keeps a password in clear, for mechanisms that need it so: CRAM-MD5, DIGEST-MD5.
   *
   * @throws IllegalArgumentException where SASLprep refuses the password
   */
  public static StoredPassword clear(char[] password) {
    Arrays.fill(prepared(password), (byte) 0);
    return new StoredPassword(password.clone(), null);
  }

  /**
   * Reads the notation.
   *
   * @throws IllegalArgumentException where it is not that; the text is not quoted in it
   */
  public static StoredPassword parse(String text) {
    if (text.startsWith(PLAIN)) {
      return clear(text.substring(PLAIN.length()).toCharArray());
    }
    for (ScramHash hash : ScramHash.values()) {
      String scheme = scheme(hash);
      if (text.startsWith(scheme)) {
        return new StoredPassword(null, keys(hash, text.substring(scheme.length()).split(",", -1)));
      }
    }
    throw new IllegalArgumentException("scheme of a stored password not known");
  }

  private static ScramKeys keys(ScramHash hash, String[] fields) {
    if (fields.length != 4) {
      throw new IllegalArgumentException("not iterations,salt,StoredKey,ServerKey");
    }
    try {
      return new ScramKeys(
          hash,
          new ScramMessage("i=" + fields[0]).takeIterations(),
          ScramMessage.base64(fields[1]),
          ScramMessage.base64(fields[2]),
          ScramMessage.base64(fields[3]));
    } catch (SaslException e) {
      throw new IllegalArgumentException("stored password: " + e.getMessage(), e);
    }
  }

  /** Writes the notation that {@link #parse} reads. */
  public String text() {
    if (keys == null) {
      return PLAIN + String.valueOf(clear);
    }
    return scheme(keys.hash)
        + String.join(
            ",",
            String.valueOf(keys.iterations),
            ScramMessage.base64(keys.salt),
            ScramMessage.base64(keys.storedKey),
            ScramMessage.base64(keys.serverKey));
  }

  /** Whether a password, prepared by SASLprep, is this one; compared in constant time. */
  public boolean verify(char[] password) {
    byte[] given = {};
    byte[] own = {};
    try {
      given = SaslPrep.prepare(password);
      if (keys != null) {
        byte[] storedKey = ScramKeys.derive(keys.hash, given, keys.salt, keys.iterations).storedKey;
        return MessageDigest.isEqual(storedKey, keys.storedKey);
      }
      own = SaslPrep.prepare(clear);
      return MessageDigest.isEqual(given, own);
    } catch (SaslException e) {
      // What cannot be prepared cannot have been stored.
      return false;
    } finally {
      Arrays.fill(given, (byte) 0);
      Arrays.fill(own, (byte) 0);
    }
  }

  /** The password, a copy for the caller to wipe, where it is kept in clear. */
  public Optional<char[]> clear() {
    return Optional.ofNullable(clear).map(char[]::clone);
  }

  /** The keys of one hash function, null where there are none. */
  ScramKeys keys(ScramHash hash, byte[] salt, int iterations) {
    if (keys != null) {
      return keys.hash == hash ? keys : null;
    }
    byte[] prepared = prepared(clear);
    try {
      return ScramKeys.derive(hash, prepared, salt, iterations);
    } finally {
      Arrays.fill(prepared, (byte) 0);
    }
  }

  /** The scheme. */
  @Override
  public String toString() {
    return keys == null ? PLAIN : scheme(keys.hash);
  }

  private static String scheme(ScramHash hash) {
    return "{" + hash.mechanism() + "}";
  }

  private static byte[] prepared(char[] password) {
    try {
      return SaslPrep.prepare(password);
    } catch (SaslException e) {
      throw new IllegalArgumentException("password: " + e.getMessage(), e);
    }
  }
}
