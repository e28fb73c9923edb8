package dev.lmtp.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.client.LmtpClient.Chunking;
import dev.lmtp.client.LmtpClient.LongLines;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.client.ScriptedPeer.Family;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Lines of more than 998 octets. */
class LongLinesTest {

  private static final int BLOCK = 64 * 1024;

  private enum Source {
    BYTES,
    PATH,
    STREAM
  }

  @TempDir Path folder;

  private MessageSource source(Source kind, String content) throws IOException {
    byte[] octets = content.getBytes(UTF_8);
    return switch (kind) {
      case BYTES -> MessageSource.of(octets);
      case PATH -> MessageSource.of(Files.write(folder.resolve("message"), octets));
      case STREAM -> MessageSource.of(new ByteArrayInputStream(octets));
    };
  }

  private static LmtpClient.Builder builder(ScriptedPeer server) throws IOException {
    return LmtpClient.builder(server.address()).helloName("here");
  }

  private static ScriptedPeer server(String expected, String... keywords) throws IOException {
    return ScriptedPeer.start(
        Family.UNIX,
        peer -> {
          peer.greet(keywords);
          assertEquals(expected, new String(peer.message("250 2.0.0 Ok"), UTF_8));
          peer.quit();
        });
  }

  @ParameterizedTest
  @EnumSource(Source.class)
  @DisplayName("H5: they are folded behind DATA; what Cyrus would take for the final dot is none")
  void folded(Source kind) throws Exception {
    // Cyrus looks for a dot at the start of each 8,189 octets of a line.
    String smuggled = "y".repeat(8_189) + ".\r\nMAIL FROM:<root@b>\r\n";
    String folded = "y".repeat(998) + ("\r\n " + "y".repeat(997)).repeat(7);
    String rest = "\r\n " + "y".repeat(8_189 - 998 - 7 * 997) + ".\r\nMAIL FROM:<root@b>\r\n";
    try (ScriptedPeer server = server("a: b\r\n\r\n" + folded + rest, "PIPELINING", "8BITMIME")) {
      assertTrue(
          builder(server)
              .build()
              .deliver(Envelope.of("a@b", "one@c"), source(kind, "a: b\r\n\r\n" + smuggled))
              .allAccepted());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "993, \u20acen|d",
    "994, \u20ace|nd",
    "995, \u20ac|end",
    "996, |\u20acend",
    "998, |\u20acend"
  })
  @DisplayName("H5: a line that shows its length only in the next block of a stream is folded too")
  void acrossBlocks(int column, String end) throws Exception {
    // The euro sign has three octets, two of which are in the next block.
    int before = BLOCK - 1 - column;
    String content = "x".repeat(before % 2) + "\r\n".repeat(before / 2) + "z".repeat(column);
    for (Source kind : Source.values()) {
      String expected = content + end.replace("|", "\r\n ") + "\r\n";
      try (ScriptedPeer server = server(expected, "PIPELINING", "8BITMIME")) {
        assertTrue(
            builder(server)
                .build()
                .deliver(
                    Envelope.of("a@b", "one@c"),
                    source(kind, content + end.replace("|", "") + "\r\n"))
                .allAccepted());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FOLD,   WHEN_OFFERED, CHUNKING, 1502, BDAT",
    "REFUSE, WHEN_OFFERED, CHUNKING, 1502, BDAT",
    "FOLD,   NEVER,        CHUNKING, 1505, DATA",
    "FOLD,   WHEN_OFFERED, SMTPUTF8, 1505, DATA",
    "SEND,   WHEN_OFFERED, SMTPUTF8, 1502, DATA",
  })
  @DisplayName(
      "H5 E3 E5: unchanged in a chunk and where so wanted; the size that is sent is declared")
  void declared(LongLines policy, Chunking chunking, String keyword, int size, String verb)
      throws Exception {
    String content = "x".repeat(1_500) + "\r\n";
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING", "SIZE", keyword);
              peer.expect("MAIL FROM:<a@b> SIZE=" + size);
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("250 2.1.5 Ok");
              String command = peer.line();
              assertTrue(command.startsWith(verb), command);
              if (verb.equals("DATA")) {
                peer.say("354 Go on");
              }
              byte[] received = verb.equals("DATA") ? peer.dotted() : peer.octets(size);
              assertEquals(size, received.length);
              assertEquals(content, new String(received, UTF_8).replace("\r\n ", ""));
              peer.say("250 2.0.0 Ok");
              peer.quit();
            })) {
      LmtpClient client = builder(server).longLines(policy).chunking(chunking).build();
      assertTrue(
          client.deliver(Envelope.of("a@b", "one@c"), source(Source.BYTES, content)).allAccepted());
    }
  }

  @Test
  @DisplayName("H5: refused before the server hears of it, a stream by cutting it off")
  void refused() throws Exception {
    String content = "x".repeat(999) + "\r\n";
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.quit();
            },
            peer -> {
              peer.greet();
              peer.envelope(1);
              peer.expect("DATA");
              peer.say("354 Go on");
              assertEquals(0, peer.rest());
            })) {
      LmtpClient client = builder(server).longLines(LongLines.REFUSE).build();
      for (Source kind : new Source[] {Source.BYTES, Source.STREAM}) {
        LmtpException e =
            assertThrows(
                LmtpException.class,
                () -> client.deliver(Envelope.of("a@b", "one@c"), source(kind, content)));
        assertEquals(Kind.CONTENT, e.kind());
        assertTrue(e.getMessage().contains("4.5.3.1.6"), e::getMessage);
      }
    }
  }
}
