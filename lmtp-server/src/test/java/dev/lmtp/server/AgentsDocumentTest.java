package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What docs/agents.md shows is what the build compiles. */
class AgentsDocumentTest {

  @Test
  void everyExampleIsCompiled() throws IOException {
    List<String> compiled = new ArrayList<>();
    for (String example :
        List.of(
            "DirectoryAgent", "DatabaseAgent", "KeepingExample", "LimitedAgent", "ProxyAgent")) {
      compiled.addAll(
          ReadmeTest.compiled("lmtp-server", "server/example/" + example + ".java", "agents.md"));
    }
    compiled.addAll(
        ReadmeTest.compiled(
            "lmtp-server", "server/example/RecordingExampleTest.java", "agents.md"));
    assertEquals(compiled, ReadmeTest.shown("docs/agents.md"));
  }
}
