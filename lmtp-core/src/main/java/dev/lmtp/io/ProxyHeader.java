package dev.lmtp.io;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a proxy says before the first octet of a connection: the PROXY protocol of HAProxy, versions
 * 1 and 2.
 *
 * @param source whose connection it is; empty where the proxy speaks for itself (LOCAL) or does not
 *     know
 * @param tlvs the extensions of version 2, by their type; of one type the last, with LOCAL none.
 *     Read-only
 */
public record ProxyHeader(Optional<SocketAddress> source, Map<Integer, ByteBuffer> tlvs) {

  private static final byte[] SIGNATURE = {
    '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'
  };
  private static final byte[] WORD = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final int LONGEST_LINE = 107;

  /** Far more than addresses need; TLVs with a client certificate may be large. */
  private static final int LONGEST_BLOCK = 8 * 1024;

  private static final int LOCAL = 0;
  private static final int INET = 1;
  private static final int INET6 = 2;
  private static final int UNIX = 3;
  private static final int UNIX_PATH = 108;

  /**
   * Reads a header, and not one octet more.
   *
   * @param patience for all of it
   * @throws ProtocolException where the peer begins with anything else; the message is for a log
   * @throws IOException where it says too little in time, or the connection broke
   */
  public static ProxyHeader read(Transport transport, Duration patience) throws IOException {
    long deadline = transport.ticker().after(patience);
    byte[] start = new byte[SIGNATURE.length];
    read(transport, ByteBuffer.wrap(start), deadline);
    if (Arrays.equals(start, SIGNATURE)) {
      return readBinary(transport, deadline);
    }
    if (!Arrays.equals(start, 0, WORD.length, WORD, 0, WORD.length)) {
      throw new ProtocolException("no PROXY header");
    }
    ByteBuffer line = ByteBuffer.allocate(LONGEST_LINE).put(start);
    while (line.get(line.position() - 1) != '\n') {
      if (!line.hasRemaining()) {
        throw new ProtocolException("a PROXY line without end");
      }
      // One by one: what follows may be a TLS handshake, and is not ours to take.
      read(transport, line.slice().limit(1), deadline);
      line.position(line.position() + 1);
    }
    String text = new String(line.array(), 0, line.position(), StandardCharsets.ISO_8859_1);
    return parse(text);
  }

  private static void read(Transport transport, ByteBuffer target, long deadline)
      throws IOException {
    while (target.hasRemaining()) {
      if (transport.fill(target, transport.ticker().until(deadline)) <= 0) {
        throw new ProtocolException("the connection ended within the PROXY header");
      }
    }
  }

  private static ProxyHeader parse(String line) throws ProtocolException {
    String[] words = line.substring(0, Math.max(0, line.length() - 2)).split(" ", -1);
    if (!line.endsWith("\r\n") || words.length < 2) {
      throw new ProtocolException("a malformed PROXY line");
    }
    if (words[1].equals("UNKNOWN")) {
      return new ProxyHeader(Optional.empty(), Map.of());
    }
    boolean known = words[1].equals("TCP4") || words[1].equals("TCP6");
    boolean six = words[1].equals("TCP6");
    if (!known || words.length != 6 || words[2].indexOf(':') >= 0 != six || !isPort(words[4])) {
      throw new ProtocolException("a malformed PROXY line");
    }
    SocketAddress source = new InetSocketAddress(literal(words[2]), Integer.parseInt(words[4]));
    return new ProxyHeader(Optional.of(source), Map.of());
  }

  private static boolean isPort(String word) {
    return word.matches("0|[1-9][0-9]{0,4}") && Integer.parseInt(word) < 65_536;
  }

  /**
   * Reads the number of an Internet address, IPv4 as four numbers without leading zeros; asks no
   * name server.
   *
   * @throws ProtocolException where it is none
   */
  public static InetAddress literal(String text) throws ProtocolException {
    InetAddress address = text.indexOf('%') < 0 ? Endpoint.number(text) : null;
    if (address == null) {
      throw new ProtocolException("not an Internet address");
    }
    return address;
  }

  // ---------------------------------------------------------------- version 2

  private static ProxyHeader readBinary(Transport transport, long deadline) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(4);
    read(transport, head, deadline);
    head.flip();
    int versionAndCommand = head.get() & 0xff;
    int family = (head.get() & 0xff) >> 4;
    int length = head.getShort() & 0xffff;
    if (versionAndCommand >> 4 != 2 || (versionAndCommand & 0xf) > 1) {
      throw new ProtocolException("an unknown version of the PROXY header");
    }
    if (length > LONGEST_BLOCK) {
      throw new ProtocolException("a PROXY header of " + length + " octets");
    }
    ByteBuffer block = ByteBuffer.allocate(length);
    read(transport, block, deadline);
    block.flip();
    if ((versionAndCommand & 0xf) == LOCAL) {
      // What the block says is to be discarded, the family too.
      return new ProxyHeader(Optional.empty(), Map.of());
    }
    try {
      SocketAddress source = source(block, family);
      return new ProxyHeader(Optional.ofNullable(source), tlvs(block));
    } catch (BufferUnderflowException | IllegalArgumentException | UnknownHostException e) {
      throw (ProtocolException) new ProtocolException("a malformed PROXY header").initCause(e);
    }
  }

  private static SocketAddress source(ByteBuffer block, int family) throws UnknownHostException {
    switch (family) {
      case INET, INET6 -> {
        byte[] source = new byte[family == INET ? 4 : 16];
        block.get(source);
        block.get(new byte[source.length]);
        int port = block.getShort() & 0xffff;
        block.getShort();
        return new InetSocketAddress(InetAddress.getByAddress(source), port);
      }
      case UNIX -> {
        byte[] path = new byte[UNIX_PATH];
        block.get(path);
        block.get(new byte[UNIX_PATH]);
        return unix(path);
      }
      default -> {
        // Unspecified: addresses of any length, which nobody can tell from TLVs.
        block.position(block.limit());
        return null;
      }
    }
  }

  private static SocketAddress unix(byte[] path) {
    int end = 0;
    while (end < path.length && path[end] != 0) {
      end++;
    }
    String name = new String(path, 0, end, StandardCharsets.UTF_8);
    try {
      return UnixDomainSocketAddress.of(name.chars().anyMatch(Character::isISOControl) ? "" : name);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Map<Integer, ByteBuffer> tlvs(ByteBuffer block) {
    Map<Integer, ByteBuffer> found = new LinkedHashMap<>();
    while (block.hasRemaining()) {
      int type = block.get() & 0xff;
      byte[] value = new byte[block.getShort() & 0xffff];
      block.get(value);
      found.put(type, ByteBuffer.wrap(value).asReadOnlyBuffer());
    }
    return Collections.unmodifiableMap(found);
  }

  // ---------------------------------------------------------------- writing

  /**
   * A header of version 2 for that connection; LOCAL where it is not between Internet addresses.
   */
  public static ByteBuffer write(SocketAddress source, SocketAddress destination) {
    ByteBuffer header = ByteBuffer.allocate(SIGNATURE.length + 4 + 36).put(SIGNATURE);
    boolean inet =
        source instanceof InetSocketAddress from
            && destination instanceof InetSocketAddress to
            && !from.isUnresolved()
            && !to.isUnresolved();
    if (!inet) {
      return header.put((byte) 0x20).put((byte) 0).putShort((short) 0).flip();
    }
    InetSocketAddress from = (InetSocketAddress) source;
    InetSocketAddress to = (InetSocketAddress) destination;
    byte[] sourceOctets = from.getAddress().getAddress();
    byte[] destinationOctets = to.getAddress().getAddress();
    boolean six = sourceOctets.length == 16 || destinationOctets.length == 16;
    int size = six ? 16 : 4;
    header.put((byte) 0x21).put((byte) (six ? 0x21 : 0x11)).putShort((short) (2 * size + 4));
    put(header, sourceOctets, size);
    put(header, destinationOctets, size);
    return header.putShort((short) from.getPort()).putShort((short) to.getPort()).flip();
  }

  /** An IPv4 address beside an IPv6 one is written as the mapped one. */
  private static void put(ByteBuffer header, byte[] octets, int size) {
    if (octets.length < size) {
      header.put(new byte[10]).put((byte) 0xff).put((byte) 0xff);
    }
    header.put(octets);
  }
}
