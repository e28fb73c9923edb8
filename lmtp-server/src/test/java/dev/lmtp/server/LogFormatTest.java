package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated
class LogFormatTest {

  @RepeatedTest(20)
  @DisplayName("what is told while the program ends is told behind the log manager's own hook too")
  void outlastsShutdown() throws IOException {
    PrintStream standard = System.err;
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
    try {
      LogFormat.install(false);
      Thread hook = new Thread(LogManager.getLogManager()::reset);
      hook.start();
      LogFormat.outlastShutdown();
      System.Logger log = System.getLogger("dev.lmtp.server");
      log.log(Level.WARNING, "cut off");
      log.log(Level.DEBUG, "of no interest");
    } finally {
      System.setErr(standard);
      LogManager.getLogManager().readConfiguration();
    }
    String line = told.toString(StandardCharsets.UTF_8);
    assertEquals("WARNING cut off\n", line.substring(line.indexOf(' ') + 1));
  }
}
