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
import java.util.function.ToDoubleFunction;
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
  private static final double RATE = 2;
  private static final double CPU = 0.25;

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
  private final long ticks;

  private Durable(Path below) throws IOException {
    folder = Files.createTempDirectory(below, "lmtp-durable");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    ticks = Long.parseLong(output("getconf", "CLK_TCK"));
    // Dovecot's master would outlive us, were this run cut short.
    Runtime.getRuntime().addShutdownHook(new Thread(this::end));
  }

  /** Arguments: rounds (3), messages of a turn (1000), the directory to use (temporary files'). */
  static void main(List<String> arguments) throws Exception {
    int rounds = arguments.isEmpty() ? 3 : Integer.parseInt(arguments.get(0));
    int messages = arguments.size() < 2 ? 1_000 : Integer.parseInt(arguments.get(1));
    Path below =
        Path.of(arguments.size() < 3 ? System.getProperty("java.io.tmpdir") : arguments.get(2));
    try (Durable durable = new Durable(below)) {
      durable.start();
      System.out.printf(
          "Java %s, median of %d, %d sessions, %d octets%n",
          Runtime.version(), rounds, SESSIONS, OCTETS);
      for (int recipients : new int[] {1, USERS}) {
        durable.compare(recipients, SESSIONS, rounds, messages);
      }
      durable.compare(1, 1, rounds, messages);
      durable.compare(USERS, 1, rounds, messages);
    }
  }

  private void compare(int recipients, int sessions, int rounds, int messages) throws Exception {
    Map<String, List<Cost>> costs = new LinkedHashMap<>();
    Map<String, Program> loads = new LinkedHashMap<>();
    try {
      for (String name : servers.keySet()) {
        loads.put(name, load(servers.get(name).socket(), sessions, recipients));
        costs.put(name, new ArrayList<>());
      }
      for (int round = 0; round <= rounds; round++) {
        for (String name : servers.keySet()) {
          double before = cpu(servers.get(name).process());
          double elapsed = loads.get(name).ask(String.valueOf(messages))[0];
          Cost cost = new Cost(elapsed, cpu(servers.get(name).process()) - before);
          if (round > 0) {
            costs.get(name).add(cost);
          }
        }
      }
    } finally {
      loads.values().forEach(Program::close);
    }
    costs.forEach((name, its) -> tell(name, sessions, recipients, messages, its, costs.get(OURS)));
  }

  private static void tell(
      String name, int sessions, int recipients, int messages, List<Cost> its, List<Cost> ours) {
    double elapsed = median(its, Cost::elapsed);
    double cpu = median(its, Cost::cpu);
    System.out.printf(
        "%-18s sessions %2d recipients %d: %7.0f messages/s, %6.2f CPU s per 10,000",
        name, sessions, recipients, messages / elapsed, cpu * 10_000 / messages);
    if (!name.equals(OURS)) {
      double rate = elapsed / median(ours, Cost::elapsed);
      double share = median(ours, Cost::cpu) / cpu;
      System.out.printf(
          "; ours %.2fx %s, at %.2fx CPU %s",
          rate, rate >= RATE ? "met" : "MISSED", share, share <= CPU ? "met" : "MISSED");
    }
    System.out.println();
  }

  private static double median(List<Cost> costs, ToDoubleFunction<Cost> of) {
    return costs.stream().mapToDouble(of).sorted().skip(costs.size() / 2).findFirst().orElseThrow();
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
