package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The core does no input or output, has no clock, no thread and no logger; arrows go down only. */
class PurityTest {

  /** As a class file names them, whether imported, written out in full or only inferred. */
  private static final List<String> OUTSIDE =
      List.of(
          "java/net/",
          "java/io/",
          "java/nio/channels/",
          "java/nio/file/",
          "java/util/concurrent/",
          "java/util/logging/",
          "java/lang/System$Logger",
          "java/lang/Thread",
          "java/lang/Process",
          "java/time/Clock",
          "java/time/Instant",
          "java/util/Date",
          "java/util/Timer",
          "javax/",
          "nanoTime",
          "currentTimeMillis",
          "getLogger");

  @ParameterizedTest
  @CsvSource({
    "dev/lmtp, dev/lmtp/codec/ dev/lmtp/session/ dev/lmtp/io/",
    "dev/lmtp/codec, dev/lmtp/session/ dev/lmtp/io/",
    "dev/lmtp/session, dev/lmtp/io/"
  })
  @DisplayName("the vocabulary, the codec and the sessions name nothing outside")
  void namesNothingOutside(String directory, String above) throws Exception {
    List<String> forbidden = new ArrayList<>(OUTSIDE);
    forbidden.addAll(List.of(above.split(" ")));
    List<Path> classes = classesIn(directory);
    assertFalse(classes.isEmpty());
    for (Path file : classes) {
      assertEquals(List.of(), named(Files.readAllBytes(file), forbidden), file.toString());
    }
  }

  @Test
  void theSearchFindsWhatIsThere() throws IOException {
    try (InputStream own = PurityTest.class.getResourceAsStream("PurityTest.class")) {
      List<String> found = named(own.readAllBytes(), OUTSIDE);
      assertTrue(found.containsAll(List.of("java/io/", "java/nio/file/")), found.toString());
    }
  }

  private static List<String> named(byte[] classFile, List<String> names) {
    String constants = new String(classFile, StandardCharsets.ISO_8859_1);
    return names.stream().filter(constants::contains).toList();
  }

  private static List<Path> classesIn(String directory) throws IOException, URISyntaxException {
    Path root = Path.of(Reply.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.list(root.resolve(directory))) {
      return files.filter(file -> file.toString().endsWith(".class")).toList();
    }
  }
}
