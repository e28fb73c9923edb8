package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Renders the table of deviations into {@code docs/leniency.md}, and fails where the file says
 * something else: what is tolerated does not change unseen.
 */
@DisplayName("docs/leniency.md is what the profiles tolerate")
class LeniencyDocumentTest {

  private static final Path DOCUMENT =
      Path.of(System.getProperty("basedir", ""), "..", "docs", "leniency.md");

  private static final Map<String, Leniency> PROFILES =
      Map.of(
          "compatible", Leniency.COMPATIBLE,
          "strict", Leniency.STRICT,
          "paranoid", Leniency.PARANOID);

  private static final String INTRODUCTION =
      """
      # Profiles of leniency

      In which ways a peer may leave the grammar, or use a part of it that mail no longer needs, and
      still be understood. *compatible* is the default: what real mail needs. *strict* is the grammar
      of the RFCs, with what they tell a receiver to tolerate; *paranoid* takes none of these. Each
      row is a constant of `Deviation` and a switch of its own:
      `Leniency.STRICT.with(Deviation.NO_DOMAIN)`. What a peer used is noted and can be asked for;
      what is refused gets the reply of its syntax error, and an address in UTF-8 without SMTPUTF8
      gets 553 5.6.7. No profile touches where a line or a content ends, and what the library sends
      is always within the grammar, except for addresses, which go out as they came in.

      The tables are written by a test from `Deviation`.
      """;

  @Test
  void isUpToDate() throws IOException {
    String rendered =
        INTRODUCTION
            + "\n## Clients, as a server sees them\n\n"
            + table(false)
            + "\n## Servers, as a client sees them\n\n"
            + table(true);
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(DOCUMENT.getParent());
      Files.writeString(DOCUMENT, rendered);
    }
    String written = Files.exists(DOCUMENT) ? Files.readString(DOCUMENT) : "";
    assertEquals(
        rendered,
        written,
        "docs/leniency.md differs: run with -Dgolden.update=true, read the diff");
  }

  private static String table(boolean byServer) {
    StringBuilder table = new StringBuilder("| | what the peer does | rule | tolerated by |\n");
    table.append("| --- | --- | --- | --- |\n");
    for (Deviation deviation : Deviation.values()) {
      if (deviation.isByServer() == byServer) {
        table
            .append(String.format("| `%s` | ", deviation))
            .append(deviation.description().replaceAll("[|`<>*]", "\\\\$0"))
            .append(String.format(" | %s | %s |\n", deviation.section(), tolerating(deviation)));
      }
    }
    return table.toString();
  }

  private static String tolerating(Deviation deviation) {
    StringBuilder names = new StringBuilder();
    for (String name : new String[] {"compatible", "strict", "paranoid"}) {
      if (PROFILES.get(name).tolerates(deviation)) {
        names.append(names.isEmpty() ? "" : ", ").append(name);
      }
    }
    return names.isEmpty() ? "none" : names.toString();
  }
}
