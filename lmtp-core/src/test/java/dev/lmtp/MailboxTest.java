package dev.lmtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.FuzzTries;
import dev.lmtp.testing.RandomValues;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.PerProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mailboxes, and the paths and envelopes that are made of them. */
class MailboxTest {

  @Property
  @Label("S3 every mailbox is read from what it is written as")
  void roundTrip(@ForAll("mailboxes") Mailbox mailbox) {
    assertEquals(mailbox, Mailbox.parse(mailbox.toString()));
    assertEquals(mailbox.toString(), Mailbox.parse(mailbox.toString()).toString());
    ForwardPath forward = ForwardPath.of(mailbox);
    assertEquals(forward, ForwardPath.parse(forward.toString()));
    assertEquals(forward, ForwardPath.parse(mailbox.toString()));
    ReversePath reverse = ReversePath.of(mailbox);
    assertEquals(reverse, ReversePath.parse(reverse.toString()));
  }

  @Property
  @Label("S3 domains are equal in any case of letters, local parts byte for byte")
  void equality(@ForAll("mailboxes") Mailbox mailbox) {
    Mailbox upper = new Mailbox(mailbox.localPart(), ascii(mailbox.domain(), 'a', 'A'));
    Mailbox lower = new Mailbox(mailbox.localPart(), ascii(mailbox.domain(), 'A', 'a'));
    assertEquals(upper, lower);
    assertEquals(upper.hashCode(), lower.hashCode());
    assertEquals(mailbox, lower);
    assertNotEquals(new Mailbox(mailbox.localPart(), "other.example"), mailbox);
    String other = mailbox.localPart().toUpperCase(Locale.ROOT);
    assertEquals(
        other.equals(mailbox.localPart()), new Mailbox(other, mailbox.domain()).equals(mailbox));
  }

  /** Letters from one case into the other: all others stay as they are. */
  private static String ascii(String text, char from, char to) {
    return text.chars()
        .map(c -> c >= from && c < from + 26 ? c - from + to : c)
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @ValueSource(strings = {"K", "k", "\u212a", "stra\u00dfe", "STRASSE", "\u0130", "i", "I\u0307"})
  @DisplayName("E6 domains that are equal in some case of Unicode are different domains")
  void equalityIsAscii(String domain) {
    Mailbox mailbox = new Mailbox("a", domain);
    for (String other :
        List.of("k", "\u212a", "stra\u00dfe", "strasse", "\u0130", "i", "i\u0307")) {
      boolean same = ascii(domain, 'A', 'a').equals(other);
      assertEquals(same, mailbox.equals(new Mailbox("a", other)), domain + " " + other);
    }
  }

  @Test
  @DisplayName("E6 half a surrogate pair is no character, and is not written as a question mark")
  void unpaired() {
    for (String half : List.of("\ud83d", "\udcec")) {
      assertThrows(IllegalArgumentException.class, () -> new Mailbox(half, "b"));
      assertThrows(IllegalArgumentException.class, () -> new Mailbox("\"" + half + "\"", "b"));
      assertThrows(IllegalArgumentException.class, () -> new Mailbox("a", half));
      assertThrows(IllegalArgumentException.class, () -> Mailbox.parse(half + "@b"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a@b, true",
    "a@\u00e9, false",
    "\u00e9@b, false",
    "\"\u00e9\"@b, false",
    "a, true",
    "\u00e9, false"
  })
  @DisplayName("E6 a mailbox says whether it wants SMTPUTF8")
  void ascii(String text, boolean ascii) {
    Mailbox mailbox = Mailbox.parse(text);
    assertEquals(ascii, mailbox.isAscii());
    assertEquals(text, mailbox.toString());
  }

  @Property(tries = 3_000)
  @PerProperty(FuzzTries.class)
  @Label("any text is a mailbox that is written as it was read, or is refused")
  void anyText(@ForAll("texts") String text) {
    Mailbox mailbox;
    try {
      mailbox = Mailbox.parse(text);
    } catch (IllegalArgumentException refused) {
      assertTrue(refused.getMessage().chars().noneMatch(Character::isISOControl));
      return;
    }
    assertEquals(text, mailbox.toString());
    assertTrue(text.chars().noneMatch(Character::isISOControl), text);
    assertEquals(text, new String(text.getBytes(UTF_8), UTF_8));
    assertEquals(text.chars().allMatch(c -> c < 0x80), mailbox.isAscii());
  }

  @Provide
  Arbitrary<Mailbox> mailboxes() {
    return RandomValues.mailboxes();
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> any = Arbitraries.strings().ofMaxLength(3);
    Arbitrary<String> syntax =
        Arbitraries.of(
            "a", "b", "@", ".", "\"", "\\", "[", "]", " ", ":", "\r", "\n", "\u00e9", "\u0085",
            "\ud83d");
    return Arbitraries.frequencyOf(Tuple.of(1, any), Tuple.of(8, syntax))
        .list()
        .ofMaxSize(8)
        .map(parts -> String.join("", parts));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "@", "@b", "a@", "a@b@c", "a b@c", "a@b c", "<a@b>", "\"a@b", "a@[b", "a@b\r\n"
      })
  void refused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Mailbox.parse(text));
  }

  @Test
  void parts() {
    assertEquals(new Mailbox("\"a@b\"", "c"), Mailbox.parse("\"a@b\"@c"));
    assertEquals(new Mailbox("a", ""), Mailbox.parse("a"));
    assertThrows(IllegalArgumentException.class, () -> new Mailbox("", "b"));
    assertThrows(IllegalArgumentException.class, () -> new Mailbox("a@b", "c"));
    assertThrows(IllegalArgumentException.class, () -> new Mailbox("a", "b>"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {"a.b, a.b", "\"a b\", a b", "\"a\\\"b\\\\\", a\"b\\", "\"\\a\", a", "\"\", ``"})
  @DisplayName("S3 quotes and quoted pairs are spelling, not name")
  void unquoted(String localPart, String plain) {
    assertEquals(plain, new Mailbox(localPart, "d").unquotedLocalPart());
  }

  @Test
  @DisplayName("S3 the null reverse-path; no null forward-path")
  void nullPaths() {
    for (String text : new String[] {"", "<>"}) {
      assertEquals(ReversePath.NULL, ReversePath.parse(text));
      assertThrows(IllegalArgumentException.class, () -> ForwardPath.parse(text));
    }
    assertTrue(ReversePath.NULL.isNull());
    assertEquals("<>", ReversePath.NULL.toString());
    assertEquals("<postmaster>", ForwardPath.parse("postmaster").toString());
    for (String text : new String[] {"<", ">", "<a@b", "a@b>", "<<a@b>>"}) {
      assertThrows(IllegalArgumentException.class, () -> ForwardPath.parse(text), text);
      assertThrows(IllegalArgumentException.class, () -> ReversePath.parse(text), text);
    }
  }

  @Test
  @DisplayName("L4 the same recipient may stand in an envelope twice")
  void envelope() {
    Envelope envelope = Envelope.of("", "a@b", "a@b");
    assertEquals(2, envelope.recipients().size());
    assertEquals(ReversePath.NULL, envelope.reversePath());
    Parameters sized = Parameters.NONE.with(Parameter.SIZE, 5L);
    assertEquals(sized, envelope.withParameters(sized).parameters());
    assertThrows(UnsupportedOperationException.class, () -> envelope.recipients().remove(0));
    assertThrows(IllegalArgumentException.class, () -> Parameters.NONE.with(Parameter.SIZE, -1L));
  }
}
