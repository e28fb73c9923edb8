package dev.lmtp.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

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

  /** What sends them. */
  enum Sender {
    SMTP_SOURCE,
    STEPS,
    DELIVER,
    DELIVER_ALL
  }

  /** Who sends what to whom: so many octets a message, on so many connections at once. */
  record Setting(Server server, Sender sender, int sessions, int octets, int perConnection) {
    Setting with(Server other) {
      return new Setting(other, sender, sessions, octets, perConnection);
    }

    Setting with(Sender other) {
      return new Setting(server, other, sessions, octets, perConnection);
    }
  }

  /** Seconds: by the clock, of the server's processor time, of the sender's. */
  record Cost(double elapsed, double server, double sender) {}

  /**
   * Ours beside another's.
   *
   * @param rate our messages a second as a part of the other's, at least
   * @param cpu our processor time for each message as a part of the other's, at most
   */
  record Comparison(Setting ours, Setting other, int messages, double rate, double cpu) {

    boolean isOfServers() {
      return ours.server() != other.server();
    }
  }

  private static final int REUSED = Integer.MAX_VALUE;
  private static final int KIB = 1 << 10;
  private static final int ROUNDS = 5;

  private final Path folder;
  private final Map<Server, Program> servers = new EnumMap<>(Server.class);

  private Peers() throws IOException {
    folder = Files.createTempDirectory("lmtp-benchmarks");
    // smtp-sink wants to be another user than root.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  static void main(List<String> arguments) throws Exception {
    int rounds = arguments.isEmpty() ? ROUNDS : Integer.parseInt(arguments.get(0));
    double scale = arguments.size() < 2 ? 1 : Double.parseDouble(arguments.get(1));
    try (Peers peers = new Peers()) {
      peers.start();
      PrintStream out = System.out;
      out.printf("Java %s, median of %d%n%n", Runtime.version(), rounds);
      String row = "| %-6s | %-11s | %8s | %8s | %-10s | %9s | %9s | %6s | %6s | %s%n";
      out.printf(
          row,
          "whose",
          "sender",
          "sessions",
          "octets",
          "server",
          "ours/s",
          "other/s",
          "rate",
          "cpu",
          "goals |");
      out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
      for (Comparison comparison : all(scale)) {
        peers.compare(comparison, rounds, out, row);
      }
    }
  }

  private static List<Comparison> all(double scale) {
    List<Comparison> all = new ArrayList<>();
    Setting source = new Setting(Server.OURS, Sender.SMTP_SOURCE, 1, KIB, REUSED);
    all.add(servers(source, 20_000, 0, 0));
    for (int sessions : new int[] {16, 64}) {
      Setting reused = new Setting(Server.OURS, Sender.SMTP_SOURCE, sessions, KIB, REUSED);
      all.add(servers(reused, 40_000, 0, 0.8));
      Setting single = new Setting(Server.OURS, Sender.SMTP_SOURCE, sessions, KIB, 1);
      all.add(servers(single, 15_000, 0, 0));
    }
    for (Sender sender : new Sender[] {Sender.SMTP_SOURCE, Sender.DELIVER, Sender.DELIVER_ALL}) {
      Setting small = new Setting(Server.OURS, sender, 16, KIB, REUSED);
      if (sender != Sender.SMTP_SOURCE) {
        all.add(servers(small, 60_000, 2.3, 0));
      }
      Setting medium = new Setting(Server.OURS, sender, 16, 10 * KIB, REUSED);
      all.add(servers(medium, 20_000, 1, 1));
      Setting large = new Setting(Server.OURS, sender, 16, 100 * KIB, REUSED);
      all.add(servers(large, 6_000, 5, 0.12));
      Setting huge = new Setting(Server.OURS, sender, 16, 1024 * KIB, REUSED);
      all.add(servers(huge, 800, 7, 0.12));
    }
    for (int sessions : new int[] {1, 16}) {
      Setting ours = new Setting(Server.SMTP_SINK, Sender.DELIVER_ALL, sessions, KIB, REUSED);
      all.add(senders(ours, 30_000, sessions == 1 ? 2.5 : 1.4, sessions == 1 ? 0.3 : 0));
      all.add(senders(ours.with(Sender.DELIVER), 30_000, 0, 0));
    }
    Setting toOurs = new Setting(Server.OURS, Sender.DELIVER_ALL, 1, KIB, REUSED);
    all.add(senders(toOurs, 30_000, 3.5, 0));
    all.replaceAll(
        one ->
            new Comparison(
                one.ours(),
                one.other(),
                Math.max(64, (int) (one.messages() * scale)),
                one.rate(),
                one.cpu()));
    return all;
  }

  private static Comparison servers(Setting ours, int messages, double rate, double cpu) {
    return new Comparison(ours, ours.with(Server.SMTP_SINK), messages, rate, cpu);
  }

  private static Comparison senders(Setting ours, int messages, double rate, double cpu) {
    return new Comparison(ours, ours.with(Sender.SMTP_SOURCE), messages, rate, cpu);
  }

  // ---------------------------------------------------------------- comparing

  private void compare(Comparison comparison, int rounds, PrintStream out, String row)
      throws Exception {
    List<Cost> ours = new ArrayList<>();
    List<Cost> others = new ArrayList<>();
    try (Sending mine = sending(comparison.ours());
        Sending theirs = sending(comparison.other())) {
      for (int round = 0; round <= rounds; round++) {
        Cost my = measure(comparison.ours(), mine, comparison.messages());
        Cost their = measure(comparison.other(), theirs, comparison.messages());
        if (round > 0) {
          ours.add(my);
          others.add(their);
        }
      }
    }
    boolean servers = comparison.isOfServers();
    ToDoubleFunction<Cost> cpu = servers ? Cost::server : Cost::sender;
    double rate = median(others, Cost::elapsed) / median(ours, Cost::elapsed);
    double share = median(ours, cpu) / median(others, cpu);
    Setting setting = comparison.ours();
    out.printf(
        row,
        servers ? "server" : "client",
        setting.sender() + (setting.perConnection() == 1 ? ", anew" : ""),
        setting.sessions(),
        setting.octets(),
        servers ? "both" : setting.server(),
        String.format("%.0f", comparison.messages() / median(ours, Cost::elapsed)),
        String.format("%.0f", comparison.messages() / median(others, Cost::elapsed)),
        String.format("%.2f", rate),
        String.format("%.2f", share),
        goal(">=", comparison.rate(), rate >= comparison.rate())
            + goal("cpu <=", comparison.cpu(), share <= comparison.cpu())
            + "|");
    out.flush();
  }

  private static String goal(String relation, double goal, boolean met) {
    return goal == 0 ? "" : relation + " " + goal + (met ? " " : " MISSED ");
  }

  private static double median(List<Cost> costs, ToDoubleFunction<Cost> of) {
    return costs.stream().mapToDouble(of).sorted().skip(costs.size() / 2).findFirst().orElseThrow();
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
    String reuse = setting.perConnection() == 1 ? "" : "-d ";
    // The shell tells what its child used.
    String command =
        String.format(
            "TIMEFORMAT='%%R %%U %%S'; time %s -L %s-s %d -l %d -m %d %s",
            postfix("smtp-source"),
            reuse,
            setting.sessions(),
            setting.octets(),
            messages,
            address(setting.server()));
    Process shell = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true).start();
    String said =
        new String(shell.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    if (shell.waitFor() != 0) {
      throw new IOException(said);
    }
    double[] time = seconds(said.substring(said.lastIndexOf('\n') + 1));
    return new double[] {time[0], time[1] + time[2]};
  }

  private static double[] seconds(String line) {
    return Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  private void start() throws IOException, InterruptedException {
    servers.put(Server.OURS, Program.server(folder.resolve(Server.OURS.name())));
    Path sink = folder.resolve(Server.SMTP_SINK.name());
    List<String> command = new ArrayList<>(List.of(postfix("smtp-sink"), "-L"));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
    }
    command.addAll(List.of("unix:" + sink, "1024"));
    servers.put(Server.SMTP_SINK, Program.start(command).await(sink));
  }

  /** Where Debian has it, whatever the path of the caller. */
  private static String postfix(String program) {
    Path usual = Path.of("/usr/sbin", program);
    return Files.isExecutable(usual) ? usual.toString() : program;
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
