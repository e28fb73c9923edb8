package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/interop/README.md names every test with another's program, and no other")
class InteropDocumentTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Path TABLE = ROOT.resolve("docs/interop/README.md");
  private static final Pattern TEST = Pattern.compile("`(\\w+InteropIT)`");
  private static final Pattern PAGE = Pattern.compile("\\]\\((\\w+\\.md)\\)");

  @Test
  void everyTest() throws IOException {
    Set<String> tests;
    try (Stream<Path> files = Files.walk(ROOT, 12)) {
      tests =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith("InteropIT.java"))
              .map(name -> name.replace(".java", ""))
              .collect(Collectors.toCollection(TreeSet::new));
    }
    assertTrue(tests.contains("PostfixInteropIT"), tests::toString);
    assertEquals(tests, found(TEST));
  }

  @Test
  void everyPage() throws IOException {
    Set<String> pages;
    try (Stream<Path> files = Files.list(TABLE.getParent())) {
      pages = files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
    }
    pages.remove("README.md");
    assertEquals(pages, found(PAGE));
  }

  @Test
  @DisplayName("no row is 'not tested' without its reason")
  void reasons() throws IOException {
    String table = Files.readString(TABLE);
    assertTrue(table.contains("not tested"));
    assertEquals(
        table.split("not tested", -1).length, table.split("\\| not tested: \\w+", -1).length);
  }

  private static Set<String> found(Pattern pattern) throws IOException {
    return pattern
        .matcher(Files.readString(TABLE))
        .results()
        .map((MatchResult match) -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
