package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Envelope;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The four ways to read a content give the same octets, and none takes a cut for an end. */
class IncomingMessageTest {

  private interface Reader {
    byte[] read(IncomingMessage message) throws IOException;
  }

  private enum Way {
    PIECES(IncomingMessageTest::pieces),
    TRANSFER(IncomingMessageTest::transferred),
    CHANNEL(message -> Channels.newInputStream(message.channel()).readAllBytes()),
    STREAM(message -> message.stream().readAllBytes()),
    SINGLE_OCTETS(IncomingMessageTest::singleOctets),
    /** Each in turn for a part. */
    MIXED(IncomingMessageTest::mixed);

    private final Reader reader;

    Way(Reader reader) {
      this.reader = reader;
    }
  }

  private static byte[] pieces(IncomingMessage message) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (ByteBuffer piece = message.next(); piece.hasRemaining(); piece = message.next()) {
      byte[] octets = new byte[piece.remaining()];
      piece.get(octets);
      out.writeBytes(octets);
    }
    return out.toByteArray();
  }

  private static byte[] transferred(IncomingMessage message) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long octets = message.transferTo(Channels.newChannel(out));
    assertEquals(out.size(), octets);
    return out.toByteArray();
  }

  private static byte[] singleOctets(IncomingMessage message) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    InputStream in = message.stream();
    for (int octet = in.read(); octet >= 0; octet = in.read()) {
      out.write(octet);
    }
    return out.toByteArray();
  }

  private static byte[] mixed(IncomingMessage message) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(message.stream().readNBytes(5));
    ByteBuffer some = ByteBuffer.allocate(3);
    message.channel().read(some);
    out.write(some.array(), 0, some.position());
    ByteBuffer piece = message.next();
    while (piece.hasRemaining()) {
      out.write(piece.get());
    }
    out.writeBytes(transferred(message));
    return out.toByteArray();
  }

  private static IncomingMessage message(IncomingMessage.Source content, Recipient... recipients) {
    Peer peer = Arrival.peer(UnixDomainSocketAddress.of(""), Protocol.LMTP, "here");
    Transaction transaction = new Transaction("t", peer, ReversePath.NULL, Parameters.NONE);
    return new IncomingMessage(transaction, List.of(recipients), content);
  }

  private static byte[] octets(int size, int seed) {
    byte[] octets = new byte[size];
    new Random(seed).nextBytes(octets);
    return octets;
  }

  /** The octets in pieces of random size; each lies in the same buffer, as a server's do. */
  private static IncomingMessage.Source inPieces(byte[] octets, int seed) {
    Random random = new Random(seed);
    ByteBuffer rest = ByteBuffer.wrap(octets);
    byte[] buffer = new byte[64];
    return () -> {
      if (!rest.hasRemaining()) {
        return null;
      }
      int length = Math.min(rest.remaining(), 1 + random.nextInt(buffer.length));
      rest.get(buffer, 0, length);
      return ByteBuffer.wrap(buffer, 0, length).asReadOnlyBuffer();
    };
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void everyWayReadsTheSame(Way way) throws IOException {
    for (int size : new int[] {0, 1, 7, 64, 65, 1_000, 20_000}) {
      byte[] octets = octets(size, size);
      assertArrayEquals(octets, way.reader.read(message(inPieces(octets, size))), way + " " + size);
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  @DisplayName("H21: a content that is cut off is never read to an end")
  void aCutIsNoEnd(Way way) {
    for (int size : new int[] {0, 1, 7, 1_000}) {
      IncomingMessage.Source whole = inPieces(octets(size, size), size);
      IncomingMessage message =
          message(
              () -> {
                ByteBuffer piece = whole.next();
                if (piece == null) {
                  throw new ContentAbortedException("cut off");
                }
                return piece;
              });
      assertThrows(ContentAbortedException.class, () -> way.reader.read(message), way + " " + size);
    }
  }

  @Test
  void replyAllAnswersWhoHasNoAnswer() {
    List<Integer> told = new ArrayList<>();
    Recipient[] recipients = new Recipient[3];
    for (int i = 0; i < recipients.length; i++) {
      recipients[i] =
          new Recipient(
              i,
              Envelope.of("", "ada@d").recipients().get(0),
              answered -> answered.forEach(one -> told.add(one.index())));
    }
    Reply full = Reply.of(452, "4.2.2", "Full");
    Reply later = Reply.of(451, "4.3.0", "Later");
    assertTrue(recipients[1].reply(full));
    message(() -> null, recipients).replyAll(later);
    assertEquals(List.of(1, 0, 2), told);
    assertEquals(full, recipients[1].answer());
    assertEquals(later, recipients[2].answer());
    assertFalse(recipients[0].accept(), "answered already");
    assertThrows(
        IllegalArgumentException.class, () -> recipients[0].reply(Reply.plain(354, "Go on")));
  }
}
