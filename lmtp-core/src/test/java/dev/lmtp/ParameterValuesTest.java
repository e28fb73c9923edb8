package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliverBy.Mode;
import dev.lmtp.DeliverBy.Trace;
import dev.lmtp.DsnNotify.Condition;
import dev.lmtp.RecipientValidSince.NoSupport;
import dev.lmtp.testing.FuzzTries;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.arbitraries.StringArbitrary;
import net.jqwik.api.lifecycle.PerProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The values of the parameters of MAIL and RCPT: read, refused, written and read back. */
class ParameterValuesTest {

  private static final Duration MOST = Duration.ofSeconds(999_999_999);

  /** A parameter with a value. */
  enum Kind {
    ENVID(ParameterSyntax::envelopeId, value -> Xtext.encode((String) value)),
    RET(DsnReturn::parse, Object::toString),
    NOTIFY(DsnNotify::parse, Object::toString),
    ORCPT(OriginalRecipient::parse, Object::toString),
    BY(DeliverBy::parse, Object::toString),
    HOLDFOR(ParameterSyntax::interval, value -> ParameterSyntax.format((Duration) value)),
    HOLDUNTIL(ParameterSyntax::moment, value -> ParameterSyntax.formatUtc((OffsetDateTime) value)),
    MT_PRIORITY(ParameterSyntax::priority, Object::toString),
    RRVS(RecipientValidSince::parse, Object::toString),
    SOLICIT(ParameterSyntax::solicitation, value -> String.join(",", strings(value))),
    MTRK(MessageTracking::parse, Object::toString);

    final Function<String, Object> parse;
    final Function<Object, String> format;

    Kind(Function<String, Object> parse, Function<Object, String> format) {
      this.parse = parse;
      this.format = format;
    }

    private static List<String> strings(Object value) {
      return ((List<?>) value).stream().map(String.class::cast).toList();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ENVID|QQ314159|QQ314159",
        "ENVID|a+20b@host.example|a+20b@host.example",
        "ENVID|+41|A",
        "RET|FULL|FULL",
        "RET|hdrs|HDRS",
        "NOTIFY|NEVER|NEVER",
        "NOTIFY|never|NEVER",
        "NOTIFY|SUCCESS,FAILURE|SUCCESS,FAILURE",
        "NOTIFY|delay,Success|SUCCESS,DELAY",
        "NOTIFY|FAILURE|FAILURE",
        "ORCPT|rfc822;Dana@Ivory.example.net|rfc822;Dana@Ivory.example.net",
        "ORCPT|RFC822;a+2Bb@c|RFC822;a+2Bb@c",
        "ORCPT|rfc822;+20+41|rfc822;+20A",
        "ORCPT|x400;/C+3Dus/|x400;/C+3Dus/",
        "ORCPT|utf-8;a@b|utf-8;a@b",
        "ORCPT|utf-8;m\u00fcller@b|utf-8;m\\x{FC}ller@b",
        "ORCPT|UTF-8;m\\x{fc}ller@\\x{4F8B}|UTF-8;m\\x{FC}ller@\\x{4F8B}",
        "ORCPT|utf-8;\\x{1F40D}\ud83d\udc0d@b|utf-8;\\x{1F40D}\\x{1F40D}@b",
        "ORCPT|utf-8;a\\x{2B}\\x{3D}\\x{20}\\x{5C}@b|utf-8;a\\x{2B}\\x{3D}\\x{20}\\x{5C}@b",
        "BY|125;R|125;R",
        "BY|+120;rt|120;RT",
        "BY|-30;N|-30;N",
        "BY|0;NT|0;NT",
        "BY|000000001;R|1;R",
        "BY|-999999999;N|-999999999;N",
        "HOLDFOR|1|1",
        "HOLDFOR|999999999|999999999",
        "HOLDUNTIL|2008-02-29T23:59:59Z|2008-02-29T23:59:59Z",
        "HOLDUNTIL|2008-03-01t01:00:00.5+02:00|2008-02-29T23:00:00.5Z",
        "HOLDUNTIL|1990-12-31T15:59:60-08:00|1991-01-01T00:00:00Z",
        "HOLDUNTIL|0000-01-01T00:00:00-00:00|0000-01-01T00:00:00Z",
        "MT_PRIORITY|-9|-9",
        "MT_PRIORITY|0|0",
        "MT_PRIORITY|9|9",
        "RRVS|2014-04-03T23:01:00Z|2014-04-03T23:01:00Z;R",
        "RRVS|2014-04-03T23:01:00-07:00;C|2014-04-03T23:01:00-07:00;C",
        "RRVS|2014-04-03t23:01:00z;r|2014-04-03T23:01:00Z;R",
        "SOLICIT|org.example:ADV:ADLT|org.example:ADV:ADLT",
        "SOLICIT|net.example:ADV,org.example:ADV:ADLT|net.example:ADV,org.example:ADV:ADLT",
        "MTRK|9+/aB|9+/aB",
        "MTRK|Xr4CvSJ0uGSHSGsSFEEhHMUcVOA:864000|Xr4CvSJ0uGSHSGsSFEEhHMUcVOA:864000",
        "MTRK|a:000|a:0"
      })
  @DisplayName("E7, E10 is read as the RFCs show it, and written in one form")
  void wellFormed(Kind kind, String value, String written) {
    Object read = kind.parse.apply(value);
    assertEquals(written, kind.format.apply(read));
    assertEquals(read, kind.parse.apply(written));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ENVID|+C3+BC",
        "ENVID|a=b",
        "ENVID|a+0D+0AX:y",
        "ENVID|a+09b",
        "RET|BODY",
        "RET|FULL,HDRS",
        "RET|HDR\u017f",
        "NOTIFY|NEVER,SUCCESS",
        "NOTIFY|SUCCESS,NEVER",
        "NOTIFY|SUCCESS,SUCCESS",
        "NOTIFY|SUCCESS,",
        "NOTIFY|,SUCCESS",
        "NOTIFY|SUCCESS,,DELAY",
        "NOTIFY|\u017fUCCESS",
        "ORCPT|rfc822",
        "ORCPT|rfc822;",
        "ORCPT|;a@b",
        "ORCPT|utf-8;",
        "ORCPT|rfc 822;a@b",
        "ORCPT|rfc.822;a@b",
        "ORCPT|rfc=822;a@b",
        "ORCPT|rfc822;m\u00fcller@b",
        "ORCPT|rfc822;m+C3+BCller@b",
        "ORCPT|rfc822;a+2bb@c",
        "ORCPT|rfc822;a=b@c",
        "ORCPT|rfc822;a+0A@b",
        "ORCPT|utf-8;a+2Bb@c",
        "ORCPT|utf-8;a=b@c",
        "ORCPT|utf-8;a b@c",
        "ORCPT|utf-8;a\\b@c",
        "ORCPT|utf-8;\\x{41}@c",
        "ORCPT|utf-8;\\x{0A}@c",
        "ORCPT|utf-8;\\x{0D}\\x{0A}@c",
        "ORCPT|utf-8;\\x{7F}@c",
        "ORCPT|utf-8;\\x{85}@c",
        "ORCPT|utf-8;\\x{2028}@c",
        "ORCPT|utf-8;\\x{0FC}@c",
        "ORCPT|utf-8;\\x{C}@c",
        "ORCPT|utf-8;\\x{D83D}\\x{DC0D}@c",
        "ORCPT|utf-8;\\x{110000}@c",
        "ORCPT|utf-8;\\x{0010FFFF}@c",
        "ORCPT|utf-8;\\x{\uff11\uff11\uff11}@c",
        "ORCPT|utf-8;\\x{FC@c",
        "ORCPT|utf-8;\\u{FC}@c",
        "ORCPT|utf-8;\\X{FC}@c",
        "ORCPT|utf-8;\\",
        "ORCPT|utf-8;a\u0085@c",
        "ORCPT|utf-8;a\u007f@c",
        "ORCPT|utf-8;a\ufffd@c",
        "BY|120",
        "BY|120;",
        "BY|;R",
        "BY|120;X",
        "BY|120;TR",
        "BY|120;RTT",
        "BY|120;NR",
        "BY|0;R",
        "BY|-1;R",
        "BY|--1;N",
        "BY|+-1;N",
        "BY|1000000000;N",
        "BY|1.5;N",
        "BY|\u0661;N",
        "HOLDFOR|0",
        "HOLDFOR|01",
        "HOLDFOR|-1",
        "HOLDFOR|+1",
        "HOLDFOR|1000000000",
        "HOLDFOR|1h",
        "HOLDUNTIL|2008-02-30T00:00:00Z",
        "HOLDUNTIL|2008-02-29T24:00:00Z",
        "HOLDUNTIL|2008-02-29T23:60:00Z",
        "HOLDUNTIL|2008-02-29T23:59:61Z",
        "HOLDUNTIL|2008-02-29T23:59Z",
        "HOLDUNTIL|2008-02-29T23:59:59",
        "HOLDUNTIL|2008-02-29T23:59:59+0100",
        "HOLDUNTIL|2008-02-29T23:59:59+19:00",
        "HOLDUNTIL|2008-02-29T23:59:59+01:00:30",
        "HOLDUNTIL|2008-02-29T23:59:59.Z",
        "HOLDUNTIL|2008-02-29T23:59:59.1234567890Z",
        "HOLDUNTIL|2008-2-29T23:59:59Z",
        "HOLDUNTIL|12008-02-29T23:59:59Z",
        "HOLDUNTIL|9999-12-31T23:59:60Z",
        "HOLDUNTIL|9999-12-31T23:59:59-01:00",
        "HOLDUNTIL|0000-01-01T00:00:00+01:00",
        "HOLDUNTIL|2008-02-29 23:59:59Z",
        "HOLDUNTIL|1204329599",
        "MT_PRIORITY|10",
        "MT_PRIORITY|-10",
        "MT_PRIORITY|+1",
        "MT_PRIORITY|-0",
        "MT_PRIORITY|01",
        "MT_PRIORITY|-",
        "MT_PRIORITY|\u0661",
        "RRVS|2014-04-03T23:01:00Z;",
        "RRVS|2014-04-03T23:01:00Z;X",
        "RRVS|2014-04-03T23:01:00Z;CR",
        "RRVS|2014-04-03T23:01:00Z;C;C",
        "RRVS|2014-04-03T23:01:00.5Z",
        "RRVS|;C",
        "RRVS|C",
        "SOLICIT|,",
        "SOLICIT|a,",
        "SOLICIT|a,,b",
        "SOLICIT|1a",
        "SOLICIT|:a",
        "SOLICIT|a=b",
        "SOLICIT|a b",
        "SOLICIT|\u00e9",
        "MTRK|:1",
        "MTRK|a:",
        "MTRK|a:1:2",
        "MTRK|a:-1",
        "MTRK|a:1000000000",
        "MTRK|Xr4CvSJ0uGSHSGsSFEEhHMUcVOA=",
        "MTRK|a_b"
      })
  @DisplayName("H13, H14 malformed is refused, never anything else thrown")
  void malformed(Kind kind, String value) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> kind.parse.apply(value)).getMessage();
    assertTrue(message.chars().noneMatch(Character::isISOControl), message);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  @DisplayName("H13 a value that is empty or huge is refused")
  void emptyAndEndless(Kind kind) {
    for (String piece :
        List.of("1", "+41", "a,", "\\x{FC}", "\\x{", "utf-8;\\x{", ";", ".", "2008-")) {
      // No value of any kind ends with one of these.
      for (String value : List.of("", piece.repeat(200_000) + "=", piece.repeat(200_000) + "\\")) {
        assertThrows(IllegalArgumentException.class, () -> kind.parse.apply(value), piece);
      }
    }
  }

  @Property(tries = 5_000)
  @PerProperty(FuzzTries.class)
  @Label("H14, H30 any text is refused, or is a value that is written in ASCII and read back")
  void anyText(@ForAll Kind kind, @ForAll("texts") String text) {
    Object read;
    try {
      read = kind.parse.apply(text);
    } catch (IllegalArgumentException refused) {
      assertTrue(refused.getMessage().chars().noneMatch(Character::isISOControl));
      return;
    }
    isWritten(kind, read);
  }

  @Property
  @Label("E7, E10 any value is written in ASCII and read back")
  void anyValue(@ForAll("values") Tuple.Tuple2<Kind, Object> value) {
    isWritten(value.get1(), value.get2());
  }

  private static void isWritten(Kind kind, Object value) {
    String written = kind.format.apply(value);
    assertEquals(value, kind.parse.apply(written), written);
    // esmtp-value = 1*(%d33-60 / %d62-126)
    assertTrue(written.matches("[!-<>-~]+"), written);
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> piece =
        Arbitraries.of(
            "a",
            "Z",
            "0",
            "1",
            "9",
            "+",
            "-",
            "=",
            ";",
            ",",
            ":",
            ".",
            "/",
            "@",
            " ",
            "\\",
            "}",
            "\\x{",
            "\\x{FC}",
            "+0A",
            "+41",
            "\r",
            "\n",
            "\0",
            "\u00fc",
            "\u2028",
            "\ud83d",
            "\ufffd",
            "FULL",
            "hdrs",
            "NEVER",
            "success",
            "DELAY",
            "rfc822;",
            "utf-8;",
            ";R",
            ";NT",
            ";C",
            "2014-04-03",
            "T23:01:00",
            "Z",
            "-07:00",
            ".5");
    return piece.list().ofMaxSize(6).map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<Tuple.Tuple2<Kind, Object>> values() {
    StringArbitrary printable = Arbitraries.strings().withCharRange(' ', '~').ofMinLength(1);
    Arbitrary<String> any =
        Arbitraries.strings()
            .withCharRange('!', '~')
            .withChars(" \u00fc\u4f8b\u00a0\uffff".toCharArray())
            .ofMinLength(1)
            .ofMaxLength(150)
            .map(text -> text + "\ud83d\udc0d");
    Arbitrary<Duration> times =
        Arbitraries.integers().between(1, 999_999_999).map(Duration::ofSeconds);
    Arbitrary<OffsetDateTime> moments =
        Combinators.combine(
                Arbitraries.longs().between(-62_167_132_800L, 253_402_214_400L),
                Arbitraries.integers().between(-18 * 60, 18 * 60))
            .as(
                (second, minutes) ->
                    LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC)
                        .atOffset(ZoneOffset.ofTotalSeconds(minutes * 60)));
    Arbitrary<DeliverBy> by =
        Combinators.combine(
                times,
                Arbitraries.of(Mode.class),
                Arbitraries.of(Trace.class),
                Arbitraries.of(1, -1))
            .as(
                (time, mode, trace, sign) ->
                    new DeliverBy(
                        mode == Mode.NOTIFY ? time.multipliedBy(sign) : time, mode, trace));
    return Arbitraries.oneOf(
        List.of(
            pair(Kind.ENVID, printable.ofMaxLength(33)),
            pair(Kind.RET, Arbitraries.of(DsnReturn.class)),
            pair(Kind.NOTIFY, Arbitraries.of(Condition.class).set().map(DsnNotify::new)),
            pair(Kind.ORCPT, printable.ofMaxLength(160).map(OriginalRecipient::of)),
            pair(Kind.ORCPT, any.map(OriginalRecipient::of)),
            pair(Kind.BY, by),
            pair(Kind.HOLDFOR, times),
            pair(Kind.HOLDUNTIL, moments.map(m -> m.withOffsetSameInstant(ZoneOffset.UTC))),
            pair(Kind.MT_PRIORITY, Arbitraries.integers().between(-9, 9)),
            pair(
                Kind.RRVS,
                Combinators.combine(moments, Arbitraries.of(NoSupport.class))
                    .as(RecipientValidSince::new)),
            pair(
                Kind.SOLICIT,
                Arbitraries.strings()
                    .alpha()
                    .withChars("0._:-")
                    .ofMaxLength(20)
                    .map(text -> "a" + text)
                    .list()
                    .ofMinSize(1)
                    .ofMaxSize(40)),
            pair(
                Kind.MTRK,
                Combinators.combine(
                        Arbitraries.strings().alpha().numeric().withChars("+/").ofMinLength(1),
                        times.optional())
                    .as(MessageTracking::new))));
  }

  private static <T> Arbitrary<Tuple.Tuple2<Kind, Object>> pair(Kind kind, Arbitrary<T> value) {
    return value.map(v -> Tuple.of(kind, (Object) v));
  }

  @Test
  @DisplayName("E7 what was read is decoded")
  void decoded() {
    assertEquals("a b", ParameterSyntax.envelopeId("a+20b"));
    assertEquals(
        new OriginalRecipient("rfc822", "a+b=c d@e"),
        OriginalRecipient.parse("rfc822;a+2Bb+3Dc+20d@e"));
    assertEquals(
        new OriginalRecipient("utf-8", "m\u00fcl \ud83d\udc0d@b"),
        OriginalRecipient.parse("utf-8;m\u00fcl\\x{20}\\x{1f40d}@b"));
    assertEquals("rfc822", OriginalRecipient.of("a@b").addressType());
    assertEquals("utf-8", OriginalRecipient.of("\u00fc@b").addressType());
    assertEquals(
        DsnNotify.of(Condition.FAILURE, Condition.SUCCESS), DsnNotify.parse("success,failure"));
    assertEquals(Set.of(), DsnNotify.NEVER.conditions());
    assertEquals(DsnReturn.HDRS, DsnReturn.parse("Hdrs"));
  }

  @Test
  @DisplayName("E10 what was read has its type")
  void typed() {
    assertEquals(
        new DeliverBy(Duration.ofSeconds(-30), Mode.NOTIFY, Trace.ON), DeliverBy.parse("-30;NT"));
    assertEquals(DeliverBy.of(Duration.ofMinutes(2), Mode.RETURN), DeliverBy.parse("120;R"));
    assertEquals(Duration.ofHours(1), ParameterSyntax.interval("3600"));
    OffsetDateTime moment = OffsetDateTime.parse("2014-04-03T23:01:00-07:00");
    assertEquals(
        new RecipientValidSince(moment, NoSupport.CONTINUE),
        RecipientValidSince.parse("2014-04-03T23:01:00-07:00;C"));
    assertEquals(
        new RecipientValidSince(moment, NoSupport.REJECT),
        RecipientValidSince.parse("2014-04-03T23:01:00-07:00"));
    assertEquals(
        OffsetDateTime.parse("2014-04-04T06:01:00Z"),
        ParameterSyntax.moment("2014-04-03T23:01:00-07:00"));
    assertEquals("2014-04-04T06:01:00Z", ParameterSyntax.formatUtc(moment));
    assertEquals(
        new MessageTracking("ab", Optional.of(Duration.ofDays(10))),
        MessageTracking.parse("ab:864000"));
    assertEquals(Optional.empty(), MessageTracking.parse("ab").timeout());
    assertEquals(List.of("a", "b"), ParameterSyntax.solicitation("a,b"));
  }

  @Test
  @DisplayName("E7, E10 as long as the RFCs allow, and not one longer")
  void longest() {
    assertEquals(100, ParameterSyntax.envelopeId("a".repeat(100)).length());
    refused(() -> ParameterSyntax.envelopeId("a".repeat(101)));
    assertEquals(493, OriginalRecipient.parse("rfc822;" + "a".repeat(493)).address().length());
    refused(() -> OriginalRecipient.parse("rfc822;" + "a".repeat(494)));
    refused(() -> new OriginalRecipient("rfc822", " ".repeat(165)));
    assertEquals(247, OriginalRecipient.of("\u00fc".repeat(247)).address().length());
    refused(() -> OriginalRecipient.of("\u00fc".repeat(248)));
    assertEquals(2, ParameterSyntax.solicitation("a".repeat(499) + "," + "a".repeat(500)).size());
    refused(() -> ParameterSyntax.solicitation("a".repeat(500) + "," + "a".repeat(500)));
  }

  @Test
  @DisplayName("H30 what cannot be written is refused in the constructor")
  void constructors() {
    for (String bad : List.of("\r", "\n", "\0", "\t", "\u007f", "\u0085", "\u2028", "\ud83d", "")) {
      for (String text : List.of(bad, bad.isEmpty() ? "" : "a" + bad + "b")) {
        refused(() -> new OriginalRecipient("rfc822", text));
        refused(() -> new OriginalRecipient("utf-8", text));
        refused(() -> new OriginalRecipient(text, "a@b"));
        refused(() -> new MessageTracking(text, Optional.empty()));
      }
    }
    refused(() -> new OriginalRecipient("rfc822", "\u00fc@b"));
    refused(() -> new OriginalRecipient("a;b", "a@b"));
    refused(() -> new OriginalRecipient("a=b", "a@b"));
    for (Duration bad :
        List.of(
            Duration.ofMillis(1_500),
            Duration.ofMillis(-1_500),
            MOST.plusSeconds(1),
            MOST.negated().minusSeconds(1),
            Duration.ofSeconds(Long.MAX_VALUE),
            Duration.ofSeconds(Long.MIN_VALUE))) {
      refused(() -> DeliverBy.of(bad, Mode.NOTIFY));
      refused(() -> new MessageTracking("a", Optional.of(bad)));
      refused(() -> ParameterSyntax.format(bad));
    }
    refused(() -> DeliverBy.of(Duration.ZERO, Mode.RETURN));
    refused(() -> DeliverBy.of(Duration.ofSeconds(-1), Mode.RETURN));
    refused(() -> new MessageTracking("a", Optional.of(Duration.ofSeconds(-1))));
    OffsetDateTime moment = OffsetDateTime.parse("2014-04-03T23:01:00Z");
    for (OffsetDateTime bad :
        List.of(
            OffsetDateTime.MIN,
            OffsetDateTime.MAX,
            moment.withYear(10_000),
            moment.withYear(-1),
            moment.withOffsetSameLocal(ZoneOffset.ofTotalSeconds(1)))) {
      refused(() -> new RecipientValidSince(bad, NoSupport.REJECT));
      refused(() -> ParameterSyntax.formatUtc(bad));
    }
    refused(() -> new RecipientValidSince(moment.plusNanos(1), NoSupport.REJECT));
    refused(() -> Parameters.of(Parameter.REQUIRETLS, false));
  }

  private static void refused(Runnable constructor) {
    assertThrows(IllegalArgumentException.class, constructor::run);
  }

  @Test
  void conditionsAreCopied() {
    EnumSet<Condition> given = EnumSet.of(Condition.DELAY);
    DsnNotify notify = new DsnNotify(given);
    given.add(Condition.SUCCESS);
    assertEquals(DsnNotify.of(Condition.DELAY), notify);
    assertNotEquals(DsnNotify.NEVER, notify);
    Set<Condition> conditions = notify.conditions();
    assertThrows(UnsupportedOperationException.class, () -> conditions.add(Condition.SUCCESS));
    assertEquals("SUCCESS,FAILURE,DELAY", new DsnNotify(Set.of(Condition.values())).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "120;R, 120, true",
    "119;R, 120, false",
    "119;R, '120,OTHER', false",
    "119;R, 120 , false",
    "119;N, 120, true",
    "-1;N, 120, true",
    "1;R, '', true",
    "1;R, ',OTHER', true",
    "1;R, x, true",
    "1;R, -5, true",
    "1;R, 9999999999, true"
  })
  @DisplayName("E10, H58 RFC 2852 3: the least time counts for messages to be returned")
  void deliverByOffered(String value, String offered, boolean within) {
    assertEquals(within, DeliverBy.parse(value).isWithin(offered));
  }

  @ParameterizedTest
  @CsvSource({
    "60, 60 2026-01-01T00:00:00Z, true",
    "61, 60 2026-01-01T00:00:00Z, false",
    "61, ' 60', false",
    "61, '', true",
    "61, never, true",
    "61, 0000000060, true"
  })
  @DisplayName("E10, H58 RFC 4865 4: no longer than the longest interval")
  void intervalOffered(String value, String offered, boolean within) {
    assertEquals(within, ParameterSyntax.isWithin(ParameterSyntax.interval(value), offered));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-01T00:00:00Z, 60 2026-01-01T00:00:00Z, true",
    "2026-01-01T02:00:00+02:00, 60 2026-01-01T00:00:00Z, true",
    "2026-01-01T00:00:01Z, 60 2026-01-01T00:00:00Z, false",
    "2026-01-01T00:00:01Z, 60  2026-01-01T00:00:00Z x, false",
    "2026-01-01T00:00:01Z, 60, true",
    "2026-01-01T00:00:01Z, '', true",
    "2026-01-01T00:00:01Z, 60 1234567890, true"
  })
  @DisplayName("E10, H58 RFC 4865 4: no later than the latest moment")
  void momentOffered(String value, String offered, boolean within) {
    assertEquals(within, ParameterSyntax.isWithin(ParameterSyntax.moment(value), offered));
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "RCPTMAX=20 MAILMAX=5, 5, 20, -1",
        "rcptdomainmax=1, -1, -1, 1",
        "MAILMAX=999999  RCPTMAX=1, 999999, 1, -1",
        "FUTURE OTHER=a=b:c RCPTMAX=7, -1, 7, -1",
        "RCPTMAX=0 MAILMAX=5, 5, -1, -1",
        "RCPTMAX=1000000 MAILMAX=05, -1, -1, -1",
        "RCPTMAX=-1 MAILMAX=x, -1, -1, -1",
        "RCPTMAX=2 RCPTMAX=3, -1, 2, -1",
        "RCPTMAX MAILMAX=5, 5, -1, -1",
        "XRCPTMAX=2 RCPTMAXX=3, -1, -1, -1",
        "RCPTMAX= MAILMAX=5, -1, -1, -1",
        "RCPTMAX=5; MAILMAX=5, -1, -1, -1",
        "=5 MAILMAX=5, -1, -1, -1",
        "MAILMAX=\u0665, -1, -1, -1",
        "'', -1, -1, -1"
      })
  @DisplayName("E10, H58 RFC 9422: known limits are read, others and garbage are none")
  void sessionLimits(String offered, int mailMax, int rcptMax, int rcptDomainMax) {
    SessionLimits limits = SessionLimits.parse(offered);
    assertEquals(mailMax, limits.mailMax().orElse(-1));
    assertEquals(rcptMax, limits.rcptMax().orElse(-1));
    assertEquals(rcptDomainMax, limits.rcptDomainMax().orElse(-1));
  }

  @Property
  @PerProperty(FuzzTries.class)
  @Label("H58 no text behind LIMITS throws")
  void anyLimits(@ForAll String offered) {
    for (String text : Arrays.asList(offered, "RCPTMAX=" + offered, offered + " MAILMAX=5")) {
      assertFalse(SessionLimits.parse(text).rcptDomainMax().isPresent());
    }
  }
}
