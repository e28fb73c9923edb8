package dev.lmtp.server;

import static java.time.temporal.ChronoField.DAY_OF_MONTH;
import static java.time.temporal.ChronoField.DAY_OF_WEEK;
import static java.time.temporal.ChronoField.MONTH_OF_YEAR;

import dev.lmtp.Mailbox;
import dev.lmtp.Protocol;
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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The three header fields on top of a stored message, in this order: {@code Return-Path} and {@code
 * Received} of RFC 5321 §4.4, and between them {@code Delivered-To}, by which a mail system knows a
 * loop. The last one spans three lines, of which the second and third begin with a TAB.
 *
 * <p>Addresses come from the grammar and hold no line end. What the peer calls itself is a claim:
 * it is written only where it is made of the letters that names and address literals are made of.
 */
final class TraceFields {

  private static final int LONGEST_NAME = 255;
  private static final String UNKNOWN = "unknown";

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

  private TraceFields() {}

  private static Map<Long, String> numbered(String... names) {
    return IntStream.range(0, names.length)
        .boxed()
        .collect(Collectors.toMap(i -> i + 1L, i -> names[i]));
  }

  /**
   * The fields for one recipient, each line with its line end; addresses as they are, UTF-8 too.
   */
  static byte[] of(
      Transaction transaction, Mailbox recipient, String hostname, Instant time, LineEnding end) {
    Peer peer = transaction.peer();
    return String.join(
            end.text(),
            List.of(
                "Return-Path: " + transaction.reversePath(),
                "Delivered-To: " + recipient,
                "Received: from " + name(peer.helloName()) + " (" + address(peer.address()) + ")",
                "\tby " + hostname + " with " + with(peer) + " id " + name(transaction.id()),
                "\tfor <" + recipient + ">; " + DATE.format(time),
                ""))
        .getBytes(StandardCharsets.UTF_8);
  }

  // RFC 3848: ESMTP for EHLO, S for TLS, A for authentication.
  private static String with(Peer peer) {
    String word = peer.protocol() == Protocol.LMTP ? "LMTP" : "ESMTP";
    if (peer.hello() == Verb.HELO) {
      return "SMTP";
    }
    return word
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
