package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.testing.RandomValues;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
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
    Mailbox upper = new Mailbox(mailbox.localPart(), mailbox.domain().toUpperCase(Locale.ROOT));
    Mailbox lower = new Mailbox(mailbox.localPart(), mailbox.domain().toLowerCase(Locale.ROOT));
    assertEquals(upper, lower);
    assertEquals(upper.hashCode(), lower.hashCode());
    assertEquals(mailbox, lower);
    assertNotEquals(new Mailbox(mailbox.localPart(), "other.example"), mailbox);
    String other = mailbox.localPart().toUpperCase(Locale.ROOT);
    assertEquals(
        other.equals(mailbox.localPart()), new Mailbox(other, mailbox.domain()).equals(mailbox));
  }

  @Property(tries = 3_000)
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
    assertTrue(text.chars().allMatch(c -> c >= ' ' && c <= '~'), text);
  }

  @Provide
  Arbitrary<Mailbox> mailboxes() {
    return RandomValues.mailboxes();
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> any = Arbitraries.strings().ofMaxLength(3);
    Arbitrary<String> syntax =
        Arbitraries.of("a", "b", "@", ".", "\"", "\\", "[", "]", " ", ":", "\r", "\n", "\u00e9");
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
