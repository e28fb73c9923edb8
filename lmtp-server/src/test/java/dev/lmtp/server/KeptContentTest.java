package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeptContentTest {

  private static final String MESSAGE = "Subject: a\r\nTo: b\r\n\r\nfirst\r\n\r\nlast\r\n";

  @TempDir Path directory;
  private KeptContent.Place onDisk;

  @BeforeEach
  void place() {
    onDisk = new KeptContent.Place(0, directory);
  }

  private static IncomingMessage message(byte[]... pieces) {
    return Arrival.of("one").message(Arrival.content(List.of(pieces)));
  }

  private static String text(Content content) throws IOException {
    return new String(content.bytes(), StandardCharsets.ISO_8859_1);
  }

  /** Every way to read it, held against the octets. */
  private static void check(byte[] expected, Content content) throws IOException {
    assertEquals(expected.length, content.size());
    assertArrayEquals(expected, content.bytes());
    assertArrayEquals(expected, content.stream().readAllBytes());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertEquals(expected.length, content.transferTo(Channels.newChannel(out)));
    assertArrayEquals(expected, out.toByteArray());
    ByteBuffer small = ByteBuffer.allocate(7);
    ByteArrayOutputStream slow = new ByteArrayOutputStream();
    try (var channel = content.channel()) {
      while (channel.read(small.clear()) >= 0) {
        slow.write(small.array(), 0, small.position());
      }
    }
    assertArrayEquals(expected, slow.toByteArray());
    if (content.buffers().isPresent()) {
      ByteBuffer joined = ByteBuffer.allocate(expected.length);
      content.buffers().get().forEach(joined::put);
      assertArrayEquals(expected, joined.array());
    }
  }

  @Property(tries = 200)
  void everyWayReadsTheSameFromMemoryAndFile(
      @ForAll @IntRange(max = 40_000) int size,
      @ForAll @IntRange(max = 40_000) int memory,
      @ForAll long seed)
      throws Exception {
    Random random = new Random(seed);
    byte[] octets = new byte[size];
    random.nextBytes(octets);
    List<byte[]> pieces = new ArrayList<>();
    for (int from = 0; from < size; ) {
      int to = Math.min(size, from + 1 + random.nextInt(9_000));
      pieces.add(Arrays.copyOfRange(octets, from, to));
      from = to;
    }
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    Path place = Path.of(System.getProperty("java.io.tmpdir"));
    try (KeptContent kept =
        message(pieces.toArray(new byte[0][])).keep(new KeptContent.Place(memory, place), digest)) {
      check(octets, kept.whole());
      assertEquals(size <= memory, kept.whole().buffers().isPresent());
      int from = random.nextInt(size + 1);
      int to = from + random.nextInt(size - from + 1);
      check(Arrays.copyOfRange(octets, from, to), kept.whole().range(from, to));
    }
    assertArrayEquals(
        MessageDigest.getInstance("SHA-256").digest(octets), digest.digest(), "read once");
  }

  @ParameterizedTest
  @CsvSource({
    "'a: b~c: d~~e~~f', 'a: b~c: d~', 'e~~f'",
    "'~e~', '', 'e~'",
    "'a: b~', 'a: b~', ''",
    "'a: b', 'a: b', ''",
    "'', '', ''",
    "'a: b~~', 'a: b~', ''",
    "'a: b~ ~c: d~~e', 'a: b~ ~c: d~', 'e'",
  })
  @DisplayName("RFC 5322 section 2.1: the first empty line parts header and body, at every cut")
  void headerAndBody(String message, String header, String body) throws IOException {
    String text = message.replace("~", "\r\n");
    for (int cut = 0; cut <= text.length(); cut++) {
      byte[] first = Arrival.bytes(text.substring(0, cut));
      byte[] second = Arrival.bytes(text.substring(cut));
      for (KeptContent.Place place : List.of(KeptContent.Place.DEFAULT, onDisk)) {
        try (KeptContent kept = message(first, second).keep(place)) {
          assertEquals(header.replace("~", "\r\n"), text(kept.header()));
          assertEquals(body.replace("~", "\r\n"), text(kept.body()));
        }
      }
    }
  }

  @Test
  void theFileHasNoNameAndGoesWithTheContent() throws IOException {
    KeptContent kept = message(Arrival.bytes(MESSAGE)).keep(onDisk);
    assertTrue(kept.whole().buffers().isEmpty());
    assertEquals(List.of(), new Spool(directory).files());
    assertEquals("rw-------", permissions(directory));
    kept.close();
    assertThrows(IOException.class, () -> kept.whole().bytes());
  }

  /** Of the file that was opened in a directory, as the kernel shows it. */
  private static String permissions(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      for (Path file : files.toList()) {
        if (Files.isRegularFile(file)
            && Files.readSymbolicLink(file).toString().startsWith(directory + "/lmtp-")) {
          return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        }
      }
    }
    throw new AssertionError("no open file in " + directory);
  }

  @Test
  @DisplayName("H21: a content that breaks off leaves nothing, neither file nor descriptor")
  void brokenOff() throws IOException {
    byte[] half = new byte[100_000];
    long before = openFiles();
    for (int i = 0; i < 50; i++) {
      IncomingMessage message =
          Arrival.of("one").message(Arrival.abortedBehind(List.of(half, half)));
      assertThrows(ContentAbortedException.class, () -> message.keep(onDisk));
    }
    assertEquals(List.of(), new Spool(directory).files());
    assertTrue(openFiles() < before + 25, "descriptors");
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  @Test
  @DisplayName("H75: a full disk is an IOException, and leaves nothing")
  void fullDisk() throws IOException {
    try (Mount mount = Mount.tmpfs(Files.createDirectory(directory.resolve("small")), "size=64k")) {
      IncomingMessage message = message(new byte[200_000]);
      KeptContent.Place place = new KeptContent.Place(0, mount.directory());
      assertThrows(IOException.class, () -> message.keep(place));
      assertEquals(List.of(), new Spool(mount.directory()).files());
      assertEquals(65_536, Files.getFileStore(mount.directory()).getUsableSpace());
    }
  }

  @Test
  void severalThreadsReadAtOnce() throws Exception {
    byte[] octets = new byte[300_000];
    new Random(8).nextBytes(octets);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (KeptContent kept = message(octets).keep(onDisk)) {
      Callable<byte[]> reading = () -> kept.whole().stream().readAllBytes();
      for (Future<byte[]> read : threads.invokeAll(List.of(reading, reading, reading, reading))) {
        assertArrayEquals(octets, read.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @DisplayName(
      "a view behind fields, in memory and on disk; its Return-Path takes the old one's place")
  void behindFields() throws IOException {
    TraceFields received = TraceFields.NONE.with("X-One", "1");
    TraceFields delivered = received.withReturnPath(Arrival.SENDER);
    String body = MESSAGE.substring(MESSAGE.indexOf("\r\n\r\n"));
    String message = "Return-Path: <old>\r\nSubject: a\r\nreturn-PATH:\r\n <b>\r\nTo: c" + body;
    for (KeptContent.Place place : List.of(KeptContent.Place.DEFAULT, onDisk)) {
      try (KeptContent kept = message(Arrival.bytes(message)).keep(place)) {
        check(Arrival.bytes("X-One: 1\r\n" + message), kept.whole().with(received));
        String top = "X-One: 1\r\nReturn-Path: <sender@example.net>\r\n";
        Content behind = kept.whole().with(delivered);
        check(Arrival.bytes(top + "Subject: a\r\nTo: c" + body), behind);
        check(Arrival.bytes("X-One: 1\r\n" + text(behind)), behind.with(received));
        Path file = directory.resolve("copy");
        try (FileChannel copy =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          behind.transferTo(copy);
        }
        assertArrayEquals(behind.bytes(), Files.readAllBytes(file));
        Files.delete(file);
      }
    }
  }

  @Test
  void lineFeedsForCommandsOfUnix() throws IOException {
    for (String text : List.of("", "\r", "a\r\n", "\r\r\n\r", "x".repeat(8_191) + "\r\n\r\nx\n")) {
      try (KeptContent kept = message(Arrival.bytes(text)).keep()) {
        byte[] expected = Arrival.bytes(text.replace("\r\n", "\n"));
        assertArrayEquals(expected, kept.whole().stream(LineEnding.LF).readAllBytes());
        ByteArrayOutputStream single = new ByteArrayOutputStream();
        try (var stream = kept.whole().stream(LineEnding.LF)) {
          for (int octet = stream.read(); octet >= 0; octet = stream.read()) {
            single.write(octet);
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        assertArrayEquals(expected, single.toByteArray());
      }
    }
  }

  @Test
  void aPartOfTheMessageIsAMessage() throws IOException {
    Arrival arrival = Arrival.of("one", "two", "three");
    IncomingMessage message = arrival.message(Arrival.content(List.of(Arrival.bytes(MESSAGE))));
    try (KeptContent kept = message.keep()) {
      List<Recipient> some = message.recipients().subList(1, 3);
      IncomingMessage part = message.part(kept.body(), some);
      assertEquals(some, part.recipients());
      assertArrayEquals(kept.body().bytes(), part.stream().readAllBytes());
      part.replyAll(DeliveryAgent.RECIPIENT_OK);
      assertEquals(List.of(1, 2), arrival.order());
      assertThrows(IllegalArgumentException.class, () -> message.part(kept.body(), List.of()));
    }
  }
}
