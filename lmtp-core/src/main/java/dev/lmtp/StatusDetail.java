package dev.lmtp;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * What an enhanced status code says behind its class: the codes that IANA has registered (RFC 3463,
 * 3886, 4468, 4954, 5248, 6531, 6710, 7293, 7372, 7505, 8617, 8689, and X.7.28 of an Internet
 * draft), under the names they have there, some cut short.
 *
 * <p>X.6.10 is missing, because its registration gives it up for X.6.8. {@link #INVALID_CHARACTERS}
 * is not registered; it is what large sites answer to a bare CR or LF. RFC 4865 says 7.16 and 7.17
 * for quotas, which others hold in the registry.
 */
public enum StatusDetail {
  OTHER_UNDEFINED_STATUS(0, 0, "no more than the class is known"),

  // The address.
  OTHER_ADDRESS_STATUS(1, 0, "something about an address"),
  BAD_DESTINATION_MAILBOX_ADDRESS(1, 1, "the domain has no such mailbox"),
  BAD_DESTINATION_SYSTEM_ADDRESS(1, 2, "there is no such domain, or it takes no mail"),
  BAD_DESTINATION_MAILBOX_ADDRESS_SYNTAX(1, 3, "the recipient is misspelled"),
  DESTINATION_MAILBOX_ADDRESS_AMBIGUOUS(1, 4, "several mailboxes answer to this recipient"),
  DESTINATION_ADDRESS_VALID(1, 5, "the recipient is good"),
  DESTINATION_MAILBOX_HAS_MOVED(1, 6, "the recipient is gone, to nobody knows where"),
  BAD_SENDERS_MAILBOX_ADDRESS_SYNTAX(1, 7, "the sender is misspelled"),
  BAD_SENDERS_SYSTEM_ADDRESS(1, 8, "the sender's domain takes no mail back"),
  MESSAGE_RELAYED_TO_NON_COMPLIANT_MAILER(1, 9, "relayed to where nothing more can be learned"),
  RECIPIENT_ADDRESS_HAS_NULL_MX(1, 10, "the recipient's domain declares that it takes no mail"),

  // The mailbox.
  OTHER_OR_UNDEFINED_MAILBOX_STATUS(2, 0, "something about the mailbox"),
  MAILBOX_DISABLED(2, 1, "the mailbox takes no messages"),
  MAILBOX_FULL(2, 2, "the mailbox is over its quota"),
  MESSAGE_LENGTH_EXCEEDS_ADMINISTRATIVE_LIMIT(2, 3, "too large for this mailbox"),
  MAILING_LIST_EXPANSION_PROBLEM(2, 4, "the members of the list cannot be found out"),

  // The mail system.
  OTHER_OR_UNDEFINED_MAIL_SYSTEM_STATUS(3, 0, "something about the system"),
  MAIL_SYSTEM_FULL(3, 1, "the system has no room left"),
  SYSTEM_NOT_ACCEPTING_NETWORK_MESSAGES(3, 2, "the system takes no mail now, or ever"),
  SYSTEM_NOT_CAPABLE_OF_SELECTED_FEATURES(3, 3, "the system cannot do what was asked for"),
  MESSAGE_TOO_BIG_FOR_SYSTEM(3, 4, "too large for this system"),
  SYSTEM_INCORRECTLY_CONFIGURED(3, 5, "the system's settings stand in the way"),
  REQUESTED_PRIORITY_WAS_CHANGED(3, 6, "taken, with another priority"),

  // The network.
  OTHER_OR_UNDEFINED_NETWORK_OR_ROUTING_STATUS(4, 0, "something about the network"),
  NO_ANSWER_FROM_HOST(4, 1, "the next host cannot be reached"),
  BAD_CONNECTION(4, 2, "the connection broke or was too slow"),
  DIRECTORY_SERVER_FAILURE(4, 3, "a directory, such as DNS, does not answer"),
  UNABLE_TO_ROUTE(4, 4, "the next host cannot be found out"),
  MAIL_SYSTEM_CONGESTION(4, 5, "too busy"),
  ROUTING_LOOP_DETECTED(4, 6, "the message goes in circles"),
  DELIVERY_TIME_EXPIRED(4, 7, "the message has become too old"),

  // The protocol.
  OTHER_OR_UNDEFINED_PROTOCOL_STATUS(5, 0, "something about the protocol"),
  INVALID_COMMAND(5, 1, "a command that is unknown or out of order"),
  SYNTAX_ERROR(5, 2, "a command that cannot be understood"),
  TOO_MANY_RECIPIENTS(5, 3, "more recipients than one message may have"),
  INVALID_COMMAND_ARGUMENTS(5, 4, "a command with wrong or unknown arguments"),
  WRONG_PROTOCOL_VERSION(5, 5, "the two sides speak different versions"),
  AUTHENTICATION_EXCHANGE_LINE_IS_TOO_LONG(5, 6, "a response to AUTH that is too long"),

  // The content.
  OTHER_OR_UNDEFINED_MEDIA_ERROR(6, 0, "something about the content"),
  MEDIA_NOT_SUPPORTED(6, 1, "content of a kind that is not taken"),
  CONVERSION_REQUIRED_AND_PROHIBITED(6, 2, "content that would have to be converted and must not"),
  CONVERSION_REQUIRED_BUT_NOT_SUPPORTED(6, 3, "content that nobody here can convert"),
  CONVERSION_WITH_LOSS_PERFORMED(6, 4, "the content was converted and lost something"),
  CONVERSION_FAILED(6, 5, "the content could not be converted"),
  MESSAGE_CONTENT_NOT_AVAILABLE(6, 6, "the content could not be fetched from where it is"),
  NON_ASCII_ADDRESSES_NOT_PERMITTED(6, 7, "an address that is not ASCII where only ASCII is taken"),
  UTF8_STRING_REPLY_IS_REQUIRED(6, 8, "the answer is not ASCII, and the client takes no other"),
  UTF8_HEADER_MESSAGE_CANNOT_BE_TRANSFERRED(6, 9, "a header in UTF-8 that cannot go on"),
  INVALID_CHARACTERS(6, 11, "content with characters it must not have, such as a bare LF"),

  // Security and policy.
  OTHER_OR_UNDEFINED_SECURITY_STATUS(7, 0, "something about security, perhaps not to be told"),
  DELIVERY_NOT_AUTHORIZED(7, 1, "refused by policy"),
  MAILING_LIST_EXPANSION_PROHIBITED(7, 2, "the sender may not write to the list"),
  SECURITY_CONVERSION_REQUIRED_BUT_NOT_POSSIBLE(7, 3, "protection that cannot be carried over"),
  SECURITY_FEATURES_NOT_SUPPORTED(7, 4, "protection of a kind that is not taken"),
  CRYPTOGRAPHIC_FAILURE(7, 5, "a key is missing or wrong"),
  CRYPTOGRAPHIC_ALGORITHM_NOT_SUPPORTED(7, 6, "an algorithm that is not known"),
  MESSAGE_INTEGRITY_FAILURE(7, 7, "the message was altered on its way"),
  AUTHENTICATION_CREDENTIALS_INVALID(7, 8, "wrong name or password"),
  AUTHENTICATION_MECHANISM_IS_TOO_WEAK(7, 9, "this user needs a stronger mechanism"),
  ENCRYPTION_NEEDED(7, 10, "not without TLS"),
  ENCRYPTION_REQUIRED_FOR_REQUESTED_AUTHENTICATION_MECHANISM(7, 11, "this mechanism needs TLS"),
  PASSWORD_TRANSITION_IS_NEEDED(7, 12, "log in once with PLAIN, then this mechanism will work"),
  USER_ACCOUNT_DISABLED(7, 13, "the account is closed, whatever the password"),
  TRUST_RELATIONSHIP_REQUIRED(7, 14, "another server must be set up to trust this one"),
  PRIORITY_LEVEL_IS_TOO_LOW(7, 15, "only more urgent mail is taken, perhaps for now"),
  MESSAGE_IS_TOO_BIG_FOR_THE_SPECIFIED_PRIORITY(7, 16, "too large to be so urgent"),
  MAILBOX_OWNER_HAS_CHANGED(7, 17, "the mailbox is another's than it was"),
  DOMAIN_OWNER_HAS_CHANGED(7, 18, "the domain is another's than it was"),
  RRVS_TEST_CANNOT_BE_COMPLETED(7, 19, "nobody knows since when the mailbox has its owner"),
  NO_PASSING_DKIM_SIGNATURE_FOUND(7, 20, "no DKIM signature verifies"),
  NO_ACCEPTABLE_DKIM_SIGNATURE_FOUND(7, 21, "DKIM signatures verify, none that counts"),
  NO_VALID_AUTHOR_MATCHED_DKIM_SIGNATURE_FOUND(7, 22, "no DKIM signature is the author's"),
  SPF_VALIDATION_FAILED(7, 23, "SPF forbids this client to send for the domain"),
  SPF_VALIDATION_ERROR(7, 24, "SPF could not be evaluated"),
  REVERSE_DNS_VALIDATION_FAILED(7, 25, "the client's address has no good name in DNS"),
  MULTIPLE_AUTHENTICATION_CHECKS_FAILED(7, 26, "several of SPF, DKIM and the like failed"),
  SENDER_ADDRESS_HAS_NULL_MX(7, 27, "the sender's domain declares that it takes no mail"),
  MAIL_FLOOD_DETECTED(7, 28, "one of a flood of like messages"),
  ARC_VALIDATION_FAILURE(7, 29, "the ARC chain does not verify"),
  REQUIRETLS_SUPPORT_REQUIRED(7, 30, "no next server keeps to REQUIRETLS");

  private final int subject;
  private final int detail;
  private final String meaning;

  StatusDetail(int subject, int detail, String meaning) {
    this.subject = subject;
    this.detail = detail;
    this.meaning = meaning;
  }

  /** The constant of two numbers; empty if nothing is known of them. */
  public static Optional<StatusDetail> of(int subject, int detail) {
    return Stream.of(values())
        .filter(known -> known.subject == subject && known.detail == detail)
        .findFirst();
  }

  /** The second number of the code. */
  public int subject() {
    return subject;
  }

  /** The third number of the code. */
  public int detail() {
    return detail;
  }

  /** What it means, in a few words for people. */
  public String meaning() {
    return meaning;
  }

  /**
   * The whole code.
   *
   * @param statusClass 2, 4 or 5
   */
  public EnhancedStatus inClass(int statusClass) {
    return new EnhancedStatus(statusClass, subject, detail);
  }
}
