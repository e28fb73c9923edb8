package dev.lmtp.codec;

import dev.lmtp.AddressSyntax;
import dev.lmtp.Deviation;
import dev.lmtp.ForwardPath;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Mailbox;
import dev.lmtp.ReversePath;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Finds a path in a command line, RFC 5321 §4.1.2:
 *
 * <pre>
 * Path       = "&lt;" [ A-d-l ":" ] Mailbox "&gt;"
 * A-d-l      = At-domain *( "," At-domain )
 * At-domain  = "@" Domain
 * Mailbox    = Local-part "@" ( Domain / address-literal )
 * </pre>
 *
 * A source route is passed over and dropped (§4.1.2, appendix C). Only offsets are kept; a value is
 * made when it is asked for. UTF-8 is taken, and told by {@link #isAscii()}.
 */
final class PathParser {

  private final Limits limits;
  private final Leniency leniency;
  private final Set<Deviation> noted;
  private byte[] line = {};
  private int start;
  private int end;
  private int local;
  private int localEnd;
  private int domainEnd;

  /**
   * A parser that keeps those limits.
   *
   * @param leniency what is tolerated
   * @param noted takes up what was, in {@link #parse}; never emptied here
   */
  PathParser(Limits limits, Leniency leniency, Set<Deviation> noted) {
    this.limits = limits;
    this.leniency = leniency;
    this.noted = noted;
  }

  /**
   * Reads a path.
   *
   * @param text the line
   * @param from where the path begins
   * @param to the end of the line
   * @param malformed what to answer where there is no path; says which of the two kinds it is
   * @return what is wrong, or {@code null}
   */
  Violation parse(byte[] text, int from, int to, Violation malformed) {
    line = text;
    start = from;
    boolean bracketed = from < to && text[from] == '<';
    if (!bracketed && !leniency.tolerates(Deviation.NO_ANGLE_BRACKETS, noted)) {
      return malformed;
    }
    int first = bracketed ? from + 1 : from;
    local = first < to && text[first] == '@' ? sourceRoute(text, first, to) : first;
    if (local < 0) {
      return malformed;
    }
    localEnd = local;
    domainEnd = local;
    if (bracketed && first < to && text[first] == '>') {
      end = first + 1;
      return null;
    }
    localEnd = AddressSyntax.localPart(text, local, to, leniency, noted);
    domainEnd = localEnd;
    if (localEnd >= 0 && localEnd < to && text[localEnd] == '@') {
      domainEnd = AddressSyntax.domain(text, localEnd + 1, to, leniency, noted);
    } else if (!bracketed
        || !(isPostmaster(first, malformed) || leniency.tolerates(Deviation.NO_DOMAIN, noted))) {
      return malformed;
    }
    if (domainEnd < 0 || !endsAt(domainEnd, to, bracketed)) {
      return malformed;
    }
    end = bracketed ? domainEnd + 1 : domainEnd;
    boolean tooLong =
        end - from > limits.path()
            || localEnd - local > limits.localPart()
            || domainEnd - localEnd - 1 > limits.domain();
    return tooLong ? Violation.PATH_TOO_LONG : null;
  }

  // Without brackets a blank ends the path, or the line does.
  private boolean endsAt(int at, int to, boolean bracketed) {
    return bracketed ? at < to && line[at] == '>' : at == to || Ascii.isBlank(line[at]);
  }

  // rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path )
  private boolean isPostmaster(int first, Violation malformed) {
    return malformed == Violation.BAD_FORWARD_PATH
        && local == first
        && Ascii.isWord(line, local, localEnd, "POSTMASTER");
  }

  // A-d-l ":" ; behind it the mailbox
  private int sourceRoute(byte[] text, int from, int to) {
    int at = from;
    while (at < to && text[at] == '@' && leniency.tolerates(Deviation.SOURCE_ROUTE, noted)) {
      boolean literal = at + 1 < to && text[at + 1] == '[';
      if (literal && !leniency.tolerates(Deviation.LOOSE_ADDRESS_LITERAL, noted)) {
        return -1;
      }
      at = AddressSyntax.domain(text, at + 1, to, leniency, noted);
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

  /** The offset behind the path found last. */
  int end() {
    return end;
  }

  /** Whether the path is {@code <>}. */
  boolean isNull() {
    return local == localEnd;
  }

  /** Whether the path found last, as it was written, is ASCII; if not, it wants SMTPUTF8. */
  boolean isAscii() {
    for (int at = start; at < end; at++) {
      if (line[at] < 0) {
        return false;
      }
    }
    return true;
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
    String domain = domainEnd == localEnd ? "" : text(localEnd + 1, domainEnd);
    return new Mailbox(text(local, localEnd), domain);
  }

  private String text(int from, int to) {
    return new String(line, from, to - from, StandardCharsets.UTF_8);
  }
}
