package dev.lmtp.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lmtp.client.ScriptedPeer.Family;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's client runs, against a server and a file that are here. */
class ReadmeClientExampleTest {

  @Test
  void runs(@TempDir Path folder) throws Exception {
    Path message =
        Files.writeString(folder.resolve("message.eml"), "Subject: Engine\r\n\r\nhi\r\n");
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.say("220 there LMTP");
              peer.expectStart("LHLO");
              peer.offer("PIPELINING", "SIZE");
              peer.expect("MAIL FROM:<charles@example.org> SIZE=23");
              peer.say("250 2.1.0 Ok");
              peer.expect("RCPT TO:<ada@example.org>");
              peer.say("250 2.1.5 Ok");
              peer.expect("RCPT TO:<grace@example.org>");
              peer.say("550 5.1.1 No such user");
              assertEquals("Subject: Engine\r\n\r\nhi\r\n", new String(peer.content(), UTF_8));
              peer.say("250 2.0.0 Stored");
              peer.quit();
            })) {
      Method run = compile(folder, server.address(), message).getDeclaredMethod("run");
      run.setAccessible(true);
      PrintStream stdout = System.out;
      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      System.setOut(new PrintStream(printed, true, UTF_8));
      try {
        run.invoke(null);
      } finally {
        System.setOut(stdout);
      }
      assertEquals(
          "<ada@example.org> has it\n<grace@example.org> never: No such user\n",
          printed.toString(UTF_8));
    }
  }

  /** Compiles the example with other addresses than the README's. */
  private static Class<?> compile(Path folder, String address, Path message) throws Exception {
    String source =
        Files.readString(Path.of("src/test/java/dev/lmtp/client/ReadmeClientExample.java"))
            .replace("ReadmeClientExample", "Example")
            .replace("unix:/run/lmtp.sock", address)
            .replace("message.eml", message.toString());
    Path file = Files.writeString(folder.resolve("Example.java"), source);
    String classPath = System.getProperty("java.class.path");
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", classPath, "-d", folder.toString(), file.toString());
    assertEquals(0, status);
    return new Loader(folder).loadClass("dev.lmtp.client.Example");
  }

  private static final class Loader extends URLClassLoader {
    Loader(Path folder) throws IOException {
      super(new URL[] {folder.toUri().toURL()}, ReadmeClientExampleTest.class.getClassLoader());
    }
  }
}
