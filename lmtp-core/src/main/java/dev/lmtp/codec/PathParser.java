package dev.lmtp.codec;

import dev.lmtp.AddressSyntax;
import dev.lmtp.ForwardPath;
import dev.lmtp.Limits;
import dev.lmtp.Mailbox;
import dev.lmtp.ReversePath;
import java.nio.charset.StandardCharsets;

/**
 * Finds a path in a command line, RFC 5321 §4.1.2:
 *
 * <pre>
 * Path       = "&lt;" [ A-d-l ":" ] Mailbox "&gt;"
 * A-d-l      = At-domain *( "," At-domain )
 * Mailbox    = Local-part [ "@" ( Domain / address-literal ) ]
 * </pre>
 *
 * A source route is passed over and dropped (§4.1.2, appendix C). A local part without domain is
 * taken, as LMTP clients send it and {@code <postmaster>} demands it. Only offsets are kept; a
 * value is made when it is asked for.
 */
final class PathParser {

  private final Limits limits;
  private byte[] line = {};
  private int end;
  private int local;
  private int localEnd;
  private int domainEnd;

  /** A parser that keeps those limits. */
  PathParser(Limits limits) {
    this.limits = limits;
  }

  /**
   * Reads a path.
   *
   * @param text the line
   * @param from where the path begins
   * @param to the end of the line
   * @param malformed what to answer where there is no path
   * @return what is wrong, or {@code null}
   */
  Violation parse(byte[] text, int from, int to, Violation malformed) {
    line = text;
    end = -1;
    if (from == to || text[from] != '<') {
      return malformed;
    }
    int at = from + 1;
    if (at < to && text[at] == '@') {
      at = sourceRoute(text, at, to);
      if (at < 0) {
        return refusal(text, from, to, malformed);
      }
    }
    local = at;
    localEnd = at;
    domainEnd = at;
    if (at < to && text[at] == '>' && at == from + 1) {
      end = at + 1;
      return null;
    }
    localEnd = AddressSyntax.localPart(text, at, to);
    domainEnd = localEnd;
    if (localEnd > 0 && localEnd < to && text[localEnd] == '@') {
      domainEnd = AddressSyntax.domain(text, localEnd + 1, to);
    }
    if (localEnd < 0 || domainEnd < 0 || domainEnd == to || text[domainEnd] != '>') {
      return refusal(text, from, to, malformed);
    }
    end = domainEnd + 1;
    boolean tooLong =
        end - from > limits.path()
            || localEnd - local > limits.localPart()
            || domainEnd - localEnd - 1 > limits.domain();
    return tooLong ? Violation.PATH_TOO_LONG : null;
  }

  // A-d-l ":" ; behind it the mailbox
  private static int sourceRoute(byte[] text, int from, int to) {
    int at = from;
    while (at < to && text[at] == '@') {
      at = AddressSyntax.domain(text, at + 1, to);
      if (at < 0 || at == to) {
        return -1;
      }
      if (text[at] == ':') {
        return at + 1;
      }
      if (text[at++] != ',') {
        return -1;
      }
    }
    return -1;
  }

  private static Violation refusal(byte[] text, int from, int to, Violation malformed) {
    for (int at = from; at < to && text[at] != '>'; at++) {
      if (text[at] < 0) {
        return Violation.NON_ASCII_ADDRESS;
      }
    }
    return malformed;
  }

  /** The offset behind the closing bracket. */
  int end() {
    return end;
  }

  /** Whether the path is {@code <>}. */
  boolean isNull() {
    return local == localEnd;
  }

  /** The path as a reverse-path; a new value, valid for ever. */
  ReversePath reversePath() {
    return isNull() ? ReversePath.NULL : ReversePath.of(mailbox());
  }

  /** The path as a forward-path; a new value, valid for ever. */
  ForwardPath forwardPath() {
    return ForwardPath.of(mailbox());
  }

  private Mailbox mailbox() {
    String domain = domainEnd == localEnd ? "" : ascii(localEnd + 1, domainEnd - localEnd - 1);
    return new Mailbox(ascii(local, localEnd - local), domain);
  }

  private String ascii(int from, int length) {
    return new String(line, from, length, StandardCharsets.US_ASCII);
  }

  /** Whether the path found last is ASCII. */
  boolean isAscii() {
    return true;
  }
}
