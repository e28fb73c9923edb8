package dev.lmtp.testing;

import dev.lmtp.testkit.Dialogue.Kind;
import java.util.List;
import java.util.stream.Stream;

/** What real and written dialogues say, as a start for fuzzing. */
public final class Corpus {

  /** Longer ones are about a limit, and every run of them takes its time. */
  private static final int LONGEST = 3_000;

  /** What clients say. */
  public static final List<String> CLIENTS = octets(Kind.CLIENT, "both", "server", "captured");

  /** What servers say. */
  public static final List<String> SERVERS = octets(Kind.SERVER, "both", "client", "captured");

  private Corpus() {}

  private static List<String> octets(Kind side, String... folders) {
    return Stream.of(folders)
        .flatMap(folder -> Dialogues.all(folder).stream())
        .map(dialogue -> dialogue.octets(side))
        .filter(octets -> octets.length() <= LONGEST)
        .toList();
  }
}
