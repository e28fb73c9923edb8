package dev.lmtp.benchmarks;

import dev.lmtp.Capabilities;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Parameter;
import dev.lmtp.Reply;
import dev.lmtp.Verb;
import dev.lmtp.codec.CommandParser;
import dev.lmtp.codec.LineFramer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.openjdk.jmh.annotations.Benchmark;

/** One {@code MAIL} with two parameters, from octets to something that can be asked. */
public class CommandParsing extends Measured {

  private static final byte[] LINE =
      "MAIL FROM:<someone@sender.example.org> SIZE=123456 BODY=8BITMIME\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final ByteBuffer in = ByteBuffer.wrap(LINE);
  private final LineFramer framer = new LineFramer(Limits.DEFAULT.commandLine());
  private final CommandParser parser =
      new CommandParser(
          Capabilities.ofReply(
              new Reply(250, Optional.empty(), List.of("mail.example.org", "SIZE", "8BITMIME"))),
          List.of(Parameter.SIZE, Parameter.BODY),
          Set.of(),
          Limits.DEFAULT,
          Leniency.COMPATIBLE);

  /** For JMH. */
  public CommandParsing() {}

  /** Ours: framed and checked; no value is made. */
  @Benchmark
  public boolean ours() {
    framer.next(in.clear());
    return parser.verb(framer.bytes(), framer.length()) == Verb.MAIL && parser.arguments() == null;
  }

  /** Ours, with the values an application sees. */
  @Benchmark
  public Object oursWithValues() {
    framer.next(in.clear());
    parser.verb(framer.bytes(), framer.length());
    if (parser.arguments() != null || parser.values() != null) {
      throw new IllegalStateException("not parsed");
    }
    return List.of(parser.reversePath(), parser.parameters());
  }

  /** The baseline: a string, split at spaces, as many servers do it; it checks next to nothing. */
  @Benchmark
  public Object split() {
    String line = new String(LINE, 0, LINE.length - 2, StandardCharsets.US_ASCII);
    String[] words = line.split(" ");
    if (!words[0].toUpperCase(Locale.ROOT).equals("MAIL")) {
      throw new IllegalStateException("not parsed");
    }
    String path = words[1].substring(words[1].indexOf('<') + 1, words[1].lastIndexOf('>'));
    String[] mailbox = path.split("@");
    Map<String, String> parameters = new HashMap<>();
    for (int i = 2; i < words.length; i++) {
      String[] parameter = words[i].split("=", 2);
      parameters.put(parameter[0].toUpperCase(Locale.ROOT), parameter[1]);
    }
    return List.of(mailbox[0], mailbox[1], Long.parseLong(parameters.get("SIZE")), parameters);
  }
}
