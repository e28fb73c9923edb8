package dev.lmtp.testing.peer;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assertions;

/** A jar of ours that is a program, run on the JDK that runs the tests. */
public final class StandaloneJar {
  private StandaloneJar() {}

  /** The words that start the jar whose path this system property holds. */
  public static List<String> command(String property) {
    String jar = System.getProperty(property);
    Assertions.assertNotNull(jar, "the system property " + property + " names a standalone jar");
    return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", jar);
  }
}
