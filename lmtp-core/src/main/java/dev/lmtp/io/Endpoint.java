package dev.lmtp.io;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.Charset;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Reads and writes addresses in Postfix's spelling, {@code unix:PATH} and {@code inet:HOST:PORT},
 * and those within this process, {@code memory:NAME}.
 *
 * <p>An IPv6 address stands in brackets: {@code inet:[::1]:24}. The port is a number and never left
 * out; port 0 means any free port, which is of use to a listener only. A relative path is relative
 * to the working directory of the process.
 *
 * <p>Parsing asks no name server: a host name stays unresolved until {@link Transport#connect} or
 * {@link Acceptor#open} needs its addresses. Every error is an {@link IllegalArgumentException}
 * whose message is one line that names the rule and the value. No state, safe for any thread.
 *
 * <p>RFC 2033 section 5 (the port that LMTP must not use), RFC 5952 (spelling of IPv6 addresses).
 */
public final class Endpoint {
  private static final String UNIX = "unix:";
  private static final String INET = "inet:";
  private static final String MEMORY = "memory:";
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  private static final int SMTP_PORT = 25;

  /** Two less than {@code sun_path} holds on this platform; the JDK refuses longer paths. */
  private static final int PATH_LIMIT =
      System.getProperty("os.name", "").matches("Linux|Windows.*") ? 106 : 102;

  private Endpoint() {}

  /**
   * Parses {@code unix:PATH}, {@code inet:HOST:PORT} or {@code memory:NAME}.
   *
   * @return a {@link UnixDomainSocketAddress}, an {@link InetSocketAddress}, unresolved where the
   *     host is a name, or a {@link MemoryAddress}
   * @throws IllegalArgumentException where the text breaks a rule
   */
  public static SocketAddress parse(String text) {
    if (text.chars().anyMatch(Character::isISOControl)) {
      // Addresses are printed and logged, and a line break could forge a line there.
      throw refused("an address has no control characters", text);
    }
    if (text.startsWith(UNIX)) {
      return parseUnix(text);
    }
    if (text.startsWith(INET)) {
      return parseInet(text);
    }
    if (text.startsWith(MEMORY)) {
      return MemoryAddress.of(text.substring(MEMORY.length()), Ticker.SYSTEM);
    }
    throw refused("an address is unix:PATH or inet:HOST:PORT", text);
  }

  /**
   * Writes an address so that {@link #parse} reads the same one back. A resolved address is written
   * as a number, whatever name it was found by.
   *
   * @throws IllegalArgumentException for an address of no kind that {@link #parse} gives
   */
  public static String format(SocketAddress address) {
    if (address instanceof UnixDomainSocketAddress unix) {
      return UNIX + unix.getPath();
    }
    if (address instanceof InetSocketAddress inet) {
      return INET + hostAndPort(inet);
    }
    if (address instanceof MemoryAddress memory) {
      return MEMORY + memory.name();
    }
    throw new IllegalArgumentException("neither a Unix-domain nor an Internet address: " + address);
  }

  /**
   * Holds LMTP off the port of SMTP: a peer there expects the other protocol.
   *
   * @throws IllegalArgumentException for TCP port 25, as RFC 2033 section 5 demands
   */
  public static void refusePort25(SocketAddress address) {
    if (address instanceof InetSocketAddress inet && inet.getPort() == SMTP_PORT) {
      throw refused("LMTP must not use TCP port 25 (RFC 2033 section 5)", format(address));
    }
  }

  static String hostAndPort(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    if (host == null) {
      return address.getHostString() + ":" + address.getPort();
    }
    String number = host.getHostAddress();
    return (host instanceof Inet6Address ? "[" + compress(number) + "]" : number)
        + ":"
        + address.getPort();
  }

  static void checkPathLength(Path path, String rule) {
    int length = path.toString().getBytes(pathCharset()).length;
    if (length > PATH_LIMIT) {
      throw refused(rule + " is at most " + PATH_LIMIT + " bytes here, not " + length, path);
    }
  }

  private static SocketAddress parseUnix(String text) {
    String path = text.substring(UNIX.length());
    if (path.isEmpty()) {
      throw refused("unix: needs a path", text);
    }
    try {
      UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
      checkPathLength(address.getPath(), "the path of a Unix-domain socket");
      return address;
    } catch (InvalidPathException e) {
      throw refused("not a path (" + e.getReason() + ")", text, e);
    }
  }

  private static SocketAddress parseInet(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < INET.length()) {
      throw refused("an Internet address is inet:HOST:PORT", text);
    }
    int port = port(text.substring(colon + 1), text);
    String host = text.substring(INET.length(), colon);
    if (host.startsWith("[") && host.endsWith("]") && host.indexOf(':') > 0) {
      String number = host.substring(1, host.length() - 1);
      return new InetSocketAddress(number(number, "not an IPv6 address", text), port);
    }
    if (host.indexOf(':') >= 0) {
      throw refused("an IPv6 address stands in brackets, as in inet:[::1]:24", text);
    }
    if (host.matches("[0-9.]+")) {
      String rule = "an IPv4 address is four numbers from 0 to 255";
      return new InetSocketAddress(number(host, rule, text), port);
    }
    if (host.length() > 255 || !host.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
      throw refused("the host is a name, an IPv4 address or an IPv6 address in brackets", text);
    }
    return InetSocketAddress.createUnresolved(host, port);
  }

  private static int port(String digits, String text) {
    if (!digits.matches("[0-9]{1,5}") || Integer.parseInt(digits) > 0xFFFF) {
      throw refused("the port is a number from 0 to 65535", text);
    }
    return Integer.parseInt(digits);
  }

  private static InetAddress number(String host, String rule, String text) {
    InetAddress address = number(host);
    if (address == null) {
      throw refused(rule, text);
    }
    return address;
  }

  /**
   * Reads the number of an Internet address, IPv6 without brackets; {@code null} where it is none.
   */
  static InetAddress number(String host) {
    // Stricter than InetAddress, which reads 127.1 and octets with leading zeros too.
    boolean ipv4 = host.matches(OCTET + "(\\." + OCTET + "){3}");
    if (!ipv4 && host.indexOf(':') < 0) {
      return null;
    }
    try {
      // The brackets and the colon inside keep this from ever asking a name server.
      return InetAddress.getByName(ipv4 ? host : "[" + host + "]");
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /** Writes the first of the longest runs of zero groups as {@code ::}. */
  private static String compress(String groups) {
    int scope = groups.indexOf('%');
    if (scope >= 0) {
      return compress(groups.substring(0, scope)) + groups.substring(scope);
    }
    String padded = ":" + groups + ":";
    for (int run = 8; run > 1; run--) {
      String zeros = ":" + "0:".repeat(run);
      int at = padded.indexOf(zeros);
      if (at >= 0) {
        String before = padded.substring(Math.min(1, at), at);
        return before + "::" + groups.substring(Math.min(groups.length(), at + zeros.length() - 1));
      }
    }
    return groups;
  }

  private static Charset pathCharset() {
    String name = System.getProperty("sun.jnu.encoding", "UTF-8");
    return Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
  }

  private static IllegalArgumentException refused(String rule, Object value) {
    return refused(rule, value, null);
  }

  private static IllegalArgumentException refused(String rule, Object value, Throwable cause) {
    String clean = String.valueOf(value).replaceAll("\\p{Cntrl}", "?");
    return new IllegalArgumentException(rule + ": \"" + clean + "\"", cause);
  }
}
