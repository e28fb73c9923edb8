package dev.lmtp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lmtp.Capabilities;
import dev.lmtp.Extension;
import dev.lmtp.ForwardPath;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Mailbox;
import dev.lmtp.OriginalRecipient;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import dev.lmtp.Xtext;
import dev.lmtp.testing.FuzzTries;
import dev.lmtp.testing.RandomValues;
import dev.lmtp.testing.Slicings;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.PerProperty;
import net.jqwik.api.statistics.Statistics;

/**
 * E7 E10 S3 S6 The writers against the parsers: whatever is written reads back equal, and whatever
 * the parsers take of a mutated line, written again, is taken again and equal.
 */
class ReadWriteTest {

  private static final Capabilities ALL = everything();

  private static Capabilities everything() {
    List<String> lines = new ArrayList<>(List.of("server.example"));
    for (Extension extension : Extension.values()) {
      lines.add(extension.keyword());
    }
    return Capabilities.ofReply(Reply.plain(250, lines.toArray(String[]::new)));
  }

  /** A command of an envelope. */
  record Command(Verb verb, ReversePath reversePath, ForwardPath forwardPath, Parameters given) {

    String written() {
      OutputBuffer out = new OutputBuffer();
      if (verb == Verb.MAIL) {
        CommandWriter.mail(out, reversePath, given, ALL);
      } else {
        CommandWriter.rcpt(out, forwardPath, given, ALL);
      }
      return Slicings.take(out.lend());
    }

    /** Reads a line without its end; {@code null} where it is refused. */
    static Command read(byte[] line, Leniency leniency) {
      CommandParser parser =
          new CommandParser(ALL, Parameter.known(), Set.of(), Limits.DEFAULT, leniency);
      Verb verb = parser.verb(line, line.length);
      boolean envelope = verb == Verb.MAIL || verb == Verb.RCPT;
      if (!envelope || parser.arguments() != null || parser.values() != null) {
        return null;
      }
      return verb == Verb.MAIL
          ? new Command(verb, parser.reversePath(), null, parser.parameters())
          : new Command(verb, null, parser.forwardPath(), parser.parameters());
    }

    static Command read(String written, Leniency leniency) {
      assertEquals(written.length() - 2, written.indexOf("\r\n"), "one line");
      return read(Slicings.bytes(written.substring(0, written.length() - 2)), leniency);
    }
  }

  @Property(tries = 2_000)
  @Label("E6 E7 E10 H30 commands: what is written reads back equal")
  void written(@ForAll("commands") Command command) {
    assertEquals(command, Command.read(command.written(), Leniency.COMPATIBLE));
  }

  @Property(tries = 5_000)
  @PerProperty(FuzzTries.class)
  @Label("H13 H14 H17 mutated commands: refused, or written again and equal, in every profile")
  void mutated(
      @ForAll("commands") Command command,
      @ForAll("mutations") List<Mutation> mutations,
      @ForAll @IntRange(max = 2) int profile) {
    Leniency leniency =
        List.of(Leniency.STRICT, Leniency.COMPATIBLE, Leniency.PARANOID).get(profile);
    byte[] line = Slicings.bytes(command.written().strip());
    for (Mutation mutation : mutations) {
      line = mutation.applied(line);
    }
    Command read = Command.read(line, leniency);
    Statistics.label("taken").collect(read != null);
    if (read != null) {
      assertEquals(read, Command.read(read.written(), leniency), read.written());
    }
  }

  @Property(tries = 1_000)
  @PerProperty(FuzzTries.class)
  @Label("E2 S6 replies: what is written reads back equal; mutated ones are taken as themselves")
  void replies(@ForAll("replies") Reply reply, @ForAll("mutations") List<Mutation> mutations) {
    OutputBuffer out = new OutputBuffer();
    ReplyWriter.write(out, reply);
    byte[] octets = Slicings.bytes(Slicings.take(out.lend()));
    assertEquals(reply, replyOf(octets));
    for (Mutation mutation : mutations) {
      octets = mutation.applied(octets);
    }
    Reply read = replyOf(octets);
    if (read != null && read.lines().stream().allMatch(ReadWriteTest::isPrintable)) {
      ReplyWriter.write(out, read);
      assertEquals(read.code(), replyOf(Slicings.bytes(Slicings.take(out.lend()))).code());
    }
  }

  private static boolean isPrintable(String line) {
    return line.chars().allMatch(c -> c >= ' ' && c <= '~');
  }

  private static Reply replyOf(byte[] octets) {
    ReplyParser parser = new ReplyParser(Limits.DEFAULT);
    boolean found = parser.next(ByteBuffer.wrap(octets));
    return found && parser.violation() == null ? parser.reply() : null;
  }

  /** One change of a line. */
  record Mutation(int kind, int place, byte octet) {

    byte[] applied(byte[] line) {
      if (line.length == 0) {
        return line;
      }
      int at = place % line.length;
      byte[] changed = line.clone();
      switch (kind) {
        case 0 -> changed[at] = octet;
        case 1 -> {
          changed = Arrays.copyOf(line, line.length - 1);
          System.arraycopy(line, at + 1, changed, at, line.length - at - 1);
        }
        case 2 -> {
          changed = Arrays.copyOf(line, line.length + 1);
          System.arraycopy(line, at, changed, at + 1, line.length - at);
          changed[at] = octet;
        }
        default -> {
          int other = octet & 0x7f;
          changed[at] = line[other % line.length];
          changed[other % line.length] = line[at];
        }
      }
      return changed;
    }
  }

  @Provide
  Arbitrary<List<Mutation>> mutations() {
    Arbitrary<Byte> octets =
        Arbitraries.oneOf(
            Arbitraries.of(" \t<>@:;,=+\"\\.-_[]\r\n\0".chars().mapToObj(c -> (byte) c).toList()),
            Arbitraries.of("a1Z-".chars().mapToObj(c -> (byte) c).toList()),
            Arbitraries.bytes());
    Arbitrary<Mutation> one =
        Combinators.combine(
                Arbitraries.integers().between(0, 3),
                Arbitraries.integers().between(0, 100_000),
                octets)
            .as(Mutation::new);
    return Arbitraries.oneOf(one.list().ofSize(1), one.list().ofMinSize(2).ofMaxSize(3));
  }

  @Provide
  Arbitrary<Reply> replies() {
    return RandomValues.replies();
  }

  @Provide
  Arbitrary<Command> commands() {
    Arbitrary<Mailbox> mailboxes = RandomValues.mailboxes();
    Arbitrary<Command> mail =
        Combinators.combine(RandomValues.reversePaths(), parameters(MAIL))
            .as((path, given) -> new Command(Verb.MAIL, path, null, given));
    Arbitrary<Command> rcpt =
        Combinators.combine(mailboxes, parameters(RCPT))
            .as((mailbox, given) -> new Command(Verb.RCPT, null, ForwardPath.of(mailbox), given));
    return Arbitraries.oneOf(mail, rcpt);
  }

  private static final Arbitrary<String> TEXT =
      Arbitraries.strings().withCharRange(' ', '~').ofMinLength(1).ofMaxLength(30);
  private static final Arbitrary<String> ANY_TEXT =
      Arbitraries.strings()
          .withCharRange(' ', '~')
          .withCharRange('\u00a1', '\u1fff')
          .ofMinLength(1)
          .ofMaxLength(30);
  private static final Arbitrary<String> SECONDS =
      Arbitraries.integers().between(1, 999_999_999).map(String::valueOf);
  private static final Arbitrary<String> MOMENTS =
      Arbitraries.longs()
          .between(0, 4_102_444_800L)
          .map(second -> Instant.ofEpochSecond(second).atOffset(ZoneOffset.UTC).toString())
          .filter(text -> text.length() == "2026-11-22T00:00:00Z".length());

  /** Values as they are written, each from its grammar. */
  private static final Map<Parameter<?>, Arbitrary<String>> MAIL =
      Map.ofEntries(
          Map.entry(Parameter.SIZE, Arbitraries.longs().greaterOrEqual(0).map(String::valueOf)),
          Map.entry(Parameter.BODY, Arbitraries.of("7BIT", "8BITMIME", "BINARYMIME")),
          Map.entry(Parameter.SMTPUTF8, Arbitraries.just("")),
          Map.entry(Parameter.RET, Arbitraries.of("FULL", "HDRS")),
          Map.entry(Parameter.ENVID, TEXT.map(Xtext::encode)),
          Map.entry(Parameter.BY, SECONDS.flatMap(s -> Arbitraries.of(s + ";R", "-" + s + ";NT"))),
          Map.entry(Parameter.HOLDFOR, SECONDS),
          Map.entry(Parameter.HOLDUNTIL, MOMENTS),
          Map.entry(Parameter.MT_PRIORITY, Arbitraries.integers().between(-9, 9).map(i -> "" + i)),
          Map.entry(Parameter.REQUIRETLS, Arbitraries.just("")),
          Map.entry(Parameter.SOLICIT, Arbitraries.of("a", "org.example:ADV", "a:b,c:d-e_f")),
          Map.entry(
              Parameter.MTRK, SECONDS.flatMap(s -> Arbitraries.of("Zm9v", "Zm9v+/:" + s, "A:0"))),
          Map.entry(Parameter.AUTH, Arbitraries.of("<>", "a@b", "e+3Dmc2@example.org")));

  private static final Map<Parameter<?>, Arbitrary<String>> RCPT =
      Map.of(
          Parameter.NOTIFY,
          Arbitraries.of("NEVER", "SUCCESS", "FAILURE,DELAY", "SUCCESS,FAILURE,DELAY"),
          Parameter.ORCPT,
          Arbitraries.oneOf(
              TEXT.map(text -> "rfc822;" + Xtext.encode(text)),
              ANY_TEXT.map(text -> new OriginalRecipient("utf-8", text).toString())),
          Parameter.RRVS,
          MOMENTS.flatMap(moment -> Arbitraries.of(moment + ";C", moment + ";R")));

  private record Given(Parameter<?> row, String value) {}

  private static Arbitrary<Parameters> parameters(Map<Parameter<?>, Arbitrary<String>> rows) {
    return Arbitraries.of(rows.keySet())
        .flatMap(row -> rows.get(row).map(value -> new Given(row, value)))
        .list()
        .ofMaxSize(5)
        .map(
            entries -> {
              Parameters given = Parameters.NONE;
              for (Given each : entries) {
                if (!each.row().isExcludedBy(given)) {
                  given = with(given, each.row(), each.value());
                }
              }
              return given;
            });
  }

  private static <T> Parameters with(Parameters given, Parameter<T> row, String value) {
    return given.with(row, row.parse(value));
  }

  @Property(tries = 1)
  @Label("E10 every row of the table is written and read here")
  void everyRow() {
    List<Parameter<?>> tried = new ArrayList<>(MAIL.keySet());
    tried.addAll(RCPT.keySet());
    assertEquals(Set.copyOf(Parameter.known()), Set.copyOf(tried));
    assertNull(Command.read(Slicings.bytes("NOOP"), Leniency.COMPATIBLE));
  }
}
