package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.sasl.StoredPassword;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
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
        "--listen unix:/tmp/x --discard --max-errors 19",
        "--listen unix:/tmp/x --discard --offer frob",
        "--listen unix:/tmp/x --discard --profile lax",
        "--listen unix:/tmp/x --maildir /tmp/%u --offer dsn",
        "--listen unix:/tmp/x --discard --idle-timeout soon",
        "--listen unix:/tmp/x --discard --protocol uucp",
        "--listen unix:/tmp/x --discard --socket-mode 999",
        "--listen unix:/tmp/x --discard --quick",
        "--listen inet:127.0.0.1:25 --discard",
        "--listen unix:/tmp/x --discard --tls required",
        "--listen unix:/tmp/x --discard --tls-cert /tmp/none",
        "--listen unix:/tmp/x --discard --auth required",
        "--listen unix:/tmp/x --discard --trust unix",
        "--listen unix:/tmp/x --discard --trust unix=everything",
        "--listen unix:/tmp/x --discard --trust host.example=proxy",
        "--make-password a:b",
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
        "--listen --maildir --discard --protocol --line-ending --quota --max-size --offer --profile --max-connections --max-per-peer --max-errors --max-idle-commands --idle-timeout --hostname --socket-mode --tls-cert --tls-key --tls --tls-client-ca --auth-file --auth --trust --make-password --verbose"
            .split(" ")) {
      assertTrue(help.contains(option + " "), option);
    }
    help.lines().forEach(line -> assertTrue(line.length() <= 90, line));
  }

  @Test
  @DisplayName("E8 a line for the file of passwords, and what it takes then")
  void password(@TempDir Path folder) throws Exception {
    byte[] typed = "s\u00e9cret\nmore\n".getBytes(StandardCharsets.UTF_8);
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertEquals(0, Serve.makePassword("joe", new ByteArrayInputStream(typed), to, to));
    String line = out.toString(StandardCharsets.UTF_8);
    assertTrue(line.startsWith("joe:{SCRAM-SHA-256}15000,"), line);
    PasswordFile file = PasswordFile.read(Files.writeString(folder.resolve("p"), line));
    assertEquals(
        List.of("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"),
        List.of(file.mechanisms()));
    assertTrue(StoredPassword.parse(line.substring(4).strip()).verify("s\u00e9cret".toCharArray()));
  }

  @Test
  void filesThatCannotBeRead(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("f");
    String socket = "unix:" + folder.resolve("s");
    for (String reason : List.of("no such file", "not UTF-8")) {
      assertEquals(69, run("--listen", socket, "--discard", "--auth-file", file.toString()));
      assertEquals(
          "lmtp-server: " + file + ": " + reason + "\n", err.toString(StandardCharsets.UTF_8));
      err.reset();
      Files.write(file, new byte[] {(byte) 0xff});
    }
    String missing = folder.resolve("cert").toString();
    run("--listen", socket, "--discard", "--tls-cert", missing, "--tls-key", file.toString());
    assertEquals(
        "lmtp-server: " + missing + ": no such file\n", err.toString(StandardCharsets.UTF_8));
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
