package dev.lmtp.client.interop;

import dev.lmtp.io.Endpoint;
import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.PeerProgram;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Postfix's test server, which takes every message, or fails where it is told to. Each message is
 * kept as the sink understood it, behind what it knows of the envelope.
 *
 * <p>Where it is not installed the test is skipped. Closing stops the process.
 */
final class SmtpSink implements AutoCloseable {
  private final PeerDaemon daemon;
  private final String address;
  private final Path dump;

  private SmtpSink(PeerDaemon daemon, String address, Path dump) {
    this.daemon = daemon;
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
    PeerProgram program = PeerProgram.require("smtp-sink");
    // As root it wants to become somebody else, who has to be able to write the messages.
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path dump = home.resolve("messages");
    SocketAddress socket =
        listen == Listen.UNIX
            ? UnixDomainSocketAddress.of(home.resolve("socket"))
            : PeerDaemon.freeAddress();
    String address = Endpoint.format(socket);

    List<String> command = new ArrayList<>(program.command("-D", dump.toString()));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
    }
    command.addAll(options);
    command.addAll(List.of(address, "16"));
    PeerDaemon daemon = PeerDaemon.start(command, home.resolve("smtp-sink.log"));
    return new SmtpSink(daemon.awaitListening(socket), address, dump);
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
    daemon.kill();
  }
}
