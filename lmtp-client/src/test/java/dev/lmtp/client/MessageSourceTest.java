package dev.lmtp.client;

import static dev.lmtp.client.DeliveryTest.client;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.BodyType;
import dev.lmtp.Envelope;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.client.LmtpClient.Chunking;
import dev.lmtp.client.LmtpClient.LineEnds;
import dev.lmtp.client.LmtpException.Kind;
import dev.lmtp.client.ScriptedPeer.Family;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of source at every size, and content that cannot be sent. */
class MessageSourceTest {

  private static final int BLOCK = 64 * 1024;

  private static final int[] SIZES = {
    0, 1, 2, 3, BLOCK - 3, BLOCK - 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 << 20
  };

  private enum Source {
    BYTES,
    PATH,
    STREAM,
    CHANNEL;

    /** Whether the content is looked through before it is sent. */
    boolean isKnown() {
      return this == BYTES || this == PATH;
    }
  }

  private enum Offer {
    NOTHING,
    CHUNKING
  }

  @TempDir Path folder;

  private MessageSource source(Source kind, byte[] content) throws IOException {
    return switch (kind) {
      case BYTES -> MessageSource.of(content);
      case PATH -> MessageSource.of(Files.write(folder.resolve("message"), content));
      case STREAM -> MessageSource.of(new ByteArrayInputStream(content));
      case CHANNEL -> MessageSource.of(Channels.newChannel(new ByteArrayInputStream(content)));
    };
  }

  /** So many octets in lines of CR LF, some with a dot in front; an odd one at the end is alone. */
  private static byte[] content(int size) {
    byte[] content = new byte[size];
    Arrays.fill(content, (byte) 'x');
    for (int i = 0; i + 1 < size; i += 70) {
      int end = i + 70 < size - 1 ? i + 68 : size - 2;
      content[i] = '.';
      content[end] = '\r';
      content[end + 1] = '\n';
    }
    return content;
  }

  static List<Arguments> everySourceAndSize() {
    List<Arguments> cases = new ArrayList<>();
    for (Source source : Source.values()) {
      for (int size : SIZES) {
        for (Offer offer : Offer.values()) {
          cases.add(Arguments.of(source, size, offer));
        }
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("everySourceAndSize")
  @DisplayName("E3 E5 H5: the server gets the octets, their declared number, in the best form")
  void everyOctet(Source kind, int size, Offer offer) throws Exception {
    byte[] content = content(size);
    byte[] expected = size == 1 ? new byte[] {'x', '\r', '\n'} : content;
    boolean chunked = offer == Offer.CHUNKING && kind.isKnown() && size != 1;
    Family family = size % 2 == 0 ? Family.UNIX : Family.TCP;
    try (ScriptedPeer server =
        ScriptedPeer.start(
            family,
            peer -> {
              peer.greet("PIPELINING", "SIZE", "8BITMIME", offer.name());
              String parameters = kind.isKnown() ? " SIZE=" + expected.length : " BODY=8BITMIME";
              peer.expect("MAIL FROM:<a@b>" + parameters);
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("250 2.1.5 Ok");
              String command = peer.line();
              byte[] received;
              if (chunked) {
                assertEquals("BDAT " + size + " LAST", command);
                received = peer.octets(size);
              } else {
                assertEquals("DATA", command);
                peer.say("354 Go on");
                received = peer.dotted();
              }
              assertArrayEquals(expected, received);
              peer.say("250 2.0.0 Ok");
              peer.quit();
            })) {
      assertTrue(
          client(server).deliver(Envelope.of("a@b", "one@c"), source(kind, content)).allAccepted());
    }
  }

  @Test
  void chunkingCanBeForbidden() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("CHUNKING");
              peer.envelope(1);
              peer.expect("DATA");
              peer.say("354 Go on");
              peer.dotted();
              peer.say("250 2.0.0 Ok");
              peer.quit();
            })) {
      LmtpClient client =
          LmtpClient.builder(server.address()).helloName("here").chunking(Chunking.NEVER).build();
      assertTrue(
          client
              .deliver(Envelope.of("a@b", "one@c"), MessageSource.of(content(100)))
              .allAccepted());
    }
  }

  @ParameterizedTest
  @EnumSource(Source.class)
  @DisplayName("H5: bare CRs and LFs are made line ends, and so never go as a chunk")
  void normalizes(Source kind) throws Exception {
    byte[] content = "a\nb\rc\r\n.\n\r\n\r".getBytes(ISO_8859_1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("CHUNKING", "SIZE");
              peer.expect("MAIL FROM:<a@b>" + (kind.isKnown() ? " SIZE=16" : ""));
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("250 2.1.5 Ok");
              peer.expect("DATA");
              peer.say("354 Go on");
              assertEquals("a\r\nb\r\nc\r\n.\r\n\r\n\r\n", new String(peer.dotted(), ISO_8859_1));
              peer.say("250 2.0.0 Ok");
              peer.quit();
            })) {
      assertTrue(
          client(server).deliver(Envelope.of("a@b", "one@c"), source(kind, content)).allAccepted());
    }
  }

  private static final Parameters BINARY = Parameters.of(Parameter.BODY, BodyType.BINARYMIME);

  /** Every octet, bare line ends and lone dots among them, and no line end at the end. */
  private static byte[] binary(int size) {
    byte[] content = new byte[size];
    for (int i = 0; i < size; i++) {
      content[i] = (byte) (i * i / 7);
    }
    return content;
  }

  static List<Arguments> everySourceAndBinarySize() {
    List<Arguments> cases = new ArrayList<>();
    for (Source source : Source.values()) {
      for (int size : new int[] {0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 1}) {
        cases.add(Arguments.of(source, size));
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("everySourceAndBinarySize")
  @DisplayName("E5: a BINARYMIME content arrives octet for octet, whatever is done with line ends")
  void binaryContent(Source kind, int size) throws Exception {
    byte[] content = binary(size);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            size % 2 == 0 ? Family.UNIX : Family.TCP,
            peer -> {
              peer.greet("PIPELINING", "SIZE", "CHUNKING", "BINARYMIME");
              String declared = kind.isKnown() ? " SIZE=" + size : "";
              peer.expect("MAIL FROM:<a@b> BODY=BINARYMIME" + declared);
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("250 2.1.5 Ok");
              ByteArrayOutputStream received = new ByteArrayOutputStream();
              String command = peer.line();
              while (!kind.isKnown() && command.matches("BDAT [1-9][0-9]*")) {
                received.write(peer.octets(Integer.parseInt(command.substring(5))));
                peer.say("250 2.0.0 So far");
                command = peer.line();
              }
              received.write(peer.octets(ScriptedPeer.Connection.chunk(command)));
              assertArrayEquals(content, received.toByteArray());
              peer.say("250 2.0.0 Ok");
              peer.quit();
            })) {
      LmtpClient client =
          LmtpClient.builder(server.address())
              .helloName("here")
              .lineEnds(LineEnds.REFUSE)
              .chunking(Chunking.NEVER)
              .build();
      Envelope envelope = Envelope.of("a@b", "one@c").withParameters(BINARY);
      assertTrue(client.deliver(envelope, source(kind, content)).allAccepted());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"CHUNKING", "BINARYMIME", "8BITMIME"})
  @DisplayName("E5: without BINARYMIME and CHUNKING a binary content is sent to nobody")
  void binaryNotOffered(String keyword) throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet(keyword);
              peer.message("250 2.0.0 Ok");
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        Envelope envelope = Envelope.of("a@b", "one@c");
        for (Source kind : Source.values()) {
          assertEquals(
              "REJECTED MAIL",
              DeliveryTest.outcomes(
                  connection.deliver(envelope.withParameters(BINARY), source(kind, binary(9)))));
        }
        assertTrue(connection.deliver(envelope, MessageSource.of(new byte[0])).allAccepted());
      }
    }
  }

  @Test
  @DisplayName("E5: a stream is sent no further than the chunk that is refused")
  void refusedChunkOfAStream() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING", "CHUNKING", "BINARYMIME");
              peer.envelope(1);
              for (String reply : List.of("250 2.0.0 So far", "452 4.3.1 No room")) {
                peer.expect("BDAT " + BLOCK);
                peer.octets(BLOCK);
                peer.say(reply);
              }
              peer.expect("RSET");
              peer.say("250 2.0.0 Ok");
              peer.message("250 2.0.0 Ok");
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        Envelope envelope = Envelope.of("a@b", "one@c");
        assertEquals(
            "DEFERRED DATA",
            DeliveryTest.outcomes(
                connection.deliver(
                    envelope.withParameters(BINARY), source(Source.STREAM, binary(5 * BLOCK)))));
        assertTrue(connection.deliver(envelope, MessageSource.of(new byte[0])).allAccepted());
      }
    }
  }

  static List<Arguments> unfit() {
    List<Arguments> cases = new ArrayList<>();
    for (Source source : Source.values()) {
      for (String flaw : List.of("\n", "\r", "\r\r\n", "\u00e9")) {
        for (int before : new int[] {0, 3 * BLOCK}) {
          cases.add(Arguments.of(source, flaw, before));
        }
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("unfit")
  @DisplayName("E4 S8: what must not be sent is refused, and nothing is delivered")
  void unfit(Source kind, String flaw, int before) throws Exception {
    byte[] content = (new String(content(before), ISO_8859_1) + flaw).getBytes(ISO_8859_1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              if (kind.isKnown()) {
                // Nothing was begun: the connection is still good.
                peer.message("250 2.0.0 Ok");
                peer.quit();
              } else {
                peer.envelope(1);
                peer.expect("DATA");
                peer.say("354 Go on");
                assertThrows(IOException.class, peer::dotted);
              }
            })) {
      LmtpClient client =
          LmtpClient.builder(server.address()).helloName("here").lineEnds(LineEnds.REFUSE).build();
      try (LmtpConnection connection = client.connect()) {
        Envelope envelope = Envelope.of("a@b", "one@c");
        LmtpException e =
            assertThrows(
                LmtpException.class, () -> connection.deliver(envelope, source(kind, content)));
        assertEquals(Kind.CONTENT, e.kind());
        assertTrue(e.getMessage().contains("RFC"), e.getMessage());
        assertEquals(kind.isKnown(), connection.isReusable());
        if (kind.isKnown()) {
          byte[] fit = "fit\r\n".getBytes(ISO_8859_1);
          assertTrue(connection.deliver(envelope, source(kind, fit)).allAccepted());
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"NOTHING", "CHUNKING"})
  @DisplayName("A file that shrinks while it is sent is cut off, never ended")
  void shrinkingFile(Offer offer) throws Exception {
    Path file = Files.write(folder.resolve("message"), content(8 << 20));
    CountDownLatch shrunk = new CountDownLatch(1);
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet(offer.name());
              peer.envelope(1);
              String command = peer.line();
              // The socket's buffers are far smaller than the file: the client is in the middle.
              if (command.equals("DATA")) {
                peer.say("354 Go on");
              }
              peer.octets(1000);
              try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
                writer.setLength(4 << 20);
              }
              shrunk.countDown();
              assertTrue(peer.rest() < 5 << 20);
            })) {
      LmtpException e =
          assertThrows(
              LmtpException.class,
              () -> client(server).deliver(Envelope.of("a@b", "one@c"), MessageSource.of(file)));
      assertEquals(Kind.CONTENT, e.kind());
      assertEquals(0, shrunk.getCount());
    }
  }

  @Test
  @DisplayName("What is appended while a file is sent is not sent")
  void growingFile() throws Exception {
    Path file = Files.write(folder.resolve("message"), content(1000));
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.expectStart("MAIL");
              Files.write(file, content(3000));
              peer.say("250 2.1.0 Ok");
              peer.expectStart("RCPT");
              peer.say("250 2.1.5 Ok");
              assertEquals(1002, peer.content().length);
              peer.say("250 2.0.0 Ok");
              peer.quit();
            })) {
      // The thousandth octet is in the middle of a line now; DATA ends the line.
      assertTrue(
          client(server)
              .deliver(Envelope.of("a@b", "one@c"), MessageSource.of(file))
              .allAccepted());
    }
  }

  static List<MessageSource> unreadable() throws IOException {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    return List.of(
        MessageSource.of(
            new InputStream() {
              private final AtomicLong given = new AtomicLong();

              @Override
              public int read() throws IOException {
                if (given.incrementAndGet() > 3 * BLOCK) {
                  throw new IOException("broken disk");
                }
                return 'x';
              }

              @Override
              public int read(byte[] target, int from, int length) throws IOException {
                target[from] = (byte) read();
                return 1;
              }
            }),
        MessageSource.of(pipe.source()));
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void unreadable(MessageSource source) throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.envelope(1);
              peer.expect("DATA");
              peer.say("354 Go on");
              assertThrows(IOException.class, peer::dotted);
            })) {
      LmtpException e =
          assertThrows(
              LmtpException.class,
              () -> client(server).deliver(Envelope.of("a@b", "one@c"), source));
      assertEquals(Kind.CONTENT, e.kind());
    }
  }

  @Test
  void missingFile() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.message("250 2.0.0 Ok");
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        Envelope envelope = Envelope.of("a@b", "one@c");
        for (Path path : List.of(folder.resolve("missing"), folder)) {
          LmtpException e =
              assertThrows(
                  LmtpException.class, () -> connection.deliver(envelope, MessageSource.of(path)));
          assertEquals(Kind.CONTENT, e.kind());
          assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
        }
        assertTrue(connection.deliver(envelope, MessageSource.of(new byte[0])).allAccepted());
      }
    }
  }

  @Test
  @DisplayName("A stream that was read cannot be delivered again, one that was not read can")
  void streamOnce() throws Exception {
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.expectStart("MAIL");
              peer.say("450 4.3.0 Later");
              peer.expect("RSET");
              peer.say("250 2.0.0 Ok");
              assertEquals("x\r\n", new String(peer.message("250 2.0.0 Ok"), ISO_8859_1));
              peer.quit();
            })) {
      MessageSource stream = source(Source.STREAM, new byte[] {'x'});
      Envelope envelope = Envelope.of("a@b", "one@c");
      try (LmtpConnection connection = client(server).connect()) {
        assertFalse(connection.deliver(envelope, stream).allAccepted());
        assertTrue(connection.deliver(envelope, stream).allAccepted());
        assertThrows(IllegalStateException.class, () -> connection.deliver(envelope, stream));
        assertTrue(connection.isReusable());
      }
    }
  }

  @Test
  void sourceIsNotClosed() throws Exception {
    AtomicReference<String> closed = new AtomicReference<>("no");
    InputStream stream =
        new ByteArrayInputStream(new byte[0]) {
          @Override
          public void close() {
            closed.set("yes");
          }
        };
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet();
              peer.message("250 2.0.0 Ok");
              peer.quit();
            })) {
      client(server).deliver(Envelope.of("a@b", "one@c"), MessageSource.of(stream));
    }
    assertEquals("no", closed.get());
  }
}
