package dev.lmtp.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How the cost of our server grows: with connections, with recipients, with octets. */
final class Growth {

  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final int REUSED = Integer.MAX_VALUE;

  private final Path socket;
  private final PrintStream out = System.out;

  private Growth(Path socket) {
    this.socket = socket;
  }

  static void main() throws Exception {
    System.out.printf("Java %s%n", Runtime.version());
    in(
        growth -> {
          growth.connections();
          growth.idling(0, 1_000, 9_000);
          growth.recipients();
          growth.sizes();
          return null;
        });
  }

  /** The memory for so many idle connections. */
  static List<Verdict> idle(int count) throws Exception {
    double each = in(growth -> growth.idling(count));
    return List.of(new Verdict(12, "KiB for each of " + count, each, Verdict.Relation.AT_MOST, 3));
  }

  private interface Measuring<T> {
    T of(Growth growth) throws Exception;
  }

  private static <T> T in(Measuring<T> measuring) throws Exception {
    Path folder = Files.createTempDirectory("lmtp-benchmarks");
    try {
      return measuring.of(new Growth(folder.resolve("socket")));
    } finally {
      Files.deleteIfExists(folder.resolve("socket"));
      Files.delete(folder);
    }
  }

  /** What one load came to. */
  private record Cost(double seconds, double cpu) {}

  private Program server() throws IOException {
    Files.deleteIfExists(socket);
    return Program.server(socket, "--max-connections", "20000");
  }

  /** Loads the server twice, and measures the second time. */
  private Cost load(Program server, int sessions, int octets, int recipients, int messages)
      throws IOException {
    try (Program load =
        Program.java(
            "dev.lmtp.benchmarks.Benchmarks",
            "load",
            "unix:" + socket,
            String.valueOf(sessions),
            String.valueOf(octets),
            Sender.LAID_OUT.name(),
            String.valueOf(REUSED),
            String.valueOf(recipients))) {
      load.ask(String.valueOf(messages));
      double before = server.cpu();
      double seconds = load.ask(String.valueOf(messages))[0];
      return new Cost(seconds, server.cpu() - before);
    }
  }

  private void connections() throws Exception {
    out.println("\n| connections | messages/s | server CPU s/10,000 | server MiB |");
    out.println("| ---: | ---: | ---: | ---: |");
    for (int sessions : new int[] {1, 16, 64, 256, 1_000}) {
      int messages = 100_000;
      try (Program server = server()) {
        Cost cost = load(server, sessions, KIB, 1, messages);
        out.printf(
            "| %d | %.0f | %.2f | %d |%n",
            sessions,
            messages / cost.seconds(),
            cost.cpu() * 10_000 / messages,
            server.memory() / MIB);
      }
    }
  }

  /** Returns the KiB for each of the last count. */
  private double idling(int... counts) throws Exception {
    double each = 0;
    out.println("\n| idle connections | KiB for each | messages/s beside them, 16 sessions |");
    out.println("| ---: | ---: | ---: |");
    for (int count : counts) {
      try (Program server = server()) {
        load(server, 16, KIB, 1, 50_000);
        long before = server.memory();
        List<SocketChannel> idle = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          idle.add(greeted());
        }
        each = (double) (server.memory() - before) / KIB / Math.max(1, count);
        Cost cost = load(server, 16, KIB, 1, 50_000);
        out.printf("| %d | %.1f | %.0f |%n", count, each, 50_000 / cost.seconds());
        for (SocketChannel channel : idle) {
          channel.close();
        }
      }
    }
    return each;
  }

  private SocketChannel greeted() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    channel.read(ByteBuffer.allocate(512));
    return channel;
  }

  private void recipients() throws Exception {
    out.println("\n| recipients | messages/s | recipients/s | server CPU s/10,000 recipients |");
    out.println("| ---: | ---: | ---: | ---: |");
    for (int recipients : new int[] {1, 5, 50, 500}) {
      int messages = 400_000 / (recipients + 4);
      try (Program server = server()) {
        Cost cost = load(server, 4, KIB, recipients, messages);
        out.printf(
            "| %d | %.0f | %.0f | %.3f |%n",
            recipients,
            messages / cost.seconds(),
            messages * recipients / cost.seconds(),
            cost.cpu() * 10_000 / messages / recipients);
      }
    }
  }

  private void sizes() throws Exception {
    out.println("\n| octets | messages/s | MiB/s | server CPU s/GiB |");
    out.println("| ---: | ---: | ---: | ---: |");
    for (int octets = KIB;
        octets <= 100 * MIB;
        octets *= octets == 10 * MIB ? 10 : octets < MIB ? 32 : 10) {
      int messages = (int) Math.max(20, Math.min(100_000, 4_000L * MIB / octets));
      try (Program server = server()) {
        Cost cost = load(server, 4, octets, 1, messages);
        double mib = (double) octets / MIB * messages;
        out.printf(
            "| %d | %.0f | %.0f | %.2f |%n",
            octets, messages / cost.seconds(), mib / cost.seconds(), cost.cpu() * KIB / mib);
      }
    }
  }
}
