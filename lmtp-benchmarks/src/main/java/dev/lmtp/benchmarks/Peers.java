package dev.lmtp.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Compares whole processes over a Unix-domain socket: our server program with Postfix's smtp-sink,
 * our client with its smtp-source. The two of a comparison run by turns; the median of each counts,
 * behind one turn that is not measured.
 */
final class Peers implements AutoCloseable {

  /** What takes messages and throws them away. */
  enum Server {
    OURS,
    SMTP_SINK
  }

  /** Who sends what to whom: so many octets a message, on so many connections at once. */
  record Setting(Server server, Sender sender, int sessions, int octets, int perConnection) {
    Setting with(Server other) {
      return new Setting(other, sender, sessions, octets, perConnection);
    }

    Setting with(Sender other) {
      return new Setting(server, other, sessions, octets, perConnection);
    }

    String name() {
      return sender + (perConnection == 1 ? ", anew" : "");
    }
  }

  /** Seconds: by the clock, of the server's processor time, of the sender's. */
  record Cost(double elapsed, double server, double sender) {}

  /**
   * Ours beside another's.
   *
   * @param target the row of {@link Targets} that sets the goals; 0 for none
   * @param rate our messages a second as a part of the other's, at least; 0 for no goal
   * @param cpu our processor time for each message as a part of the other's, at most; likewise
   */
  record Comparison(
      int target, Setting ours, Setting other, int messages, double rate, double cpu) {

    boolean isOfServers() {
      return ours.server() != other.server();
    }

    Comparison scaled(double scale) {
      return new Comparison(target, ours, other, Math.max(64, (int) (messages * scale)), rate, cpu);
    }
  }

  private static final String ROW =
      "| %-6s | %-18s | %8s | %7s | %-9s | %6s | %6s | %5s | %5s"
          + " | %11s | %12s | %11s | %12s | %s%n";
  private static final int REUSED = Integer.MAX_VALUE;
  private static final int KIB = 1 << 10;
  private static final int ROUNDS = 5;

  /** How many times what a sender is measured by it sends before. */
  private static final int WARM = 5;

  private static final int SERVER_WARM = 400_000;

  private final Path folder;
  private final Map<Server, Program> servers = new EnumMap<>(Server.class);
  private final PrintStream out = System.out;

  private Peers() throws IOException {
    folder = Files.createTempDirectory("lmtp-benchmarks");
    // smtp-sink wants to be another user than root.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  static void main(List<String> arguments) throws Exception {
    int rounds = arguments.isEmpty() ? ROUNDS : Integer.parseInt(arguments.get(0));
    double scale = arguments.size() < 2 ? 1 : Double.parseDouble(arguments.get(1));
    measure(rounds, scale, comparison -> true);
  }

  /** Makes the comparisons that are wanted, and prints each. */
  static List<Verdict> measure(int rounds, double scale, Predicate<Comparison> wanted)
      throws Exception {
    List<Verdict> verdicts = new ArrayList<>();
    try (Peers peers = new Peers()) {
      peers.start();
      peers.warm((int) (SERVER_WARM * scale));
      peers.out.printf("Java %s, median of %d; CPU in s/10,000%n%n", Runtime.version(), rounds);
      peers.out.printf(
          ROW,
          "whose",
          "sender",
          "sessions",
          "octets",
          "server",
          "ours/s",
          "their/s",
          "rate",
          "cpu",
          "server ours",
          "server their",
          "sender ours",
          "sender their",
          "goals: rate, cpu |");
      peers.out.println("| --- ".repeat(14) + "|");
      for (Comparison comparison : all()) {
        if (wanted.test(comparison)) {
          verdicts.addAll(peers.compare(comparison.scaled(scale), rounds));
        }
      }
    }
    return verdicts;
  }

  private static List<Comparison> all() {
    List<Comparison> all = new ArrayList<>();
    Setting source = new Setting(Server.OURS, Sender.SMTP_SOURCE, 1, KIB, REUSED);
    all.add(servers(0, source, 20_000, 0, 0));
    for (int sessions : new int[] {16, 64}) {
      Setting reused = new Setting(Server.OURS, Sender.SMTP_SOURCE, sessions, KIB, REUSED);
      all.add(servers(7, reused, 40_000, 0, 0.8));
      Setting single = new Setting(Server.OURS, Sender.SMTP_SOURCE, sessions, KIB, 1);
      all.add(servers(0, single, 15_000, 0, 0));
    }
    Setting steps = new Setting(Server.OURS, Sender.STEPS, 16, KIB, REUSED);
    all.add(servers(0, steps, 40_000, 0, 0));
    for (Sender sender : new Sender[] {Sender.SMTP_SOURCE, Sender.DELIVER, Sender.LAID_OUT}) {
      // The goals are for a server that is the limit, not for one which waits for its sender.
      boolean free = sender == Sender.LAID_OUT;
      Setting small = new Setting(Server.OURS, sender, 16, KIB, REUSED);
      if (sender != Sender.SMTP_SOURCE) {
        all.add(servers(free ? 8 : 0, small, free ? 400_000 : 60_000, free ? 2.3 : 0, 0));
      }
      Setting medium = new Setting(Server.OURS, sender, 16, 10 * KIB, REUSED);
      all.add(servers(0, medium, 20_000, 1, 1));
      Setting large = new Setting(Server.OURS, sender, 16, 100 * KIB, REUSED);
      all.add(servers(free ? 9 : 0, large, 6_000, free ? 5 : 0, free ? 0.12 : 0));
      Setting huge = new Setting(Server.OURS, sender, 16, 1024 * KIB, REUSED);
      all.add(servers(free ? 9 : 0, huge, 800, free ? 7 : 0, free ? 0.12 : 0));
    }
    for (int sessions : new int[] {1, 16}) {
      Setting ours = new Setting(Server.SMTP_SINK, Sender.DELIVER_ALL, sessions, KIB, REUSED);
      all.add(senders(10, ours, sessions == 1 ? 2.5 : 1.4, sessions == 1 ? 0.3 : 0));
      all.add(senders(0, ours.with(Sender.DELIVER), 0, 0));
    }
    Setting toOurs = new Setting(Server.OURS, Sender.DELIVER_ALL, 1, KIB, REUSED);
    all.add(senders(10, toOurs, 3.5, 0));
    return all;
  }

  private static Comparison servers(
      int target, Setting ours, int messages, double rate, double cpu) {
    return new Comparison(target, ours, ours.with(Server.SMTP_SINK), messages, rate, cpu);
  }

  private static Comparison senders(int target, Setting ours, double rate, double cpu) {
    return new Comparison(target, ours, ours.with(Sender.SMTP_SOURCE), 30_000, rate, cpu);
  }

  // ---------------------------------------------------------------- comparing

  private List<Verdict> compare(Comparison comparison, int rounds) throws Exception {
    Setting ours = comparison.ours();
    Setting other = comparison.other();
    int messages = comparison.messages();
    Turns<Setting, Cost> turns = new Turns<>();
    try (Sending mine = sending(ours);
        Sending theirs = sending(other)) {
      if (!comparison.isOfServers()) {
        // A sender is a new process, and no compiled code yet.
        measure(ours, mine, WARM * messages);
      }
      turns.add(ours, () -> measure(ours, mine, messages));
      turns.add(other, () -> measure(other, theirs, messages));
      turns.run(1, rounds);
    }
    boolean servers = comparison.isOfServers();
    ToDoubleFunction<Cost> cpu = servers ? Cost::server : Cost::sender;
    double rate = turns.median(other, Cost::elapsed) / turns.median(ours, Cost::elapsed);
    double share = turns.median(ours, cpu) / turns.median(other, cpu);
    String what =
        String.format(
            "%s, %d sessions, %d octets, %s",
            ours.name(), ours.sessions(), ours.octets(), servers ? "server" : ours.server());
    List<Verdict> verdicts = new ArrayList<>();
    if (comparison.rate() > 0) {
      verdicts.add(
          new Verdict(
              comparison.target(), what, rate, Verdict.Relation.AT_LEAST, comparison.rate()));
    }
    if (comparison.cpu() > 0) {
      verdicts.add(
          new Verdict(
              comparison.target(),
              what + ": CPU",
              share,
              Verdict.Relation.AT_MOST,
              comparison.cpu()));
    }
    out.printf(
        ROW,
        servers ? "server" : "client",
        ours.name(),
        ours.sessions(),
        ours.octets(),
        servers ? "both" : ours.server(),
        String.format("%.0f", messages / turns.median(ours, Cost::elapsed)),
        String.format("%.0f", messages / turns.median(other, Cost::elapsed)),
        String.format("%.2f", rate),
        String.format("%.2f", share),
        String.format("%.2f", turns.median(ours, Cost::server) * 10_000 / messages),
        String.format("%.2f", turns.median(other, Cost::server) * 10_000 / messages),
        String.format("%.2f", turns.median(ours, Cost::sender) * 10_000 / messages),
        String.format("%.2f", turns.median(other, Cost::sender) * 10_000 / messages),
        verdicts.stream().map(Verdict::text).collect(Collectors.joining(", ", "", " |")));
    out.flush();
    return verdicts;
  }

  private Cost measure(Setting setting, Sending sending, int messages) throws Exception {
    Program server = servers.get(setting.server());
    double before = server.cpu();
    double[] sent = sending.send(messages);
    return new Cost(sent[0], server.cpu() - before, sent[1]);
  }

  // ---------------------------------------------------------------- processes

  /** Sends messages on demand. */
  private interface Sending extends AutoCloseable {
    /** Returns the seconds by the clock, and of processor time. */
    double[] send(int messages) throws Exception;

    @Override
    default void close() {}
  }

  private Sending sending(Setting setting) throws IOException {
    if (setting.sender() == Sender.SMTP_SOURCE) {
      return messages -> source(setting, messages);
    }
    Program load =
        Program.java(
            "dev.lmtp.benchmarks.Benchmarks",
            "load",
            address(setting.server()),
            String.valueOf(setting.sessions()),
            String.valueOf(setting.octets()),
            setting.sender().name(),
            String.valueOf(setting.perConnection()),
            "1");
    return new Sending() {
      @Override
      public double[] send(int messages) throws IOException {
        return load.ask(String.valueOf(messages));
      }

      @Override
      public void close() {
        load.close();
      }
    };
  }

  private double[] source(Setting setting, int messages) throws Exception {
    return Postfix.source(
        address(setting.server()),
        setting.sessions(),
        setting.octets(),
        setting.perConnection() != 1,
        messages);
  }

  private void start() throws IOException, InterruptedException {
    servers.put(Server.OURS, Program.server(folder.resolve(Server.OURS.name())));
    Path sink = folder.resolve(Server.SMTP_SINK.name());
    List<String> command = new ArrayList<>(List.of(Postfix.program("smtp-sink"), "-L"));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
    }
    command.addAll(List.of("unix:" + sink, "1024"));
    servers.put(Server.SMTP_SINK, Program.start(command, sink));
  }

  /** Our server is a new process, and no compiled code yet. */
  private void warm(int messages) throws Exception {
    Setting quick = new Setting(Server.OURS, Sender.LAID_OUT, 16, KIB, REUSED);
    try (Sending sending = sending(quick)) {
      sending.send(Math.max(64, messages));
    }
    source(quick, Math.max(64, messages / 10));
  }

  private String address(Server server) {
    return "unix:" + folder.resolve(server.name());
  }

  @Override
  public void close() throws IOException {
    servers.values().forEach(Program::close);
    for (Server server : Server.values()) {
      Files.deleteIfExists(folder.resolve(server.name()));
    }
    Files.delete(folder);
  }
}
