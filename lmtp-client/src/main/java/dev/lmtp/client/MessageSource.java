package dev.lmtp.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Where a message's octets come from: header, empty line and body, without doubled dots. Line ends
 * may be CR LF or bare ({@link LmtpClient.LineEnds} says what becomes of those).
 *
 * <p>A path or an array is looked through before anything is sent: its size is declared (RFC 1870;
 * exactly, unless lines are folded), octets above 127 are declared (RFC 6152), a message that is
 * not fit is refused before the server hears of it, and one whose lines end in CR LF goes as one
 * chunk where the server offers CHUNKING (RFC 3030), a file from kernel to kernel. A stream or a
 * channel is sent as it comes, in blocks of 64 KiB; of its size nothing is declared unless the
 * envelope's parameters do.
 *
 * <p>Where those say {@code BODY=BINARYMIME} any source goes in chunks, octet for octet, and a path
 * is not looked through.
 *
 * <p><b>Threads and buffers.</b> A path may serve any number of deliveries, and an array as long as
 * nobody changes it; it is not copied. A stream or a channel serves one delivery: from its first
 * octet on a second one is an {@link IllegalStateException}. It is read to its end and not closed,
 * and reading it may block for as long as it likes, so that a server may lose its patience.
 *
 * <p><b>Errors.</b> An {@link IOException} from the source ends the delivery by {@link
 * LmtpException.Kind#CONTENT}; nothing is delivered.
 */
public final class MessageSource {

  /** Opens the content for one delivery. */
  private interface Opening {
    Content open(boolean binary) throws IOException;
  }

  private final Opening opening;

  private MessageSource(Opening opening) {
    this.opening = opening;
  }

  /**
   * A file, opened and closed by each delivery. What is appended while it is sent is not sent;
   * where it shrinks the delivery is cut off. Octets changed in between are not looked at again.
   *
   * @param file a regular file
   */
  public static MessageSource of(Path file) {
    Objects.requireNonNull(file, "file");
    return new MessageSource(binary -> Content.of(file, binary));
  }

  /** An array. */
  public static MessageSource of(byte[] octets) {
    Objects.requireNonNull(octets, "octets");
    return new MessageSource(binary -> Content.of(octets));
  }

  /** A stream, for one delivery. */
  public static MessageSource of(InputStream stream) {
    Objects.requireNonNull(stream, "stream");
    return once(block -> stream.read(block.array(), block.arrayOffset(), block.capacity()));
  }

  /**
   * A channel, for one delivery.
   *
   * @param channel in blocking mode; one that has nothing to give now is an error
   */
  public static MessageSource of(ReadableByteChannel channel) {
    Objects.requireNonNull(channel, "channel");
    return once(block -> channel.read(block.clear()));
  }

  private static MessageSource once(Content.Reading reading) {
    AtomicBoolean begun = new AtomicBoolean();
    return new MessageSource(
        binary -> {
          if (begun.get()) {
            throw new IllegalStateException("the message's stream was read by another delivery");
          }
          return Content.of(
              (ByteBuffer block) -> {
                begun.set(true);
                return reading.read(block);
              });
        });
  }

  Content open(boolean binary) throws IOException {
    return opening.open(binary);
  }
}
