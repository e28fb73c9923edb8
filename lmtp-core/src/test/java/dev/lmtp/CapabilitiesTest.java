package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CapabilitiesTest {

  private static Capabilities offered(String... lines) {
    String[] all = new String[lines.length + 1];
    all[0] = "there SIZE 8BITMIME";
    System.arraycopy(lines, 0, all, 1, lines.length);
    return Capabilities.ofReply(Reply.plain(250, all));
  }

  @ParameterizedTest
  @EnumSource(Extension.class)
  @DisplayName("H58 every keyword, in any case of letters; the first line of the reply is a name")
  void keywords(Extension extension) {
    String keyword = extension.keyword();
    for (String line :
        List.of(
            keyword, keyword.toLowerCase(Locale.ROOT), " " + keyword + "\t", keyword + " x y")) {
      assertTrue(offered(line).offers(extension), line);
      assertTrue(offered("", line).offers(extension), line);
    }
    for (String line :
        List.of("X" + keyword, keyword + "X", keyword.substring(1), "X " + keyword)) {
      assertFalse(offered(line).offers(extension), line);
    }
    assertFalse(offered().offers(extension));
    assertFalse(Capabilities.NONE.offers(extension));
    assertEquals(Optional.of(extension), Extension.of(keyword.toLowerCase(Locale.ROOT)));
  }

  @Test
  @DisplayName("H58 AUTH=PLAIN beside AUTH PLAIN; the first line of a keyword counts")
  void parameters() {
    assertEquals(Optional.of("PLAIN LOGIN"), offered("AUTH=PLAIN LOGIN").parameters("auth"));
    assertEquals(Optional.of("PLAIN"), offered("AUTH PLAIN", "AUTH=LOGIN").parameters("AUTH"));
    assertEquals(Optional.of(""), offered("CHUNKING").parameters("chunking"));
    assertEquals(Optional.empty(), offered("CHUNKING").parameters("SIZE"));
  }

  @Test
  @DisplayName("H58 empty keywords, as smtp-sink ends its LHLO reply")
  void emptyKeywords() {
    assertEquals(
        Map.of("PIPELINING", "", "8BITMIME", ""), offered("PIPELINING", "8BITMIME", "").asMap());
    assertEquals(Map.of(), offered("", " ", "=", "= x").asMap());
    assertEquals(Capabilities.NONE, offered());
    assertEquals(Capabilities.NONE, Capabilities.ofReply(Reply.plain(250)));
  }

  @ParameterizedTest
  @CsvSource({
    "SIZE 10240000, 10240000",
    "size=10240000, 10240000",
    "SIZE  1, 1",
    "SIZE 999999999999999999, 999999999999999999",
    "SIZE,",
    "SIZE 0,",
    "SIZE 00,",
    "SIZE 99999999999999999999999,",
    "SIZE -1,",
    "SIZE +1,",
    "SIZE 1k,",
    "SIZE 1 2,",
    "CHUNKING,"
  })
  @DisplayName("E3, H58 a SIZE that is absurd or unreadable is no bound")
  void largestMessage(String line, Long expected) {
    assertEquals(
        expected == null ? OptionalLong.empty() : OptionalLong.of(expected),
        offered(line).largestMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "LIMITS MAILMAX=5 RCPTMAX=100 RCPTDOMAINMAX=1, 5, 100, 1",
    "limits rcptmax=2, 0, 2, 0",
    "LIMITS, 0, 0, 0",
    "SIZE MAILMAX=5, 0, 0, 0"
  })
  @DisplayName("E10 LIMITS, RFC 9422")
  void limits(String line, int mails, int recipients, int domains) {
    SessionLimits limits = offered(line).sessionLimits();
    assertEquals(mails, limits.mailMax().orElse(0));
    assertEquals(recipients, limits.rcptMax().orElse(0));
    assertEquals(domains, limits.rcptDomainMax().orElse(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"P\u0131PEL\u0131N\u0131NG", "\u017fIZE"})
  @DisplayName("keywords are ASCII: a letter that only Unicode folds to one of theirs is none")
  void keywordsAreAscii(String keyword) {
    assertFalse(offered(keyword).offers(Extension.PIPELINING), keyword);
    assertFalse(offered(keyword).offers(Extension.SIZE), keyword);
    assertEquals(Optional.empty(), Extension.of(keyword));
  }

  @Test
  void equality() {
    assertEquals(offered("size 5"), offered("SIZE=5"));
    assertEquals(offered("size 5").hashCode(), offered("SIZE=5").hashCode());
    assertNotEquals(offered("SIZE 5"), offered("SIZE 6"));
  }
}
