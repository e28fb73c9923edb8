package dev.lmtp.testing;

import dev.lmtp.BodyType;
import dev.lmtp.EnhancedStatus;
import dev.lmtp.Mailbox;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Any value of the vocabulary, each written from its grammar in RFC 5321 §4.1.2. */
public final class RandomValues {

  private RandomValues() {}

  /** Dot-strings and quoted strings, quoted pairs among them. */
  public static Arbitrary<String> localParts() {
    Arbitrary<String> dotString =
        Arbitraries.strings()
            .alpha()
            .numeric()
            .withChars("!#$%&'*+-/=?^_`{|}~.\u00a0\u00e9\u07ff\u0800\ud7ff\uffff")
            .ofMinLength(1)
            .ofMaxLength(64);
    Arbitrary<String> printable =
        Arbitraries.strings()
            .withCharRange(' ', '~')
            .ofLength(1)
            .flatMap(
                c ->
                    c.equals("\"") || c.equals("\\")
                        ? Arbitraries.just("\\" + c)
                        : Arbitraries.of(c, c, c, "\\" + c));
    Arbitrary<String> beyond = Arbitraries.of("\u00a0", "\uff20", "\ud83d\udcec", "\udbff\udfff");
    Arbitrary<String> quoted =
        Arbitraries.frequencyOf(Tuple.of(9, printable), Tuple.of(1, beyond))
            .list()
            .ofMaxSize(20)
            .map(parts -> '"' + String.join("", parts) + '"');
    return Arbitraries.frequencyOf(Tuple.of(2, dotString), Tuple.of(1, quoted));
  }

  /** Names, names with a last dot, address literals. */
  public static Arbitrary<String> domains() {
    Arbitrary<String> name =
        Arbitraries.strings()
            .alpha()
            .numeric()
            .withChars("-_\u00e9\u00df\u212a")
            .ofMinLength(1)
            .ofMaxLength(20)
            .list()
            .ofMinSize(1)
            .ofMaxSize(5)
            .map(labels -> String.join(".", labels));
    Arbitrary<String> literal =
        Arbitraries.strings()
            .withCharRange('!', 'Z')
            .withCharRange('^', '~')
            .ofMinLength(1)
            .ofMaxLength(40)
            .map(text -> "[" + text + "]");
    Arbitrary<String> usual = Arbitraries.of("[192.0.2.1]", "[IPv6:2001:db8::1]", "example.org");
    return Arbitraries.oneOf(name, name.map(text -> text + "."), literal, usual);
  }

  /** Mailboxes, some without a domain. */
  public static Arbitrary<Mailbox> mailboxes() {
    Arbitrary<String> domains =
        Arbitraries.frequencyOf(Tuple.of(4, domains()), Tuple.of(1, Arbitraries.just("")));
    return Combinators.combine(localParts(), domains).as(Mailbox::new);
  }

  /** Reverse-paths, some null. */
  public static Arbitrary<ReversePath> reversePaths() {
    return mailboxes().optional(0.8).map(ReversePath::new);
  }

  /** Parameters of {@code MAIL}. */
  public static Arbitrary<Parameters> mailParameters() {
    Arbitrary<Optional<Long>> sizes =
        Arbitraries.longs().between(0, Long.MAX_VALUE).edgeCases(c -> c.add(0L)).optional();
    Arbitrary<Optional<BodyType>> bodies =
        Arbitraries.of(BodyType.SEVENBIT, BodyType.EIGHTBITMIME).optional();
    return Combinators.combine(sizes, bodies)
        .as(
            (size, body) -> {
              Parameters parameters = Parameters.NONE;
              parameters =
                  size.isEmpty() ? parameters : parameters.with(Parameter.SIZE, size.get());
              return body.isEmpty() ? parameters : parameters.with(Parameter.BODY, body.get());
            });
  }

  /** Replies with one to four lines of printable text, most with an enhanced code. */
  public static Arbitrary<Reply> replies() {
    Arbitrary<Integer> codes = Arbitraries.integers().between(200, 599);
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 999);
    // A text that begins with an enhanced code cannot be told from a reply that has one.
    Arbitrary<String> texts =
        Arbitraries.strings()
            .withCharRange(' ', '~')
            .ofMaxLength(80)
            .filter(text -> EnhancedStatus.leadingIn(text).isEmpty());
    return Combinators.combine(codes, numbers, numbers, texts.list().ofMinSize(1).ofMaxSize(4))
        .as(
            (code, subject, detail, lines) -> {
              boolean plain = code / 100 == 3 || subject % 4 == 0;
              Optional<EnhancedStatus> status =
                  plain
                      ? Optional.empty()
                      : Optional.of(new EnhancedStatus(code / 100, subject, detail));
              return new Reply(code, status, lines);
            });
  }
}
