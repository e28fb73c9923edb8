package dev.lmtp.server;

import static java.time.temporal.ChronoField.DAY_OF_MONTH;
import static java.time.temporal.ChronoField.DAY_OF_WEEK;
import static java.time.temporal.ChronoField.MONTH_OF_YEAR;

import dev.lmtp.AddressSyntax;
import dev.lmtp.Leniency;
import dev.lmtp.Mailbox;
import dev.lmtp.OriginalRecipient;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Header fields to stand on top of a message, in the order in which they are added; an immutable
 * value. Those of RFC 5321 §4.4, {@code Delivered-To}, by which a mail system knows a loop, and
 * {@code X-Original-To} for whom the sender wrote to (RFC 3461 §4.2).
 *
 * <p>No value holds a line end, whoever chose it: addresses come from their grammar, UTF-8 is
 * written as it is, and what the peer calls itself stands there only if it is made of the letters
 * of names and address literals. A line over 78 octets is folded at a blank where it has one.
 */
public final class TraceFields {

  /** No fields. */
  public static final TraceFields NONE = new TraceFields(List.of());

  /** RFC 5322 §2.1.1. */
  private static final int LONGEST_LINE = 78;

  private static final int LONGEST_NAME = 255;
  private static final String UNKNOWN = "unknown";
  private static final String RETURN_PATH = "Return-Path: ";

  /** RFC 5322 §3.3, in English whatever the locale and the JDK's locale data. */
  private static final DateTimeFormatter DATE =
      new DateTimeFormatterBuilder()
          .appendText(DAY_OF_WEEK, numbered("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
          .appendLiteral(", ")
          .appendValue(DAY_OF_MONTH)
          .appendLiteral(' ')
          .appendText(
              MONTH_OF_YEAR,
              numbered(
                  "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                  "Dec"))
          .appendLiteral(' ')
          .appendValue(ChronoField.YEAR, 4)
          .appendPattern(" HH:mm:ss xx")
          .toFormatter(Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final List<String> lines;

  private TraceFields(List<String> lines) {
    this.lines = lines;
  }

  private static Map<Long, String> numbered(String... names) {
    return IntStream.range(0, names.length)
        .boxed()
        .collect(Collectors.toMap(i -> i + 1L, i -> names[i]));
  }

  /**
   * What a final delivery writes: {@code Return-Path}, {@code Delivered-To} and {@code Received}.
   *
   * @param hostname as for {@link #withReceived}
   */
  public static TraceFields of(
      Transaction transaction, Mailbox recipient, String hostname, Instant time) {
    return NONE.withReturnPath(transaction.reversePath())
        .withDeliveredTo(recipient)
        .withReceived(transaction, Optional.of(recipient), hostname, time);
  }

  /** {@code Return-Path}: for a final delivery, since relays must not write it. */
  public TraceFields withReturnPath(ReversePath path) {
    return with(RETURN_PATH + path);
  }

  /** {@code Delivered-To}. */
  public TraceFields withDeliveredTo(Mailbox recipient) {
    return with("Delivered-To: " + recipient);
  }

  /** {@code X-Original-To}, the address in ORCPT; nothing where there is no mail address in it. */
  public TraceFields withOriginalTo(Parameters parameters) {
    Optional<OriginalRecipient> original = parameters.value(Parameter.ORCPT);
    boolean isMail =
        original.isPresent()
            && List.of("rfc822", "utf-8")
                .contains(original.get().addressType().toLowerCase(Locale.ROOT));
    return isMail ? with("X-Original-To", original.get().address()) : this;
  }

  /**
   * {@code Received}, on three lines.
   *
   * @param recipient for whom; nobody where it goes to several, who need not know of each other
   * @param hostname who received it: this host
   * @throws IllegalArgumentException where the host name is no domain or address literal
   */
  public TraceFields withReceived(
      Transaction transaction, Optional<Mailbox> recipient, String hostname, Instant time) {
    Peer peer = transaction.peer();
    byte[] host = hostname.getBytes(StandardCharsets.UTF_8);
    if (!AddressSyntax.isHostname(host, 0, host.length, Leniency.COMPATIBLE)) {
      throw new IllegalArgumentException("not a host name: " + hostname);
    }
    String id = name(transaction.id()) + (recipient.isEmpty() ? ";" : "");
    String to = recipient.map(mailbox -> "for <" + mailbox + ">; ").orElse("");
    return with("Received: from " + name(peer.helloName()) + " (" + address(peer.address()) + ")")
        .with("\tby " + hostname + " with " + protocol(transaction) + " id " + id)
        .with("\t" + to + DATE.format(time));
  }

  /**
   * Any other field.
   *
   * @throws IllegalArgumentException where the name or the text cannot stand in a header
   */
  public TraceFields with(String name, String text) {
    if (!name.matches("[!-9;-~]+") || text.codePoints().anyMatch(TraceFields::isControl)) {
      throw new IllegalArgumentException(
          "no header field: " + Reply.plain(250, name + ": " + text));
    }
    return with(name + ": " + text);
  }

  private static boolean isControl(int c) {
    return Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
  }

  private TraceFields with(String line) {
    List<String> more = new ArrayList<>(lines);
    fold(line, more);
    return new TraceFields(List.copyOf(more));
  }

  /** Breaks before single blanks only: a line of blanks would end the header for some. */
  private static void fold(String line, List<String> folded) {
    int from = 0;
    int blank = line.indexOf(' ') + 1;
    while (line.length() - from > LONGEST_LINE) {
      int cut = -1;
      for (int i = blank; i < line.length() && (cut < 0 || i <= from + LONGEST_LINE); i++) {
        if (line.charAt(i) == ' ' && i + 1 < line.length() && isWordAround(line, i)) {
          cut = i;
        }
      }
      if (cut < 0) {
        break;
      }
      folded.add(line.substring(from, cut));
      from = cut;
      blank = cut + 1;
    }
    folded.add(line.substring(from));
  }

  private static boolean isWordAround(String line, int blank) {
    return line.charAt(blank - 1) != ' ' && line.charAt(blank + 1) != ' ';
  }

  boolean hasReturnPath() {
    return lines.stream().anyMatch(line -> line.startsWith(RETURN_PATH));
  }

  /** The fields, each line with its end. */
  public byte[] bytes(LineEnding end) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line).append(end.text()));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The fields, with LF. */
  @Override
  public String toString() {
    return new String(bytes(LineEnding.LF), StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TraceFields that && lines.equals(that.lines);
  }

  @Override
  public int hashCode() {
    return lines.hashCode();
  }

  // RFC 3848, RFC 6531 §4.3: ESMTP for EHLO, S for TLS, A for authentication, UTF8 for SMTPUTF8.
  private static String protocol(Transaction transaction) {
    Peer peer = transaction.peer();
    if (peer.hello() == Verb.HELO) {
      return "SMTP";
    }
    boolean utf8 = transaction.parameters().has(Parameter.SMTPUTF8);
    String word = peer.protocol() == Protocol.LMTP ? "LMTP" : utf8 ? "SMTP" : "ESMTP";
    return (utf8 ? "UTF8" : "")
        + word
        + (peer.identity().tls().isPresent() ? "S" : "")
        + (peer.identity().authenticated().isPresent() ? "A" : "");
  }

  /** A name as it was given, or a word in its stead. */
  static String name(String claimed) {
    boolean plain = !claimed.isEmpty() && claimed.length() <= LONGEST_NAME;
    for (int i = 0; plain && i < claimed.length(); i++) {
      char c = claimed.charAt(i);
      plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || ".-_:[]".indexOf(c) >= 0;
    }
    return plain ? claimed : UNKNOWN;
  }

  /** An address literal, RFC 5321 §4.1.3; a client on this machine's Unix sockets has none. */
  private static String address(SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet) || inet.isUnresolved()) {
      return "local";
    }
    InetAddress ip = inet.getAddress();
    String text = ip.getHostAddress();
    if (!(ip instanceof Inet6Address)) {
      return "[" + text + "]";
    }
    int scope = text.indexOf('%');
    return "[IPv6:" + (scope < 0 ? text : text.substring(0, scope)) + "]";
  }
}
