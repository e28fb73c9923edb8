package dev.lmtp.sasl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoredPasswordTest {

  // The keys of RFC 7677 3: pencil.
  private static final String PENCIL =
      "{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
          + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
          + "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

  @Test
  @DisplayName("E8 the notation of Dovecot is read, verified against, and written")
  void notation() {
    StoredPassword stored = StoredPassword.parse(PENCIL);
    assertEquals(PENCIL, stored.text());
    assertTrue(stored.verify("pencil".toCharArray()));
    assertFalse(stored.verify("Pencil".toCharArray()));
    assertFalse(stored.verify("".toCharArray()));
    assertFalse(stored.verify("pen\0cil".toCharArray()));
    assertEquals(Optional.empty(), stored.clear());
    assertNull(stored.keys(ScramHash.SHA_1, new byte[16], 4_096));
    assertEquals("{SCRAM-SHA-256}", stored.toString());
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("E8 made from a password, with another salt each time")
  void made(ScramHash hash) {
    char[] password = "p\u00e9nc\u00edl,=".toCharArray();
    StoredPassword stored = StoredPassword.of(password, hash, 4_096);
    assertTrue(StoredPassword.parse(stored.text()).verify(password));
    assertTrue(stored.verify("pe\u0301nci\u0301l,=".toCharArray()));
    assertNotEquals(stored.text(), StoredPassword.of(password, hash, 4_096).text());
    assertEquals("p\u00e9nc\u00edl,=", String.valueOf(password));
  }

  @Test
  void clear() {
    StoredPassword stored = StoredPassword.parse("{PLAIN}{x}:a b");
    assertEquals("{PLAIN}{x}:a b", stored.text());
    assertTrue(stored.verify("{x}:a b".toCharArray()));
    assertFalse(stored.verify("{x}:a".toCharArray()));
    assertArrayEquals("{x}:a b".toCharArray(), stored.clear().orElseThrow());
    stored.clear().orElseThrow()[0] = 'y';
    assertTrue(stored.verify("{x}:a b".toCharArray()));
    assertEquals("{PLAIN}", stored.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secret",
        "{PLAIN}",
        "{plain}secret",
        "{PLAIN}sec\0ret",
        "{PLAIN}sec\nret",
        "{MD5}secret",
        "{SCRAM-SHA-256}",
        "{SCRAM-SHA-256}secret",
        "{SCRAM-SHA-256}4096,AAAA,secret",
        "{SCRAM-SHA-256}4096,AAAA,AAAA,AAAA",
        "{SCRAM-SHA-1}4096,AAAA,AAAA,secret!,",
        "{SCRAM-SHA-1}4096,,AAAAAAAAAAAAAAAAAAAAAAAAAAA=,AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "{SCRAM-SHA-1},AAAA,AAAAAAAAAAAAAAAAAAAAAAAAAAA=,AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "{SCRAM-SHA-1}4095,AAAA,AAAAAAAAAAAAAAAAAAAAAAAAAAA=,AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "{SCRAM-SHA-1}9999999,AAAA,AAAAAAAAAAAAAAAAAAAAAAAAAAA=,AAAAAAAAAAAAAAAAAAAAAAAAAAA="
      })
  @DisplayName("H46 what is no stored password is refused, and not quoted")
  void malformed(String text) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> StoredPassword.parse(text));
    assertFalse(refused.toString().contains("secret"), refused.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, 0, 4_095, 1_000_001})
  void iterations(int iterations) {
    assertThrows(
        IllegalArgumentException.class,
        () -> StoredPassword.of("pencil".toCharArray(), ScramHash.SHA_256, iterations));
    assertThrows(
        IllegalArgumentException.class, () -> new ServerMechanisms(Accounts.SECRET, iterations));
  }
}
