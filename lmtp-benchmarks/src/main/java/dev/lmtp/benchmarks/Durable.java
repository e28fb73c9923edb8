package dev.lmtp.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Deliveries that are on the disk when they are acknowledged: our server with its Maildir agent
 * beside Dovecot's LMTP, by turns, from the same sender into the same file system. The median of
 * each counts, behind one turn that is not measured. All is below one directory, which is removed.
 *
 * <p>Dovecot needs root, since its mailboxes are to belong to somebody else; where it cannot run,
 * ours is measured alone. Its processor time is that of all its processes, also of those that have
 * ended. Linux only.
 */
final class Durable implements AutoCloseable {

  /** Seconds: by the clock, and of the server's processor time. */
  private record Cost(double elapsed, double cpu) {}

  /** A server and how to know what it has used. */
  private record Served(Path socket, Process process) {}

  private static final int SESSIONS = 16;
  private static final int OCTETS = 1 << 10;
  private static final int USERS = 5;
  private static final Path DOVECOT = Path.of("/usr/sbin/dovecot");
  private static final String OWNER = "nobody";
  private static final String OURS = "ours";
  private static final String BESIDE = "Dovecot optimized";
  private static final double RATE = 2;
  private static final double CPU = 0.25;
  private static final double SEVERAL = 3;

  private static final String CONFIGURATION =
      """
      base_dir = %1$s/run
      state_dir = %1$s/state
      log_path = %1$s/log
      hostname = mail.example.org
      postmaster_address = postmaster@example.org
      ssl = no
      first_valid_uid = 1
      protocols = lmtp
      service lmtp {
        unix_listener lmtp {
          mode = 0666
        }
      }
      mail_location = maildir:~/Maildir
      mail_fsync = %4$s
      passdb {
        driver = static
        args = nopassword=y
      }
      userdb {
        driver = static
        args = uid=%2$s gid=%3$s home=%1$s/mail/%%n
      }
      """;

  private final Path folder;
  private final Map<String, Served> servers = new LinkedHashMap<>();
  private final List<Verdict> verdicts = new ArrayList<>();
  private final long ticks;

  private Durable(Path below) throws IOException {
    folder = Files.createTempDirectory(below, "lmtp-durable");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    ticks = Long.parseLong(output("getconf", "CLK_TCK"));
    // Dovecot's master would outlive us, were this run cut short.
    Runtime.getRuntime().addShutdownHook(new Thread(this::end));
  }

  /**
   * Arguments: rounds (3), messages of a turn (3000; a fifth of it where each takes longer), the
   * directory to use (that of temporary files).
   */
  static void main(List<String> arguments) throws Exception {
    measure(
        arguments.isEmpty() ? 3 : Integer.parseInt(arguments.get(0)),
        arguments.size() < 2 ? 3_000 : Integer.parseInt(arguments.get(1)),
        Path.of(arguments.size() < 3 ? System.getProperty("java.io.tmpdir") : arguments.get(2)));
  }

  /** Returns what became of the goals: none where Dovecot cannot run. */
  static List<Verdict> measure(int rounds, int messages, Path below) throws Exception {
    try (Durable durable = new Durable(below)) {
      durable.start();
      System.out.printf("Java %s, median of %d, %d octets%n%n", Runtime.version(), rounds, OCTETS);
      System.out.println(
          "| server | sessions | recipients | messages/s | CPU s/10,000 | ours/s | ours cpu | goals |");
      System.out.println("| --- ".repeat(8) + "|");
      durable.compare(1, SESSIONS, rounds, messages);
      int fewer = Math.max(SESSIONS, messages / USERS);
      durable.compare(USERS, SESSIONS, rounds, fewer);
      double one = durable.compare(1, 1, rounds, fewer);
      double several = durable.compare(USERS, 1, rounds, fewer);
      String what = "one message to " + USERS + " beside " + USERS + " to one, a session";
      durable.add(what, USERS * one / several, Verdict.Relation.AT_LEAST, SEVERAL);
      System.out.printf("%n%s%n", durable.verdicts.get(durable.verdicts.size() - 1));
      return durable.verdicts;
    }
  }

  private Verdict add(String what, double figure, Verdict.Relation relation, double goal) {
    Verdict verdict = new Verdict(14, what, figure, relation, goal);
    verdicts.add(verdict);
    return verdict;
  }

  /** Returns the seconds that our server needs for the messages. */
  private double compare(int recipients, int sessions, int rounds, int messages) throws Exception {
    Turns<String, Cost> turns = new Turns<>();
    List<Program> loads = new ArrayList<>();
    try {
      for (Map.Entry<String, Served> server : servers.entrySet()) {
        Program load = load(server.getValue().socket(), sessions, recipients);
        loads.add(load);
        turns.add(server.getKey(), () -> measure(server.getValue(), load, messages));
      }
      turns.run(1, rounds);
    } finally {
      loads.forEach(Program::close);
    }
    double elapsed = turns.median(OURS, Cost::elapsed);
    double cpu = turns.median(OURS, Cost::cpu);
    for (String name : servers.keySet()) {
      double its = turns.median(name, Cost::elapsed);
      double itsCpu = turns.median(name, Cost::cpu);
      String goals = "";
      if (name.equals(BESIDE) && recipients == 1 && sessions == SESSIONS) {
        goals =
            add("messages/s, " + name, its / elapsed, Verdict.Relation.AT_LEAST, RATE).text()
                + ", "
                + add("CPU, " + name, cpu / itsCpu, Verdict.Relation.AT_MOST, CPU).text();
      }
      System.out.printf(
          "| %s | %d | %d | %.0f | %.2f | %.2f | %.2f | %s |%n",
          name,
          sessions,
          recipients,
          messages / its,
          itsCpu * 10_000 / messages,
          its / elapsed,
          cpu / itsCpu,
          goals);
    }
    return elapsed;
  }

  private Cost measure(Served server, Program load, int messages) throws IOException {
    double before = cpu(server.process());
    double elapsed = load.ask(String.valueOf(messages))[0];
    return new Cost(elapsed, cpu(server.process()) - before);
  }

  private static Program load(Path socket, int sessions, int recipients) throws IOException {
    return Program.java(
        "dev.lmtp.benchmarks.Benchmarks",
        "load",
        "unix:" + socket,
        String.valueOf(sessions),
        String.valueOf(OCTETS),
        Sender.DELIVER.name(),
        String.valueOf(Integer.MAX_VALUE),
        String.valueOf(recipients));
  }

  // ---------------------------------------------------------------- processes

  private void start() throws Exception {
    Path mail = Files.createDirectory(folder.resolve("mail"));
    for (int i = 0; i < USERS; i++) {
      Files.createDirectory(mail.resolve("user" + i));
    }
    Path socket = folder.resolve("ours.socket");
    await(
        OURS,
        socket,
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "dev.lmtp.server.Serve",
            "--maildir",
            mail + "/%n",
            "--listen",
            "unix:" + socket));
    if (!Files.isExecutable(DOVECOT) || !Files.isExecutable(Path.of("/usr/lib/dovecot/lmtp"))) {
      System.out.println("dovecot-lmtpd is not installed: ours alone");
    } else if (!System.getProperty("user.name").equals("root")) {
      System.out.println("Dovecot needs root: ours alone");
    } else {
      dovecot("optimized");
      dovecot("always");
    }
  }

  private void dovecot(String sync) throws Exception {
    Path home = Files.createDirectory(folder.resolve(sync));
    Path mail = Files.createDirectory(home.resolve("mail"));
    UserPrincipal owner =
        home.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(OWNER);
    Files.setOwner(mail, owner);
    Path file =
        Files.writeString(
            home.resolve("dovecot.conf"),
            CONFIGURATION.formatted(
                home, output("id", "-u", OWNER), output("id", "-g", OWNER), sync));
    await(
        "Dovecot " + sync,
        home.resolve("run/lmtp"),
        new ProcessBuilder(DOVECOT.toString(), "-F", "-c", file.toString()));
  }

  private void await(String name, Path socket, ProcessBuilder program) throws Exception {
    Process process =
        program
            .redirectError(folder.resolve("errors").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    servers.put(name, new Served(socket, process));
    for (int i = 0; !Files.exists(socket); i++) {
      if (!process.isAlive() || i == 600) {
        throw new IOException(name + " does not listen");
      }
      Thread.sleep(50);
    }
  }

  private static String output(String... command) throws IOException {
    Process process = new ProcessBuilder(command).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
  }

  /** The seconds used by a process, by those it started, and by those of them that have ended. */
  private double cpu(Process process) throws IOException {
    long sum = 0;
    List<ProcessHandle> all =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    for (ProcessHandle one : all) {
      String stat = Files.readString(Path.of("/proc/" + one.pid() + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      // utime, stime, cutime and cstime, proc(5).
      for (int field = 11; field <= 14; field++) {
        sum += Long.parseLong(fields[field]);
      }
    }
    return (double) sum / ticks;
  }

  private void end() {
    for (Served server : servers.values()) {
      List<ProcessHandle> family =
          Stream.concat(Stream.of(server.process().toHandle()), server.process().descendants())
              .toList();
      family.forEach(ProcessHandle::destroy);
      for (ProcessHandle one : family) {
        // Who does not end in time is ended.
        one.onExit().completeOnTimeout(one, 20, TimeUnit.SECONDS).join();
        one.destroyForcibly();
        one.onExit().join();
      }
    }
  }

  @Override
  public void close() throws IOException {
    end();
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
