package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program's command line; that it serves is shown with real peers. */
class ServeTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) throws InterruptedException {
    return Serve.run(
        args,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--discard",
        "--listen unix:/tmp/x",
        "--listen",
        "--listen smtp:there --discard",
        "--listen unix:/tmp/x --discard --maildir /tmp/%n",
        "--listen unix:/tmp/x --maildir /tmp/%q",
        "--listen unix:/tmp/x --discard --max-size 1000",
        "--listen unix:/tmp/x --discard --max-connections 0",
        "--listen unix:/tmp/x --discard --offer frob",
        "--listen unix:/tmp/x --discard --profile lax",
        "--listen unix:/tmp/x --maildir /tmp/%u --offer dsn",
        "--listen unix:/tmp/x --discard --idle-timeout soon",
        "--listen unix:/tmp/x --discard --protocol uucp",
        "--listen unix:/tmp/x --discard --socket-mode 999",
        "--listen unix:/tmp/x --discard --quick",
        "--listen inet:127.0.0.1:25 --discard",
      })
  void wrongUseIsExplainedInOneLine(String args) throws InterruptedException {
    assertEquals(64, run(args.isEmpty() ? new String[0] : args.split(" ")), args);
    assertEquals(1, err.toString(StandardCharsets.UTF_8).lines().count(), args);
    assertEquals("", out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void helpNamesEveryOption() throws InterruptedException {
    assertEquals(0, run("--help"));
    String help = out.toString(StandardCharsets.UTF_8);
    for (String option :
        "--listen --maildir --discard --protocol --line-ending --quota --max-size --offer --profile --max-connections --max-per-peer --idle-timeout --hostname --socket-mode --verbose"
            .split(" ")) {
      assertTrue(help.contains(option + " "), option);
    }
    help.lines().forEach(line -> assertTrue(line.length() <= 90, line));
  }

  @Test
  void anAddressThatCannotBeHad(@TempDir Path folder) throws InterruptedException {
    String missing = "unix:" + folder.resolve("missing/s");
    assertEquals(69, run("--listen", missing, "--discard"));
    String said = err.toString(StandardCharsets.UTF_8);
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.contains(missing), said);
  }
}
