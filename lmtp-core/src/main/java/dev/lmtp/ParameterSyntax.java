package dev.lmtp;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The grammar of those parameter values that are of a type of the JDK, and of times in all of them.
 * What is malformed, or cannot be written, is an {@link IllegalArgumentException}.
 */
final class ParameterSyntax {

  private static final int LONGEST_ENVELOPE_ID = 100;
  private static final int LONGEST_SOLICITATION = 1_000;
  private static final long MOST_SECONDS = 999_999_999;

  // date-time, RFC 3339 §5.6. A fraction may have more digits there; nanoseconds are enough.
  private static final Pattern DATE_TIME =
      Pattern.compile(
          "(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:)(\\d\\d)((?:\\.\\d{1,9})?(?:Z|[+-]\\d\\d:\\d\\d))",
          Pattern.CASE_INSENSITIVE);

  private ParameterSyntax() {}

  /** ENVID, RFC 3461 §4.4: xtext of printable ASCII; it is written by {@link Xtext#encode}. */
  static String envelopeId(String value) {
    String text = Xtext.decode(value);
    require(value.length() <= LONGEST_ENVELOPE_ID && Xtext.isPrintableAscii(text), "ENVID", value);
    return text;
  }

  /** HOLDFOR, RFC 4865 §3. */
  static Duration interval(String value) {
    // future-release-integer = %x31-39 *8DIGIT
    require(!value.startsWith("0"), "interval", value);
    return seconds(value);
  }

  /** HOLDUNTIL, RFC 4865 §3 with erratum 2040: any date-time, made UTC. */
  static OffsetDateTime moment(String value) {
    return utc(dateTime(value));
  }

  /** Writes HOLDUNTIL, which has to be in UTC. */
  static String formatUtc(OffsetDateTime moment) {
    return format(utc(moment));
  }

  /** MT-PRIORITY, RFC 6710 §7. */
  static Integer priority(String value) {
    // priority-value = (["-"] NZDIGIT) / "0"
    require(value.matches("-?[1-9]|0"), "priority", value);
    return Integer.valueOf(value);
  }

  /** SOLICIT, RFC 3865 §2.2; also what stands behind NO-SOLICITING. */
  static List<String> solicitation(String value) {
    require(value.length() <= LONGEST_SOLICITATION, "solicitation", value);
    List<String> keywords = List.of(value.split(",", -1));
    for (String keyword : keywords) {
      // word = ALPHA *( "." / "-" / "_" / ":" / ALPHA / DIGIT )
      require(keyword.matches("[A-Za-z][A-Za-z0-9._:-]*"), "solicitation", value);
    }
    return keywords;
  }

  /**
   * Whether a server that writes these parameters behind FUTURERELEASE holds a message for so long.
   * A bound that is missing or unreadable is none.
   */
  static boolean isWithin(Duration interval, String offered) {
    String most = offered.strip().split(" ", 2)[0];
    return !most.matches("[0-9]{1,9}") || interval.compareTo(seconds(most)) <= 0;
  }

  /** Whether such a server holds a message until then. */
  static boolean isWithin(OffsetDateTime moment, String offered) {
    String[] words = offered.strip().split(" +", 3);
    try {
      return words.length < 2 || !moment.isAfter(dateTime(words[1]));
    } catch (IllegalArgumentException e) {
      // A server that cannot write a date still takes the parameter: let it judge.
      return true;
    }
  }

  /** {@code 1*9DIGIT}. */
  static Duration seconds(String digits) {
    require(digits.matches("[0-9]{1,9}"), "seconds", digits);
    return Duration.ofSeconds(Long.parseLong(digits));
  }

  /** Writes whole seconds, of nine digits at most. */
  static String format(Duration time) {
    long seconds = time.toSeconds();
    boolean near = seconds <= MOST_SECONDS && seconds >= -MOST_SECONDS;
    require(near && time.equals(Duration.ofSeconds(seconds)), "seconds", time.toString());
    return Long.toString(seconds);
  }

  /** A date-time; a leap second becomes the first second of the next minute. */
  static OffsetDateTime dateTime(String text) {
    Matcher parts = DATE_TIME.matcher(text);
    require(parts.matches(), "date and time", text);
    boolean leap = parts.group(2).equals("60");
    String usual = parts.group(1) + (leap ? "59" : parts.group(2)) + parts.group(3);
    try {
      OffsetDateTime moment = OffsetDateTime.parse(usual.toUpperCase(Locale.ROOT));
      return requireWritable(leap ? moment.plusSeconds(1) : moment);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("no such date or time: " + text, e);
    }
  }

  /** Writes a date-time. */
  static String format(OffsetDateTime moment) {
    return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(requireWritable(moment));
  }

  /** RFC 3339 has no year of five digits and no offset with seconds. */
  private static OffsetDateTime requireWritable(OffsetDateTime moment) {
    boolean year = moment.getYear() >= 0 && moment.getYear() <= 9_999;
    require(year && moment.getOffset().getTotalSeconds() % 60 == 0, "date", moment.toString());
    return moment;
  }

  private static OffsetDateTime utc(OffsetDateTime moment) {
    return requireWritable(requireWritable(moment).withOffsetSameInstant(ZoneOffset.UTC));
  }

  /** Refuses a value. */
  static void require(boolean good, String what, String value) {
    if (!good) {
      throw new IllegalArgumentException("malformed " + what + ": " + Reply.clean(value));
    }
  }
}
