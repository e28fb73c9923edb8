package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/security.md has every row, and names tests that exist and name the row")
class SecurityDocumentTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT))`");

  private final Map<String, Path> sources = new HashMap<>();
  private final List<String> wrong = new ArrayList<>();

  @Test
  void everyRow() throws IOException {
    readSources();
    List<String> rows = new ArrayList<>();
    String document = Files.readString(ROOT.resolve("docs/security.md"));
    for (String line : document.lines().toList()) {
      String[] cells = line.split(" *\\| *", -1);
      if (cells.length == 6 && cells[1].matches("H\\d+")) {
        rows.add(cells[1]);
        List<String> tests = quoted(QUOTED, cells[4]);
        if (tests.isEmpty()) {
          wrong.add(cells[1] + " has no test");
        }
        for (String test : tests) {
          check(cells[1], test);
        }
      }
    }
    for (String test : quoted(TEST, document)) {
      if (!sources.containsKey(test + ".java")) {
        wrong.add("no " + test);
      }
    }
    assertEquals(List.of(), wrong);
    List<String> due =
        Stream.of(
                IntStream.rangeClosed(1, 5),
                IntStream.rangeClosed(10, 34),
                IntStream.rangeClosed(40, 46),
                IntStream.rangeClosed(50, 60),
                IntStream.rangeClosed(70, 75))
            .flatMap(IntStream::boxed)
            .map(row -> "H" + row)
            .toList();
    assertEquals(due, rows);
  }

  private void check(String row, String test) throws IOException {
    Path source = sources.get(test.endsWith(".dialogue") ? test : test + ".java");
    if (source == null) {
      wrong.add(row + ": no " + test);
      return;
    }
    // A dialogue is named after its rows.
    String text = source.getFileName() + " " + Files.readString(source);
    if (!Pattern.compile("\\b" + row + "\\b").matcher(text).find()) {
      wrong.add(test + " does not name " + row);
    }
  }

  private void readSources() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT, 12)) {
      files
          .filter(file -> file.toString().contains("/src/test/"))
          .forEach(file -> sources.put(file.getFileName().toString(), file));
    }
  }

  private static List<String> quoted(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult found) -> found.group(1)).toList();
  }
}
