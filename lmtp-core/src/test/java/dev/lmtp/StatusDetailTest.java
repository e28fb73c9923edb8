package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatusDetailTest {

  @Test
  @DisplayName("E2 every registered code is there once, in order")
  void complete() {
    int[] lastDetails = {0, 10, 4, 6, 7, 6, 11, 30};
    List<String> expected = new ArrayList<>();
    for (int subject = 0; subject < lastDetails.length; subject++) {
      for (int detail = 0; detail <= lastDetails[subject]; detail++) {
        expected.add(subject + "." + detail);
      }
    }
    expected.remove("6.10");
    assertEquals(
        expected,
        Arrays.stream(StatusDetail.values()).map(d -> d.subject() + "." + d.detail()).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, BAD_DESTINATION_MAILBOX_ADDRESS",
    "1, 10, RECIPIENT_ADDRESS_HAS_NULL_MX",
    "2, 2, MAILBOX_FULL",
    "3, 6, REQUESTED_PRIORITY_WAS_CHANGED",
    "4, 7, DELIVERY_TIME_EXPIRED",
    "5, 4, INVALID_COMMAND_ARGUMENTS",
    "6, 7, NON_ASCII_ADDRESSES_NOT_PERMITTED",
    "6, 9, UTF8_HEADER_MESSAGE_CANNOT_BE_TRANSFERRED",
    "7, 8, AUTHENTICATION_CREDENTIALS_INVALID",
    "7, 15, PRIORITY_LEVEL_IS_TOO_LOW",
    "7, 17, MAILBOX_OWNER_HAS_CHANGED",
    "7, 20, NO_PASSING_DKIM_SIGNATURE_FOUND",
    "7, 26, MULTIPLE_AUTHENTICATION_CHECKS_FAILED",
    "7, 29, ARC_VALIDATION_FAILURE",
    "7, 30, REQUIRETLS_SUPPORT_REQUIRED"
  })
  @DisplayName("E2 the registry's codes have names")
  void names(int subject, int detail, StatusDetail expected) {
    assertEquals(Optional.of(expected), StatusDetail.of(subject, detail));
    assertEquals(Optional.of(expected), new EnhancedStatus(5, subject, detail).registered());
  }

  @ParameterizedTest
  @CsvSource({"6, 10", "1, 11", "7, 31", "8, 0", "999, 999", "0, 1", "0, 1001", "-1, 1001"})
  void unknown(int subject, int detail) {
    assertEquals(Optional.empty(), StatusDetail.of(subject, detail));
  }

  @ParameterizedTest
  @EnumSource(StatusDetail.class)
  @DisplayName("E2 the class of a reply's enhanced code cannot differ from its first digit")
  void replies(StatusDetail detail) {
    for (int code : new int[] {200, 250, 421, 452, 550, 599}) {
      Reply reply = Reply.of(code, detail, "text");
      EnhancedStatus enhanced = reply.enhanced().orElseThrow();
      assertEquals(code, reply.code());
      assertEquals(code / 100, enhanced.statusClass());
      assertEquals(Optional.of(detail), enhanced.registered());
      assertEquals("text", reply.text());
      assertEquals(reply, Reply.of(code, enhanced.toString(), "text"));
      assertEquals(enhanced, detail.inClass(code / 100));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 6, -2})
  @DisplayName("E2 no other class")
  void otherClasses(int statusClass) {
    assertThrows(
        IllegalArgumentException.class, () -> StatusDetail.MAILBOX_FULL.inClass(statusClass));
    assertThrows(
        IllegalArgumentException.class,
        () -> Reply.of(100 * statusClass + 54, StatusDetail.MAILBOX_FULL, "x"));
  }

  @Test
  void meanings() {
    HashSet<String> meanings = new HashSet<>();
    for (StatusDetail detail : StatusDetail.values()) {
      assertTrue(detail.meaning().matches("[ -~]+"), detail.name());
      assertTrue(meanings.add(detail.meaning()), detail.meaning());
    }
  }
}
