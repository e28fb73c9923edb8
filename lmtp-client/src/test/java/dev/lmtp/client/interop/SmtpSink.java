package dev.lmtp.client.interop;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Postfix's test server, which takes every message, or fails where it is told to. Each message is
 * kept as the sink understood it, behind what it knows of the envelope.
 *
 * <p>Where it is not installed the test is skipped. Closing stops the process.
 */
final class SmtpSink implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private final Process process;
  private final String address;
  private final Path dump;

  private SmtpSink(Process process, String address, Path dump) {
    this.process = process;
    this.address = address;
    this.dump = dump;
  }

  /** The two kinds of address it can listen at. */
  enum Listen {
    UNIX,
    INET
  }

  /**
   * Starts the sink and returns when it takes connections.
   *
   * @param home a directory for its socket, its log and the messages; opened to everybody
   * @param options its faults; {@code -L} for LMTP
   */
  static SmtpSink start(Path home, Listen listen, List<String> options)
      throws IOException, InterruptedException {
    Path executable = require();
    // As root it wants to become somebody else, who has to be able to write the messages.
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path dump = home.resolve("messages");
    Path log = home.resolve("smtp-sink.log");
    SocketAddress socket = listen == Listen.UNIX ? freePath(home) : freePort();
    String address = spell(socket);

    List<String> command = new ArrayList<>(List.of(executable.toString(), "-D", dump.toString()));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
    }
    command.addAll(options);
    command.addAll(List.of(address, "16"));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();

    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!answers(socket)) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        process.destroyForcibly();
        Assertions.fail(command + " does not listen: " + Files.readString(log));
      }
      Thread.sleep(20);
    }
    return new SmtpSink(process, address, dump);
  }

  private static Path require() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    Optional<Path> found =
        Stream.concat(Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/sbin"))
            .map(directory -> Path.of(directory, "smtp-sink"))
            .filter(Files::isExecutable)
            .findFirst();
    Assumptions.assumeTrue(found.isPresent(), "smtp-sink is not installed");
    return found.orElseThrow();
  }

  private static UnixDomainSocketAddress freePath(Path home) {
    return UnixDomainSocketAddress.of(home.resolve("socket"));
  }

  private static InetSocketAddress freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByAddress(LOOPBACK))) {
      return new InetSocketAddress(probe.getInetAddress(), probe.getLocalPort());
    }
  }

  private static String spell(SocketAddress socket) {
    return socket instanceof InetSocketAddress inet
        ? "inet:" + inet.getAddress().getHostAddress() + ":" + inet.getPort()
        : "unix:" + socket;
  }

  private static boolean answers(SocketAddress socket) {
    try (SocketChannel channel = SocketChannel.open(socket)) {
      return channel.isConnected();
    } catch (IOException e) {
      // Not there yet; the caller asks again.
      return false;
    }
  }

  /** Where it listens, as both it and our client spell it. */
  String address() {
    return address;
  }

  /** All messages so far, each with its envelope; LF line ends, a char for each byte. */
  String messages() throws IOException {
    return Files.exists(dump) ? Files.readString(dump, StandardCharsets.ISO_8859_1) : "";
  }

  @Override
  public void close() {
    // It has nothing to tidy up, and does not react to anything gentler while it is busy.
    process.destroyForcibly().onExit().join();
  }
}
