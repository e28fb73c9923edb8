package dev.lmtp.sasl;

import java.util.List;
import java.util.Set;

/** What is known of SASL mechanisms by their names. */
public final class Mechanisms {

  /** By a user's password, the strongest first. */
  public static final List<String> FOR_PASSWORDS =
      List.of(
          "SCRAM-SHA-256-PLUS",
          "SCRAM-SHA-1-PLUS",
          "SCRAM-SHA-256",
          "SCRAM-SHA-1",
          "DIGEST-MD5",
          "CRAM-MD5",
          "PLAIN",
          "LOGIN");

  /** By an OAuth 2.0 bearer token. */
  public static final List<String> FOR_TOKENS = List.of(Bearer.OAUTHBEARER, Bearer.XOAUTH2);

  private static final Set<String> CLEARTEXT =
      Set.of("PLAIN", "LOGIN", Bearer.OAUTHBEARER, Bearer.XOAUTH2);

  private Mechanisms() {}

  /** Whether the mechanism shows a password or a token to whoever listens. */
  public static boolean isCleartext(String mechanism) {
    return CLEARTEXT.contains(mechanism);
  }

  /**
   * Whether the client speaks first. Where it then sent no initial response, the protocol has to
   * send an empty challenge by itself; with the others {@code evaluateResponse} of no octets gives
   * the first challenge.
   */
  public static boolean isClientFirst(String mechanism) {
    return switch (mechanism) {
      case "LOGIN", "CRAM-MD5", "DIGEST-MD5" -> false;
      default -> true;
    };
  }
}
