package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Mailbox;
import dev.lmtp.OriginalRecipient;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.UserPrincipal;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceFieldsTest {

  private static final Instant TIME = Instant.parse("2025-09-07T08:05:03.999Z");

  private static String fields(Transaction transaction, String recipient, LineEnding end) {
    return new String(
        TraceFields.of(transaction, Mailbox.parse(recipient), "mx.example.org", TIME).bytes(end),
        StandardCharsets.ISO_8859_1);
  }

  @Test
  @DisplayName("E6 addresses in UTF-8 are written as they are")
  void utf8() {
    Transaction transaction =
        new Transaction(
            "T1", Arrival.peer(), ReversePath.parse("j\u00f6@\u00fc.example"), Parameters.NONE);
    String octets = fields(transaction, "\u00e4@example.org", LineEnding.LF);
    String text = new String(octets.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    assertTrue(
        text.startsWith("Return-Path: <j\u00f6@\u00fc.example>\nDelivered-To: \u00e4@ex"), text);
  }

  private static String received(SocketAddress address, Protocol protocol, String hello) {
    Transaction transaction =
        Arrival.transaction(Arrival.peer(address, protocol, hello), Parameters.NONE);
    return fields(transaction, "joe@example.org", LineEnding.LF).split("\n", 3)[2];
  }

  private static InetSocketAddress inet(byte... address) throws Exception {
    return new InetSocketAddress(InetAddress.getByAddress(address), 25_000);
  }

  @Test
  @DisplayName("RFC 5321 section 4.4: exactly these lines")
  void exactly() {
    assertEquals(
        """
        Return-Path: <sender@example.net>
        Delivered-To: "joe doe"@Example.org
        Received: from client.example.net ([127.0.0.1])
        \tby mx.example.org with LMTP id T1
        \tfor <"joe doe"@Example.org>; Sun, 7 Sep 2025 08:05:03 +0000
        """,
        fields(Arrival.transaction(), "\"joe doe\"@Example.org", LineEnding.LF));
  }

  @Test
  void theNullReversePathAndARecipientWithoutDomain() {
    Transaction transaction =
        new Transaction("T1", Arrival.peer(), ReversePath.NULL, Parameters.NONE);

    assertTrue(
        fields(transaction, "postmaster", LineEnding.CRLF)
            .startsWith("Return-Path: <>\r\nDelivered-To: postmaster\r\nReceived: "));
  }

  @Test
  void lineEndsAreAllOfOneKind() {
    String lf = fields(Arrival.transaction(), "joe@example.org", LineEnding.LF);
    String crlf = fields(Arrival.transaction(), "joe@example.org", LineEnding.CRLF);

    assertEquals(5, lf.lines().count());
    assertEquals(-1, lf.indexOf('\r'));
    assertEquals(lf.replace("\n", "\r\n"), crlf);
  }

  @Test
  void thePeerByItsAddress() throws Exception {
    assertTrue(
        received(inet((byte) 192, (byte) 0, (byte) 2, (byte) 7), Protocol.SMTP, "a.example")
            .startsWith("Received: from a.example ([192.0.2.7])\n\tby mx.example.org with ESMTP "));
    byte[] six = new byte[16];
    six[0] = 0x20;
    six[15] = 1;
    assertTrue(
        received(inet(six), Protocol.LMTP, "[IPv6:2000::1]")
            .startsWith("Received: from [IPv6:2000::1] ([IPv6:2000:0:0:0:0:0:0:1])\n"));
    assertTrue(
        received(UnixDomainSocketAddress.of(""), Protocol.LMTP, "a_b-c.example")
            .startsWith("Received: from a_b-c.example (local)\n\tby mx.example.org with LMTP "));
  }

  @ParameterizedTest
  @DisplayName("H32: a hello name that is none is not written")
  @ValueSource(
      strings = {
        "",
        "a b",
        "evil\r\nSubject: forged",
        "evil\nBcc: x",
        "a\0b",
        "(comment",
        "a)b",
        "a;b",
        "<a@b>",
        "\"quoted\"",
        "\u00e4.example",
        "=?utf-8?q?a?=",
        "a\\"
      })
  void hostileHelloNames(String name) throws Exception {
    String received = received(inet(new byte[] {127, 0, 0, 1}), Protocol.LMTP, name);

    assertTrue(received.startsWith("Received: from unknown ([127.0.0.1])\n\tby mx"), received);
    assertEquals(3, received.lines().count());
  }

  @Test
  @DisplayName("H32: nor is one without end")
  void longHelloNames() {
    String longest = "a".repeat(255);

    assertEquals(longest, TraceFields.name(longest));
    assertEquals("unknown", TraceFields.name(longest + "a"));
  }

  @ParameterizedTest
  @CsvSource({
    "2024-02-29T23:59:59Z, 'Thu, 29 Feb 2024 23:59:59 +0000'",
    "2025-01-01T00:00:00Z, 'Wed, 1 Jan 2025 00:00:00 +0000'",
    "2025-12-31T12:00:00Z, 'Wed, 31 Dec 2025 12:00:00 +0000'",
    "2026-06-06T01:02:03Z, 'Sat, 6 Jun 2026 01:02:03 +0000'",
  })
  @DisplayName("RFC 5322 section 3.3: the date, in English in any locale")
  void date(String time, String date) {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      String text =
          TraceFields.NONE
              .withReceived(Arrival.transaction(), Optional.empty(), "mx", Instant.parse(time))
              .toString();
      assertTrue(text.endsWith(";\n\t" + date + "\n"), text);
    } finally {
      Locale.setDefault(before);
    }
  }

  private static String word(Transaction transaction) {
    String received =
        TraceFields.NONE.withReceived(transaction, Optional.empty(), "mx", TIME).toString();
    assertTrue(received.endsWith(" id T1;\n\tSun, 7 Sep 2025 08:05:03 +0000\n"), received);
    return received.split(" with ")[1].split(" ")[0];
  }

  @ParameterizedTest
  @CsvSource({
    "LMTP, '', LMTP", "LMTP, S, LMTPS", "LMTP, A, LMTPA", "LMTP, SA, LMTPSA",
    "SMTP, '', ESMTP", "SMTP, S, ESMTPS", "SMTP, A, ESMTPA", "SMTP, SA, ESMTPSA",
    "LMTP, 8, UTF8LMTP", "LMTP, 8S, UTF8LMTPS", "LMTP, 8A, UTF8LMTPA", "LMTP, 8SA, UTF8LMTPSA",
    "SMTP, 8, UTF8SMTP", "SMTP, 8S, UTF8SMTPS", "SMTP, 8A, UTF8SMTPA", "SMTP, 8SA, UTF8SMTPSA",
    "SMTP, H, SMTP", "SMTP, HS, SMTP"
  })
  @DisplayName("E6 RFC 3848, RFC 6531 section 4.3: what the message came with, in a word")
  void protocolWords(Protocol protocol, String how, String word) {
    Peer peer = Arrival.peer(UnixDomainSocketAddress.of(""), protocol, "here");
    Peer known =
        new Peer(
            peer.address(),
            protocol,
            how.contains("H") ? Verb.HELO : protocol.hello(),
            peer.helloName(),
            new Known(how.contains("S"), how.contains("A")),
            peer.frontEnd(),
            peer.deviations());
    Parameters parameters =
        how.contains("8") ? Parameters.of(Parameter.SMTPUTF8, true) : Parameters.NONE;
    assertEquals(word, word(Arrival.transaction(known, parameters)));
  }

  private record Known(boolean byTls, boolean byName) implements Identity {
    @Override
    public SocketAddress connection() {
      return UnixDomainSocketAddress.of("");
    }

    @Override
    public Optional<UserPrincipal> localUser() {
      return Optional.empty();
    }

    @Override
    public Optional<SSLSession> tls() {
      try {
        SSLSession session = SSLContext.getDefault().createSSLEngine().getSession();
        return Optional.of(session).filter(any -> byTls);
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public Optional<String> authenticated() {
      return byName ? Optional.of("ada") : Optional.empty();
    }
  }

  private static String originalTo(String orcpt) {
    OriginalRecipient original = OriginalRecipient.parse(orcpt);
    return TraceFields.NONE.withOriginalTo(Parameters.of(Parameter.ORCPT, original)).toString();
  }

  @Test
  @DisplayName("E7 X-Original-To is the address in ORCPT, if it is one of mail")
  void originalTo() {
    assertEquals("X-Original-To: ada+x@d.example\n", originalTo("rfc822;ada+2Bx@d.example"));
    assertEquals("X-Original-To: \u00e4@d\n", originalTo("utf-8;\\x{E4}@d"));
    assertEquals("", originalTo("x400;/c+3Dde/"));
    assertEquals(TraceFields.NONE, TraceFields.NONE.withOriginalTo(Parameters.NONE));
  }

  @ParameterizedTest
  @DisplayName("H30: no value forges a field")
  @ValueSource(strings = {"a\r\nB: c", "a\nb", "a\rb", "a\0", "\u007f", "\u0085", "\u2028"})
  void injection(String text) {
    assertThrows(IllegalArgumentException.class, () -> TraceFields.NONE.with("X-A", text));
    assertThrows(IllegalArgumentException.class, () -> TraceFields.NONE.with("X-A" + text, "a"));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            TraceFields.NONE.withReceived(
                Arrival.transaction(), Optional.empty(), "mx" + text, TIME));
  }

  @Test
  void namesOfFields() {
    for (String name : List.of("", "a b", "a:", "\u00e4", "a\t")) {
      assertThrows(IllegalArgumentException.class, () -> TraceFields.NONE.with(name, "x"));
    }
  }

  @Property
  @Label("RFC 5322 section 2.2.3: folded where it can be, and unfolded again it is the same")
  void folding(@ForAll("words") List<String> words) {
    String text = String.join(" ", words);
    String field = TraceFields.NONE.with("X-Text", text).toString();
    assertEquals("X-Text: " + text + "\n", field.replaceAll("\n(?= )", ""));
    for (String line : field.split("\n")) {
      // No line of blanks, which would end the header for some.
      assertFalse(line.isBlank(), field);
      boolean hasOneWord = !line.strip().replace("X-Text: ", "").matches(".*[^ ] [^ ].*");
      assertTrue(line.length() <= 78 || hasOneWord, field);
    }
  }

  @Provide
  Arbitrary<List<String>> words() {
    return Arbitraries.of("", "a", "word", "x".repeat(40), "y".repeat(90), "z".repeat(69))
        .list()
        .ofMaxSize(12);
  }
}
