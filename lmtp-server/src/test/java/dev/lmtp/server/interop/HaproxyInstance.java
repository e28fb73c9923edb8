package dev.lmtp.server.interop;

import dev.lmtp.testing.peer.Await;
import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.PeerProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A real HAProxy in front of several of our servers, as {@code docs/interop/haproxy.md} has it. */
final class HaproxyInstance implements AutoCloseable {

  /** How it looks whether a server is well. */
  enum Check {
    /** A hello, up to the last line of its reply, and QUIT. */
    LMTP(
        """
        option tcp-check
          tcp-check expect rstring ^220\\s
          tcp-check send LHLO\\ haproxy.example.org\\r\\n
          tcp-check expect rstring (?m)^250\\s
          tcp-check send QUIT\\r\\n
          tcp-check expect rstring ^221\\s"""),

    /** A connection, closed at once. */
    CONNECT("");

    private final String lines;

    Check(String lines) {
      this.lines = lines;
    }
  }

  private final InetSocketAddress address;
  private final Path control;
  private final PeerDaemon daemon;

  private HaproxyInstance(InetSocketAddress address, Path control, PeerDaemon daemon) {
    this.address = address;
    this.control = control;
    this.daemon = daemon;
  }

  /** Starts it; the last so many of the servers are out of service until they are made ready. */
  static HaproxyInstance start(Path home, Check check, List<BackEnd> servers, int disabled)
      throws IOException, InterruptedException {
    PeerProgram haproxy = PeerProgram.require("haproxy");
    InetSocketAddress address = PeerDaemon.freeAddress();
    Path control = home.resolve("haproxy.control");
    Path configuration = home.resolve("haproxy.cfg");
    String lines =
        servers.stream()
            .map(server -> "  server " + server.name() + " " + server.address())
            .collect(Collectors.joining("\n"));
    for (BackEnd server : servers.subList(servers.size() - disabled, servers.size())) {
      lines = lines.replace(server.address(), server.address() + " disabled");
    }
    Files.writeString(
        configuration,
        """
        global
          maxconn 1000
          stats socket %s mode 600 level admin
        defaults
          mode tcp
          timeout connect 5s
          timeout check 10s
          timeout client 11m
          timeout server 11m
          retries 3
          option redispatch 1
        frontend mail
          bind 127.0.0.1:%d
          default_backend stores
        backend stores
          balance leastconn
          %s
          default-server send-proxy-v2 check check-send-proxy inter 1s fall 2 rise 1
        %s
        """
            .formatted(control, address.getPort(), check.lines, lines));
    PeerDaemon daemon =
        PeerDaemon.start(
            haproxy.command("-db", "-f", configuration.toString()), home.resolve("haproxy.log"));
    HaproxyInstance started = new HaproxyInstance(address, control, daemon);
    // Asked there, since a connection to its front would be passed on to a server.
    daemon.awaitReady("to answer", started::answers);
    return started;
  }

  /** Where it listens. */
  InetSocketAddress address() {
    return address;
  }

  /** Takes a server into service. */
  void ready(BackEnd server) throws IOException {
    String answer = say("set server stores/" + server.name() + " state ready");
    if (!answer.isBlank()) {
      throw new IOException(answer);
    }
  }

  /** Waits until it says that a server is UP, DOWN or in whatever state. */
  void await(BackEnd server, String state) throws IOException, InterruptedException {
    Await.answer(
        server.name() + " " + state,
        () -> Optional.of(state).filter(wanted -> state(server).startsWith(wanted)),
        daemon::output);
  }

  private String state(BackEnd server) {
    try {
      // The columns of CSV: the proxy, the server, and as the 18th the state.
      return say("show stat")
          .lines()
          .map(line -> line.split(",", -1))
          .filter(row -> row[0].equals("stores") && row[1].equals(server.name()))
          .map(row -> row[17])
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean answers() {
    try {
      return !say("show info").isEmpty();
    } catch (IOException e) {
      // Not there yet; the caller asks again.
      return false;
    }
  }

  private String say(String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(control));
        InputStream answer = Channels.newInputStream(channel)) {
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
      return new String(answer.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @Override
  public void close() {
    daemon.close();
  }
}
