package dev.lmtp.session;

import dev.lmtp.Extension;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.codec.CommandWriter;
import java.time.Duration;
import java.util.Objects;

/**
 * How a server session behaves; one value serves any number of sessions.
 *
 * @param protocol LMTP or SMTP
 * @param hostname what the server calls itself in its greeting and its hello reply
 * @param offer the extensions, parameters and commands
 * @param limits every bound
 * @param leniency which deviations from the grammar of commands are tolerated
 * @param bareLineEnds what is done with content that has bare CRs or LFs
 * @param commandPatience how long a peer may take for its next command (RFC 5321 §4.5.3.2.7)
 * @param contentPatience how long it may take for the next octets of a content
 */
public record ServerSettings(
    Protocol protocol,
    String hostname,
    Offer offer,
    Limits limits,
    Leniency leniency,
    BareLineEnds bareLineEnds,
    Duration commandPatience,
    Duration contentPatience) {

  /**
   * Checks the host name, and that extensions are offered which others need: in LMTP PIPELINING and
   * ENHANCEDSTATUSCODES (RFC 2033 §5), for BINARYMIME CHUNKING (RFC 3030 §3), for SMTPUTF8 8BITMIME
   * (RFC 6531 §3.1).
   */
  public ServerSettings {
    Objects.requireNonNull(protocol, "protocol");
    CommandWriter.requireWord(hostname);
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(leniency, "leniency");
    Objects.requireNonNull(bareLineEnds, "bareLineEnds");
    Objects.requireNonNull(commandPatience, "commandPatience");
    Objects.requireNonNull(contentPatience, "contentPatience");
    boolean lmtp = protocol == Protocol.LMTP;
    require(offer, lmtp, Extension.PIPELINING);
    require(offer, lmtp, Extension.ENHANCEDSTATUSCODES);
    require(offer, offer.has(Extension.BINARYMIME), Extension.CHUNKING);
    require(offer, offer.has(Extension.SMTPUTF8), Extension.EIGHTBITMIME);
  }

  private static void require(Offer offer, boolean needed, Extension extension) {
    if (needed && !offer.has(extension)) {
      throw new IllegalArgumentException(extension.keyword() + " has to be offered");
    }
  }

  /** The defaults: bare line ends are rejected, five minutes for a command and for content. */
  public static ServerSettings of(Protocol protocol, String hostname) {
    return new ServerSettings(
        protocol,
        hostname,
        Offer.DEFAULT,
        Limits.DEFAULT,
        Leniency.COMPATIBLE,
        BareLineEnds.REJECT,
        Duration.ofMinutes(5),
        Duration.ofMinutes(5));
  }

  /** These settings with another offer. */
  public ServerSettings withOffer(Offer other) {
    return new ServerSettings(
        protocol,
        hostname,
        other,
        limits,
        leniency,
        bareLineEnds,
        commandPatience,
        contentPatience);
  }

  /** These settings with other limits. */
  public ServerSettings withLimits(Limits other) {
    return new ServerSettings(
        protocol, hostname, offer, other, leniency, bareLineEnds, commandPatience, contentPatience);
  }

  /** These settings with another profile, or a profile with single switches set otherwise. */
  public ServerSettings withLeniency(Leniency other) {
    return new ServerSettings(
        protocol, hostname, offer, limits, other, bareLineEnds, commandPatience, contentPatience);
  }

  /** These settings with another policy for bare line ends. */
  public ServerSettings withBareLineEnds(BareLineEnds policy) {
    return new ServerSettings(
        protocol, hostname, offer, limits, leniency, policy, commandPatience, contentPatience);
  }

  /** These settings with another patience. */
  public ServerSettings withPatience(Duration command, Duration content) {
    return new ServerSettings(
        protocol, hostname, offer, limits, leniency, bareLineEnds, command, content);
  }

  /** The greeting, RFC 5321 §4.2: the word LMTP or ESMTP tells the peer what it has reached. */
  Reply greeting() {
    String word = protocol == Protocol.LMTP ? "LMTP" : "ESMTP";
    return Reply.plain(220, hostname + " " + word + " ready");
  }
}
