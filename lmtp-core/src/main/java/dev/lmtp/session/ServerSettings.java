package dev.lmtp.session;

import dev.lmtp.Capabilities;
import dev.lmtp.Extension;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.codec.CommandWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How a server session behaves; one value serves any number of sessions.
 *
 * @param protocol LMTP or SMTP
 * @param hostname what the server calls itself in its greeting and its hello reply
 * @param limits every bound
 * @param bareLineEnds what is done with content that has bare CRs or LFs
 * @param commandPatience how long a peer may take for its next command (RFC 5321 §4.5.3.2.7)
 * @param contentPatience how long it may take for the next octets of a content
 */
public record ServerSettings(
    Protocol protocol,
    String hostname,
    Limits limits,
    BareLineEnds bareLineEnds,
    Duration commandPatience,
    Duration contentPatience) {

  /** Checks the host name. */
  public ServerSettings {
    CommandWriter.requireWord(hostname);
  }

  /** The defaults: bare line ends are rejected, five minutes for a command and for content. */
  public static ServerSettings of(Protocol protocol, String hostname) {
    return new ServerSettings(
        protocol,
        hostname,
        Limits.DEFAULT,
        BareLineEnds.REJECT,
        Duration.ofMinutes(5),
        Duration.ofMinutes(5));
  }

  /** These settings with other limits. */
  public ServerSettings withLimits(Limits other) {
    return new ServerSettings(
        protocol, hostname, other, bareLineEnds, commandPatience, contentPatience);
  }

  /** These settings with another policy for bare line ends. */
  public ServerSettings withBareLineEnds(BareLineEnds policy) {
    return new ServerSettings(protocol, hostname, limits, policy, commandPatience, contentPatience);
  }

  /** These settings with another patience. */
  public ServerSettings withPatience(Duration command, Duration content) {
    return new ServerSettings(protocol, hostname, limits, bareLineEnds, command, content);
  }

  /** The greeting, RFC 5321 §4.2: the word LMTP or ESMTP tells the peer what it has reached. */
  Reply greeting() {
    String word = protocol == Protocol.LMTP ? "LMTP" : "ESMTP";
    return Reply.plain(220, hostname + " " + word + " ready");
  }

  /** The answer to {@code EHLO} or {@code LHLO}, RFC 5321 §4.1.1.1. */
  Reply helloReply() {
    List<String> lines = new ArrayList<>();
    lines.add(hostname);
    for (Extension extension : Extension.values()) {
      boolean bounded = extension == Extension.SIZE && limits.message() != Long.MAX_VALUE;
      lines.add(extension.keyword() + (bounded ? " " + limits.message() : ""));
    }
    return Reply.plain(250, lines.toArray(String[]::new));
  }

  /** What is offered. */
  Capabilities capabilities() {
    return Capabilities.ofReply(helloReply());
  }
}
