package dev.lmtp;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A parameter of {@code MAIL} or {@code RCPT} (RFC 5321 §4.1.1.11): its keyword, the extensions
 * that bring it, and how its value is read and written. The constants are those the library knows;
 * an application makes its own with {@link #of} and offers it in the server's settings.
 *
 * @param <T> the type of the value; {@link Boolean#TRUE} for a parameter that has none
 */
public final class Parameter<T> {

  /** The declared size of the content in octets: an estimate. RFC 1870 §3. */
  public static final Parameter<Long> SIZE =
      of(Verb.MAIL, "SIZE", "SIZE", Parameter::size, String::valueOf);

  /** What the content may hold; 7BIT where absent. RFC 6152 §2, RFC 3030 §3. */
  public static final Parameter<BodyType> BODY =
      new Parameter<>(
          Verb.MAIL,
          "BODY",
          List.of("8BITMIME", "BINARYMIME"),
          BodyType::parse,
          BodyType::keyword,
          (body, offered) -> body.isOfferedBy(offered),
          501,
          body -> body == BodyType.BINARYMIME);

  /** Addresses and header may be UTF-8. RFC 6531 §3.4. */
  public static final Parameter<Boolean> SMTPUTF8 =
      flag(Verb.MAIL, "SMTPUTF8", "SMTPUTF8").essential(needed -> needed);

  /** What is returned with a report: all of the message or its header. RFC 3461 §4.3. */
  public static final Parameter<DsnReturn> RET =
      of(Verb.MAIL, "RET", "DSN", DsnReturn::parse, DsnReturn::name);

  /** The sender's name for the message in reports: printable ASCII. RFC 3461 §4.4. */
  public static final Parameter<String> ENVID =
      of(Verb.MAIL, "ENVID", "DSN", ParameterSyntax::envelopeId, Xtext::encode);

  /** The conditions under which a report is wanted. RFC 3461 §4.1. */
  public static final Parameter<DsnNotify> NOTIFY =
      of(Verb.RCPT, "NOTIFY", "DSN", DsnNotify::parse, DsnNotify::toString);

  /** The address that the sender gave. RFC 3461 §4.2, RFC 6533 §3. */
  public static final Parameter<OriginalRecipient> ORCPT =
      of(Verb.RCPT, "ORCPT", "DSN", OriginalRecipient::parse, OriginalRecipient::toString);

  /** Within which time to deliver. RFC 2852 §3. */
  public static final Parameter<DeliverBy> BY =
      of(Verb.MAIL, "BY", "DELIVERBY", DeliverBy::parse, DeliverBy::toString)
          .within(DeliverBy::isWithin, 555)
          .essential(by -> by.mode() == DeliverBy.Mode.RETURN);

  /** How long to hold the message, in whole seconds. RFC 4865 §3. */
  public static final Parameter<Duration> HOLDFOR =
      of(
              Verb.MAIL,
              "HOLDFOR",
              "FUTURERELEASE",
              ParameterSyntax::interval,
              (Duration time) -> ParameterSyntax.format(time))
          .within(ParameterSyntax::isWithin, 501)
          .essential(time -> true);

  /** Until when to hold the message. RFC 4865 §3. */
  public static final Parameter<OffsetDateTime> HOLDUNTIL =
      of(
              Verb.MAIL,
              "HOLDUNTIL",
              "FUTURERELEASE",
              ParameterSyntax::moment,
              ParameterSyntax::formatUtc)
          .within(ParameterSyntax::isWithin, 501)
          .essential(moment -> true);

  /** The priority, from -9 to 9; 0 where absent. RFC 6710 §4. */
  public static final Parameter<Integer> MT_PRIORITY =
      of(Verb.MAIL, "MT-PRIORITY", "MT-PRIORITY", ParameterSyntax::priority, String::valueOf);

  /** From here on over TLS only. RFC 8689 §2. */
  public static final Parameter<Boolean> REQUIRETLS =
      flag(Verb.MAIL, "REQUIRETLS", "REQUIRETLS").essential(needed -> needed);

  /** Since when the recipient has to have owned the mailbox. RFC 7293 §3. */
  public static final Parameter<RecipientValidSince> RRVS =
      of(Verb.RCPT, "RRVS", "RRVS", RecipientValidSince::parse, RecipientValidSince::toString)
          .essential(since -> since.noSupport() == RecipientValidSince.NoSupport.REJECT);

  /** The classes of solicitation the message belongs to. RFC 3865 §2. */
  public static final Parameter<List<String>> SOLICIT =
      of(
          Verb.MAIL,
          "SOLICIT",
          "NO-SOLICITING",
          ParameterSyntax::solicitation,
          keywords -> String.join(",", keywords));

  /** What a tracking request will show. RFC 3885 §4. */
  public static final Parameter<MessageTracking> MTRK =
      of(Verb.MAIL, "MTRK", "MTRK", MessageTracking::parse, MessageTracking::toString);

  /**
   * Who gave the message to the first server, as the sender knows; the null path where it does not.
   * To be believed of a peer that is trusted. RFC 4954 §5.
   */
  public static final Parameter<ReversePath> AUTH =
      of(Verb.MAIL, "AUTH", "AUTH", Parameter::submitter, Parameter::formatSubmitter);

  private static final List<Parameter<?>> KNOWN =
      List.of(
          SIZE,
          BODY,
          SMTPUTF8,
          RET,
          ENVID,
          NOTIFY,
          ORCPT,
          BY,
          HOLDFOR,
          HOLDUNTIL,
          MT_PRIORITY,
          REQUIRETLS,
          RRVS,
          SOLICIT,
          MTRK,
          AUTH);

  private final Verb verb;
  private final String keyword;
  private final List<String> extensions;
  private final Function<String, T> parse;
  private final Function<T, String> format;
  private final BiPredicate<T, Capabilities> within;
  private final int beyond;
  private final Predicate<T> essential;

  private Parameter(
      Verb verb,
      String keyword,
      List<String> extensions,
      Function<String, T> parse,
      Function<T, String> format,
      BiPredicate<T, Capabilities> within,
      int beyond,
      Predicate<T> essential) {
    if (verb != Verb.MAIL && verb != Verb.RCPT) {
      throw new IllegalArgumentException(verb + " has no parameters");
    }
    this.verb = verb;
    this.keyword = Extension.requireKeyword(keyword);
    this.extensions = extensions;
    this.parse = Objects.requireNonNull(parse);
    this.format = Objects.requireNonNull(format);
    this.within = within;
    this.beyond = beyond;
    this.essential = essential;
  }

  /**
   * A parameter with a value.
   *
   * @param verb {@code MAIL} or {@code RCPT}
   * @param keyword in any case of letters
   * @param extension the keyword by which a server says that it takes the parameter
   * @param parse makes a value of what stands behind the {@code =}, never empty; throws {@link
   *     IllegalArgumentException} where it is malformed
   * @param format writes a value so that {@code parse} reads it back; printable, without blanks
   */
  public static <T> Parameter<T> of(
      Verb verb,
      String keyword,
      String extension,
      Function<String, T> parse,
      Function<T, String> format) {
    return new Parameter<>(
        verb, keyword, List.of(extension), parse, format, (v, offered) -> true, 501, v -> false);
  }

  /** A parameter without a value, which is {@code true} where it is given; as {@link #of}. */
  public static Parameter<Boolean> flag(Verb verb, String keyword, String extension) {
    return of(verb, keyword, extension, Parameter::parseFlag, Parameter::formatFlag);
  }

  /** This row, for a value that must not be left out where the server does not offer it. */
  private Parameter<T> essential(Predicate<T> when) {
    return new Parameter<>(verb, keyword, extensions, parse, format, within, beyond, when);
  }

  /** This row, with values that have a bound behind the keyword of the hello reply. */
  private Parameter<T> within(BiPredicate<T, String> bound, int code) {
    String extension = extensions.get(0);
    return new Parameter<>(
        verb,
        keyword,
        extensions,
        parse,
        format,
        (value, offered) -> bound.test(value, offered.parameters(extension).orElse("")),
        code,
        essential);
  }

  private static Long size(String value) {
    // size-value = 1*20DIGIT
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < '0' || value.charAt(i) > '9' || i == 20) {
        throw new IllegalArgumentException("not a size: " + Reply.clean(value));
      }
    }
    return Long.valueOf(value);
  }

  // AUTH=<> or an xtext mailbox without its angle brackets
  private static ReversePath submitter(String value) {
    String decoded = Xtext.decode(value);
    return decoded.equals("<>") ? ReversePath.NULL : ReversePath.parse("<" + decoded + ">");
  }

  private static String formatSubmitter(ReversePath path) {
    String written = path.toString();
    return path.equals(ReversePath.NULL)
        ? written
        : Xtext.encode(written.substring(1, written.length() - 1));
  }

  private static Boolean parseFlag(String value) {
    if (!value.isEmpty()) {
      throw new IllegalArgumentException("a value where none belongs: " + Reply.clean(value));
    }
    return true;
  }

  private static String formatFlag(Boolean value) {
    if (!value) {
      throw new IllegalArgumentException("a parameter without a value is there or left out");
    }
    return "";
  }

  /** Every parameter the library knows. */
  public static List<Parameter<?>> known() {
    return KNOWN;
  }

  /** The command it belongs to. */
  public Verb verb() {
    return verb;
  }

  /** The keyword in upper case. */
  public String keyword() {
    return keyword;
  }

  /** Whether a server that offers this takes the parameter. */
  public boolean isOfferedBy(Capabilities offered) {
    for (String extension : extensions) {
      if (offered.parameters(extension).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Reads a value.
   *
   * @param value what stands behind the {@code =}; empty where there is none
   * @throws IllegalArgumentException where it is malformed
   */
  public T parse(String value) {
    return parse.apply(value);
  }

  /** The value as it is written; empty for a parameter without one. */
  public String format(T value) {
    String written = format.apply(value);
    for (byte b : written.getBytes(StandardCharsets.UTF_8)) {
      // esmtp-value = 1*(%d33-60 / %d62-126), UTF-8 by RFC 6531 §3.3, "=" by usage.
      if ((b >= 0 && b <= ' ') || b == 0x7f) {
        throw new IllegalArgumentException(
            "not a value of " + keyword + ": " + Reply.clean(written));
      }
    }
    return written;
  }

  /** Whether a server that offers this takes that value: RFC 2852 §3, RFC 4865 §3, RFC 3030 §3. */
  public boolean isWithin(T value, Capabilities offered) {
    return within.test(value, offered);
  }

  /** The reply code for a value that is not {@link #isWithin}: 501, or 555 (RFC 2852 §3). */
  public int codeBeyond() {
    return beyond;
  }

  /**
   * Whether a message with that value must not go to a server that does not take the parameter. All
   * others are left out there.
   */
  public boolean isEssential(T value) {
    return essential.test(value);
  }

  /**
   * Whether the parameter cannot stand beside those: each may be given once, and HOLDFOR not beside
   * HOLDUNTIL (RFC 4865 §3).
   */
  public boolean isExcludedBy(Parameters given) {
    return given.has(this)
        || (this == HOLDFOR && given.has(HOLDUNTIL))
        || (this == HOLDUNTIL && given.has(HOLDFOR));
  }

  @Override
  public String toString() {
    return verb + " " + keyword;
  }
}
