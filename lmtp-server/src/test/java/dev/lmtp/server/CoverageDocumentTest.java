package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/rfc-coverage.md names classes that exist, and tests that name the row")
class CoverageDocumentTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  private final Map<String, Path> sources = new HashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private final List<String> rows = new ArrayList<>();

  @Test
  void everyRow() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT, 12)) {
      files
          .filter(file -> file.toString().contains("/src/"))
          .forEach(file -> sources.put(file.getFileName().toString(), file));
    }
    for (String line : Files.readAllLines(ROOT.resolve("docs/rfc-coverage.md"))) {
      String[] cells = line.split(" *\\| *", -1);
      if (cells.length == 7 && cells[1].matches("[LSE]\\d+")) {
        rows.add(cells[1]);
        quoted(cells[4]).forEach(name -> source(cells[1], name + ".java"));
        for (String test : quoted(cells[5])) {
          Path source = source(cells[1], test.endsWith(".dialogue") ? test : test + ".java");
          // A dialogue is named after its rows.
          boolean named =
              source != null
                  && Pattern.compile("\\b" + cells[1] + "\\b")
                      .matcher(source.getFileName() + " " + Files.readString(source))
                      .find();
          if (source != null && !named) {
            wrong.add(test + " does not name " + cells[1]);
          }
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(rows.containsAll(List.of("L1", "L10", "S1", "S13", "E1", "E12")), rows::toString);
    assertEquals(35, rows.size());
  }

  private Path source(String row, String file) {
    if (!sources.containsKey(file)) {
      wrong.add(row + ": no " + file);
    }
    return sources.get(file);
  }

  private static List<String> quoted(String cell) {
    List<String> names = new ArrayList<>();
    Matcher matcher = QUOTED.matcher(cell);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }
}
