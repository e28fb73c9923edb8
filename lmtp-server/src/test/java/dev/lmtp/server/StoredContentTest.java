package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Content as stored, against the shortest description of it: {@code replace("\r\n", "\n")}. */
class StoredContentTest {

  private Path root;

  @BeforeEach
  @BeforeProperty
  void makeMailboxes() throws IOException {
    root = Files.createTempDirectory("stored-content");
    Files.createDirectory(root.resolve("one"));
    Files.createDirectory(root.resolve("two"));
  }

  @AfterEach
  @AfterProperty
  void removeMailboxes() throws IOException {
    List<Path> all;
    try (Stream<Path> paths = Files.walk(root)) {
      all = new ArrayList<>(paths.toList());
    }
    for (int i = all.size() - 1; i >= 0; i--) {
      Files.delete(all.get(i));
    }
  }

  private static String stored(String content, LineEnding end) {
    return end == LineEnding.LF ? content.replace("\r\n", "\n") : content;
  }

  /** Stores in both mailboxes, behind a head of its own each. */
  private void check(List<byte[]> pieces, String content, LineEnding end) throws IOException {
    IncomingMessage message = Arrival.of("one", "two").message(Arrival.content(pieces));
    try (StoredContent stored = new StoredContent(message, end);
        MaildirFile first = file("one");
        MaildirFile second = file("two")) {
      first.channel().write(ByteBuffer.wrap(Arrival.bytes("1")));
      stored.appendTo(first);
      second.channel().write(ByteBuffer.wrap(Arrival.bytes("twenty-two")));
      stored.appendTo(second);
      byte[] expected = Arrival.bytes(stored(content, end));
      assertArrayEquals(expected, behind(1, first.channel()));
      assertArrayEquals(expected, behind("twenty-two".length(), second.channel()));
    }
  }

  private MaildirFile file(String mailbox) throws IOException {
    Maildir maildir = new Maildir(root.resolve(mailbox));
    maildir.prepare();
    return MaildirFile.create(maildir, "mx");
  }

  private static byte[] behind(int head, FileChannel channel) throws IOException {
    assertEquals(channel.size(), channel.position());
    ByteBuffer bytes = ByteBuffer.allocate((int) channel.size() - head);
    while (bytes.hasRemaining() && channel.read(bytes, head + bytes.position()) > 0) {
      // goes on
    }
    return bytes.array();
  }

  private static List<byte[]> cut(String content, int... cuts) {
    List<byte[]> pieces = new ArrayList<>();
    int from = 0;
    for (int cut : cuts) {
      pieces.add(Arrival.bytes(content.substring(from, cut)));
      from = cut;
    }
    pieces.add(Arrival.bytes(content.substring(from)));
    return pieces;
  }

  @Test
  void everyShortContentAtEveryCut() throws IOException {
    int contents = 0;
    for (int length = 0; length <= 5; length++) {
      for (int number = 0; number < Math.pow(3, length); number++) {
        StringBuilder content = new StringBuilder();
        for (int i = 0, rest = number; i < length; i++, rest /= 3) {
          content.append("\r\nx".charAt(rest % 3));
        }
        for (int cut = 0; cut <= length; cut++) {
          check(cut(content.toString(), cut), content.toString(), LineEnding.LF);
        }
        contents++;
      }
    }
    assertEquals(1 + 3 + 9 + 27 + 81 + 243, contents);
  }

  @Test
  void aLineEndAcrossTheEndOfTheBuffer() throws IOException {
    for (int full : new int[] {8_192, 65_536, 65_536 + 65_536}) {
      for (int at = full - 4; at <= full + 4; at++) {
        for (String end : List.of("\r\n", "\r", "\r\r\n", "\n", "\r\n\r\n")) {
          String content = "x".repeat(at) + end + "more";
          check(cut(content), content, LineEnding.LF);
          check(cut(content, at + 1), content, LineEnding.LF);
          check(cut(content), content, LineEnding.CRLF);
        }
      }
    }
  }

  @Property(tries = 300)
  void anyContentInAnyPieces(
      @ForAll("contents") String content, @ForAll LineEnding end, @ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    int longest = 1 << (1 + random.nextInt(17));
    List<byte[]> pieces = new ArrayList<>();
    for (int from = 0; from < content.length(); ) {
      int to = Math.min(content.length(), from + 1 + random.nextInt(longest));
      pieces.add(Arrival.bytes(content.substring(from, to)));
      from = to;
    }

    check(pieces, content, end);
  }

  @Provide
  Arbitrary<String> contents() {
    Arbitrary<String> line =
        Arbitraries.of(
            "\r\n",
            "\r",
            "\n",
            "\r\r\n",
            ".\r\n",
            "text of a line\r\n",
            "\t\0\u00ff\u0080\r\n",
            "x".repeat(76) + "\r\n",
            "y".repeat(998) + "\r\n",
            "no end");
    return line.list()
        .ofMaxSize(60)
        .flatMap(
            lines ->
                Arbitraries.of(1, 1, 1, 20, 200)
                    .map(times -> String.join("", lines).repeat(times)));
  }

  @Test
  void readsNoMoreFromThePeerThanOnce() throws IOException {
    List<byte[]> pieces = cut("a\r\nb\r\n", 2, 4);
    int[] reads = {0};
    IncomingMessage.Source source = Arrival.content(pieces);
    IncomingMessage message =
        Arrival.of("one", "two")
            .message(
                () -> {
                  reads[0]++;
                  return source.next();
                });
    try (StoredContent stored = new StoredContent(message, LineEnding.LF);
        MaildirFile first = file("one");
        MaildirFile second = file("two")) {
      stored.appendTo(first);
      stored.appendTo(second);
    }
    assertEquals(pieces.size() + 1, reads[0]);
  }

  @Test
  void theFirstFileServesAsSourceWithoutItsName() throws IOException {
    IncomingMessage message =
        Arrival.of("one", "two").message(Arrival.content(cut("a\r\nb\r\n", 3)));
    try (StoredContent stored = new StoredContent(message, LineEnding.CRLF)) {
      try (MaildirFile first = file("one")) {
        stored.appendTo(first);
      }
      assertEquals(List.of(), new Spool(root).files());
      try (MaildirFile second = file("two")) {
        stored.appendTo(second);
        assertEquals(
            "a\r\nb\r\n", new String(behind(0, second.channel()), StandardCharsets.ISO_8859_1));
      }
    }
    assertEquals(List.of(), new Spool(root).files());
  }

  private String storedTwice(List<byte[]> pieces, LineEnding end) throws IOException {
    IncomingMessage message = Arrival.of("one", "two").message(Arrival.content(pieces));
    try (StoredContent stored = new StoredContent(message, end);
        MaildirFile first = file("one");
        MaildirFile second = file("two")) {
      stored.appendTo(first);
      stored.appendTo(second);
      byte[] text = behind(0, first.channel());
      assertArrayEquals(text, behind(0, second.channel()));
      return new String(text, StandardCharsets.ISO_8859_1);
    }
  }

  @ParameterizedTest
  @DisplayName("RFC 5321 section 4.4: a Return-Path that came is left out, where it is a field")
  @CsvSource({
    "'Return-Path: <a@b>~S: x~~b', 'S: x~~b'",
    "'S: x~RETURN-PATH :~\t<a>~ <b>~T: y~return-path:~~b', 'S: x~T: y~~b'",
    "'return-path: x~ ~~b', '~b'",
    "'S: x~~Return-Path: <a>~', 'S: x~~Return-Path: <a>~'",
    "'~Return-Path: <a>~', '~Return-Path: <a>~'",
    "'no field~Return-Path: <a>~~', 'no field~Return-Path: <a>~~'",
    "'S: x~ Return-Path: <a>~~', 'S: x~ Return-Path: <a>~~'",
    "'X-Return-Path: <a>~Return-Paths: b~~', 'X-Return-Path: <a>~Return-Paths: b~~'",
    "'Return-Path', 'Return-Path'",
    "'Return-Path: <a>~', 'Return-Path: <a>~'",
  })
  void returnPath(String content, String expected) throws IOException {
    String text = content.replace("~", "\r\n");
    for (int at = 0; at <= text.length(); at++) {
      assertEquals(
          expected.replace("~", "\r\n"), storedTwice(cut(text, at), LineEnding.CRLF), "cut " + at);
      assertEquals(expected.replace("~", "\n"), storedTwice(cut(text, at), LineEnding.LF));
    }
  }

  @Test
  @DisplayName("of a header without end the first 64 KiB are looked at")
  void returnPathFarBehind() throws IOException {
    for (int at : new int[] {20_000, 65_400, 70_000}) {
      String before = "S: " + "x".repeat(at - 5) + "\r\n";
      String content = before + "Return-Path: <a>\r\nT: y\r\n\r\n" + "z".repeat(100_000);
      String expected = at > 65_536 ? content : content.replace("Return-Path: <a>\r\n", "");
      assertEquals(expected, storedTwice(cut(content), LineEnding.CRLF), "at " + at);
    }
  }
}
