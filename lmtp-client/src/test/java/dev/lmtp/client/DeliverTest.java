package dev.lmtp.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.client.ScriptedPeer.Family;
import dev.lmtp.client.ScriptedPeer.Script;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program, run as a user does: arguments in, lines and an exit code out. */
class DeliverTest {

  private record Run(int code, String out, String err) {
    void isOneError(int expected) {
      isOneError(expected, "");
    }

    void isOneError(int expected, String beginningOfOut) {
      assertEquals(expected, code, err);
      assertEquals(beginningOfOut.isEmpty() ? 0 : 1, out.lines().count(), out);
      assertTrue(out.startsWith(beginningOfOut), out);
      assertEquals(1, err.lines().count(), err);
      assertTrue(err.startsWith("lmtp-client: "), err);
    }
  }

  private static Run run(InputStream in, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Deliver.run(
            args,
            in,
            new PrintStream(out, true, ISO_8859_1),
            new PrintStream(err, true, ISO_8859_1));
    return new Run(code, out.toString(ISO_8859_1), err.toString(ISO_8859_1));
  }

  private static Run run(Script script, String message, String... args) throws IOException {
    try (ScriptedPeer server = ScriptedPeer.start(Family.UNIX, script)) {
      List<String> all = new ArrayList<>(List.of("--to", server.address()));
      all.addAll(List.of(args));
      return run(
          new ByteArrayInputStream(message.getBytes(ISO_8859_1)), all.toArray(String[]::new));
    }
  }

  private static void hello(ScriptedPeer.Connection peer, String... keywords) throws IOException {
    peer.say("220 there LMTP");
    peer.expectStart("LHLO ");
    peer.offer(keywords);
  }

  @Test
  void accepted() throws Exception {
    Run run =
        run(
            peer -> {
              hello(peer, "PIPELINING", "SIZE");
              // Standard input is streamed, so its size is not known.
              peer.expect("MAIL FROM:<charles@example.org>");
              peer.say("250 2.1.0 Ok");
              peer.expect("RCPT TO:<ada@example.org>");
              peer.say("250 2.1.5 Ok");
              peer.expect("RCPT TO:<\"grace h\"@example.org>");
              peer.say("250 2.1.5 Ok");
              assertEquals("Subject: x\r\n\r\nhi\r\n", new String(peer.content(), ISO_8859_1));
              peer.say("250 2.0.0 Stored as 1", "250");
              peer.quit();
            },
            "Subject: x\n\nhi\n",
            "--from",
            "charles@example.org",
            "ada@example.org",
            "<\"grace h\"@example.org>");
    assertEquals(
        """
        ada@example.org accepted 250 2.0.0 Stored as 1
        "grace h"@example.org accepted 250 - -
        """,
        run.out());
    assertEquals(0, run.code());
    assertEquals("", run.err());
  }

  @ParameterizedTest
  @CsvSource({"fold, 1002, 0", "send, 999, 0", "refuse, 0, 65"})
  void longLines(String policy, int length, int code) throws Exception {
    Run run =
        run(
            peer -> {
              hello(peer);
              peer.envelope(1);
              peer.expect("DATA");
              peer.say("354 Go on");
              if (length > 0) {
                assertEquals(length + 2, peer.dotted().length);
                peer.say("250 2.0.0 Ok");
                peer.quit();
              }
            },
            "x".repeat(999) + "\n",
            "--long-lines",
            policy,
            "ada@example.org");
    assertEquals(code, run.code());
  }

  @ParameterizedTest
  @CsvSource({
    "550 5.1.1 No, 250 2.0.0 Ok, 69",
    "550 5.1.1 No, 550 5.1.1 No, 69",
    "550 5.1.1 No, 450 4.2.1 Later, 75",
    "452 4.2.2 Full, 250 2.0.0 Ok, 75",
    "250 2.0.0 Ok, 250 2.0.0 Ok, 0"
  })
  void exitCodes(String first, String second, int code) throws Exception {
    Run run =
        run(
            peer -> {
              hello(peer);
              peer.message(first, second);
              peer.quit();
            },
            "x",
            "ada",
            "grace");
    assertEquals(code, run.code());
    assertEquals(2, run.out().lines().count());
    assertEquals("", run.err());
  }

  @Test
  @DisplayName("L5: what is unknown or not sent is to be tried again, and says so")
  void withoutReply() throws Exception {
    Run unknown =
        run(
            peer -> {
              hello(peer, "PIPELINING");
              peer.expect("MAIL FROM:<>");
              peer.say("250 2.1.0 Ok");
              peer.expect("RCPT TO:<nobody>");
              peer.say("550 5.1.1 No");
              peer.expect("RCPT TO:<ada>");
              peer.say("250 2.1.5 Ok");
              peer.expect("RCPT TO:<grace>");
              peer.say("250 2.1.5 Ok");
              peer.content();
              peer.say("250 2.0.0 Ok");
            },
            "x",
            "--from",
            "<>",
            "--",
            "nobody",
            "ada",
            "grace");
    assertEquals(
        """
        nobody rejected 550 5.1.1 No
        ada accepted 250 2.0.0 Ok
        grace unknown - - connection closed by peer
        """,
        unknown.out());
    assertEquals(75, unknown.code());

    Run notSent =
        run(
            peer -> {
              hello(peer);
              peer.expect("MAIL FROM:<>");
            },
            "x",
            "ada");
    assertEquals("ada not-sent - - connection closed by peer\n", notSent.out());
    assertEquals(75, notSent.code());
  }

  @Test
  @DisplayName("H34: --verbose shows the dialogue, one clean line each, content as its size")
  void verbose() throws Exception {
    Run run =
        run(
            peer -> {
              hello(peer, "PIPELINING");
              peer.expectStart("MAIL");
              peer.raw("250 2.1.0 \u0007O");
              peer.raw("k\u00e9\r\n");
              peer.expectStart("RCPT");
              peer.say("250 2.1.5 Ok");
              peer.content();
              peer.say("250 2.0.0 Ok");
              peer.quit();
            },
            ".x\n",
            "--verbose",
            "ada");
    String dialogue = run.err().replaceAll("LHLO \\S+", "LHLO name").replace("\r", "");
    assertEquals(
        """
        S: 220 there LMTP
        C: LHLO name
        S: 250-there
        S: 250-PIPELINING
        S: 250 ENHANCEDSTATUSCODES
        C: MAIL FROM:<>
        C: RCPT TO:<ada>
        C: DATA
        S: 250 2.1.0 ?Ok?
        S: 250 2.1.5 Ok
        S: 354 Go on
        C: [5 octets of content]
        C: .
        S: 250 2.0.0 Ok
        C: QUIT
        S: 221 2.0.0 Bye
        """,
        dialogue);
    assertEquals("ada accepted 250 2.0.0 Ok\n", run.out());
  }

  @Test
  void smtp() throws Exception {
    Run run =
        run(
            peer -> {
              peer.say("220 there ESMTP");
              peer.expectStart("EHLO ");
              peer.offer("PIPELINING");
              peer.envelope(2);
              peer.content();
              peer.say("250 2.0.0 Queued");
              peer.quit();
            },
            "x",
            "--protocol",
            "smtp",
            "ada",
            "grace");
    assertEquals("ada accepted 250 2.0.0 Queued\ngrace accepted 250 2.0.0 Queued\n", run.out());
    assertEquals(0, run.code());
  }

  @Test
  @DisplayName("E7 E10: parameters as on the wire, sent where they are offered")
  void parameters() throws Exception {
    String[] args = {
      "--mail-parameter", "ret=HDRS", "--mail-parameter", "MT-PRIORITY=3",
      "--rcpt-parameter", "NOTIFY=SUCCESS,FAILURE", "ada", "grace"
    };
    Run run =
        run(
            peer -> {
              hello(peer, "DSN");
              peer.expect("MAIL FROM:<> RET=HDRS");
              peer.say("250 2.1.0 Ok");
              for (String name : List.of("ada", "grace")) {
                peer.expect("RCPT TO:<" + name + "> NOTIFY=SUCCESS,FAILURE");
                peer.say("250 2.1.5 Ok");
              }
              peer.content();
              peer.say("250 2.0.0 Ok", "250 2.0.0 Ok");
              peer.quit();
            },
            "x",
            args);
    assertEquals(0, run.code());
    Run essential =
        run(
            peer -> {
              hello(peer);
              peer.quit();
            },
            "x",
            "--mail-parameter",
            "REQUIRETLS",
            "ada");
    assertEquals("ada rejected - - the server does not offer REQUIRETLS\n", essential.out());
    assertEquals(69, essential.code());
  }

  @ParameterizedTest
  @CsvSource({
    "--mail-parameter, NOTIFY=NEVER",
    "--rcpt-parameter, RET=FULL",
    "--mail-parameter, X-OWN=1",
    "--mail-parameter, RET=SOME",
    "--mail-parameter, ENVID",
    "--mail-parameter, ENVID=",
    "--mail-parameter, REQUIRETLS=",
    "--mail-parameter, REQUIRETLS=yes",
    "--mail-parameter, ''",
    "--mail-parameter, 'SIZE=1\n2'",
    "--mail-parameter, SIZE=1 --mail-parameter SIZE=2",
    "--mail-parameter, HOLDFOR=1 --mail-parameter HOLDUNTIL=2030-01-01T00:00:00Z"
  })
  void unknownParameters(String option, String values) {
    List<String> args = new ArrayList<>(List.of("--to", "unix:/x", option));
    args.addAll(List.of(values.split(" ")));
    args.add("ada");
    run(InputStream.nullInputStream(), args.toArray(String[]::new)).isOneError(64);
  }

  @Test
  void refusedOrNoConnection() throws Exception {
    Script no =
        peer -> {
          peer.say("554 5.3.2 No mail here");
          peer.quit();
        };
    run(no, "x", "ada").isOneError(69, "ada rejected 554 5.3.2 No mail here\n");
    Script later =
        peer -> {
          peer.say("421 4.3.2 Too busy");
          peer.end();
        };
    run(later, "x", "ada").isOneError(75, "ada deferred 421 4.3.2 Too busy\n");
    Script notLmtp =
        peer -> {
          peer.say("220 there ESMTP");
          peer.expectStart("LHLO ");
          peer.say("500 5.5.1 What?");
          peer.quit();
        };
    run(notLmtp, "x", "ada").isOneError(76, "ada not-sent - - unix:");
    Script garbage =
        peer -> {
          peer.say("SSH-2.0-x");
          peer.end();
        };
    run(garbage, "x", "ada").isOneError(76, "ada not-sent - - unix:");
    run(InputStream.nullInputStream(), "--to", "unix:/missing/socket", "ada")
        .isOneError(75, "ada not-sent - - ");
  }

  @Test
  @DisplayName("E4: octets above 127 for a server without 8BITMIME are bad data")
  void badData() throws Exception {
    Script script =
        peer -> {
          hello(peer);
          peer.envelope(1);
          peer.expect("DATA");
          peer.say("354 Go on");
          peer.end();
        };
    run(script, "\u00e9", "ada").isOneError(65, "ada not-sent - - ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ada",
        "--to",
        "--to unix:/x",
        "--to /x ada",
        "--to unix: ada",
        "--to inet:mx.example:25 ada",
        "--to unix:/x --protocol esmtp ada",
        "--to unix:/x --from a@b@c ada",
        "--to unix:/x --form a@b ada",
        "--to unix:/x a@b@c",
        "--to unix:/x -- --verbose@",
        "--to unix:/x -v ada"
      })
  @DisplayName("H30: wrong use is one line and 64")
  void wrongUse(String line) {
    String[] args = line.isEmpty() ? new String[0] : line.split(" ");
    run(InputStream.nullInputStream(), args).isOneError(64);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ada\r\nQUIT", "ada\u0000", "-\n", "ad\u0085"})
  @DisplayName("H30: no argument can forge a command or a line")
  void hostileArguments(String argument) {
    run(InputStream.nullInputStream(), "--to", "unix:/x", argument).isOneError(64);
    run(InputStream.nullInputStream(), "--to", "unix:/x", "--from", argument, "ada").isOneError(64);
    run(InputStream.nullInputStream(), "--to", argument, "ada").isOneError(64);
    run(InputStream.nullInputStream(), "--to", "unix:/x", "--protocol", argument, "ada")
        .isOneError(64);
  }

  @Test
  @DisplayName("a file that cannot be read is named, with the reason")
  void unreadableFiles(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("f");
    for (String reason : List.of("no such file", "not UTF-8", "is empty")) {
      Run run =
          run(
              InputStream.nullInputStream(),
              ("--to unix:/x --user ada ada --password-file " + file).split(" "));
      run.isOneError(64);
      assertTrue(run.err().contains(file.toString()) && run.err().contains(reason), run.err());
      Files.write(file, reason.startsWith("no ") ? new byte[] {(byte) 0xff} : new byte[0]);
    }
  }

  @Test
  void help() {
    Run run = run(InputStream.nullInputStream(), "--help");
    assertEquals(0, run.code());
    assertEquals("", run.err());
    for (String part :
        List.of("--to", "--protocol", "--from", "--mail-parameter", "--verbose", "69")) {
      assertTrue(run.out().contains(part), part);
    }
    run.out().lines().forEach(text -> assertTrue(text.length() <= 80, text));
  }
}
