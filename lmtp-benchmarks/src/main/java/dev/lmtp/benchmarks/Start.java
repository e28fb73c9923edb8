package dev.lmtp.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * From the start of the server's process to its 2xx for a first message of 1 KiB, over a
 * Unix-domain socket: as it comes, and with what a JDK can keep of an earlier run. By turns, with a
 * program that does nothing but say so, as the base.
 */
final class Start {

  /** How the process is started. */
  private enum Manner {
    HELLO("a program that says hello", "", "", 0),
    PLAIN("the server, with the JDK's own CDS archive", "", "", 120),
    ARCHIVE(
        "the server, with a CDS archive of its own",
        "-XX:ArchiveClassesAtExit=",
        "-XX:SharedArchiveFile=",
        0),
    AOT("the server, with an AOT cache", "-XX:AOTCacheOutput=", "-XX:AOTCache=", 80);

    private final String what;
    private final String training;
    private final String use;
    private final double goal;

    Manner(String what, String training, String use, double goal) {
      this.what = what;
      this.training = training;
      this.use = use;
      this.goal = goal;
    }

    boolean isKnown() {
      return this != AOT || Runtime.version().feature() >= 25;
    }
  }

  private static final int ROUNDS = 11;
  private static final String SERVER = "lmtp-server";

  private final Path folder;
  private final Path socket;
  private final String jar;
  private final byte[] message = Corpus.BASE64.content(1_024);

  private Start(Path folder, String jar) {
    this.folder = folder;
    this.socket = folder.resolve("socket");
    this.jar = jar;
  }

  /** Arguments: rounds; the server's jar, where it is not the one built beside this one. */
  static void main(List<String> arguments) throws Exception {
    int rounds = arguments.isEmpty() ? ROUNDS : Integer.parseInt(arguments.get(0));
    measure(rounds, arguments.size() < 2 ? serverJar() : Path.of(arguments.get(1)));
  }

  static List<Verdict> measure(int rounds) throws Exception {
    return measure(rounds, serverJar());
  }

  private static List<Verdict> measure(int rounds, Path jar) throws Exception {
    Path folder = Files.createTempDirectory("lmtp-benchmarks");
    try {
      return new Start(folder, jar.toString()).measure(rounds, System.out);
    } finally {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(one);
        }
      }
    }
  }

  /** What a user would start: a jar with everything else in it would take longer to open. */
  private static Path serverJar() throws Exception {
    Path own = Path.of(Start.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path built = own.resolve("../../../" + SERVER + "/target").normalize();
    try (Stream<Path> all = Files.list(built)) {
      return all.filter(jar -> jar.toString().endsWith("-standalone.jar"))
          .findFirst()
          .orElseThrow(() -> new IOException("no standalone jar in " + built));
    }
  }

  private List<Verdict> measure(int rounds, PrintStream out) throws Exception {
    Map<Manner, List<String>> commands = new EnumMap<>(Manner.class);
    for (Manner manner : Manner.values()) {
      if (manner.isKnown()) {
        commands.put(manner, command(manner));
      }
    }
    Turns<Manner, Double> turns = new Turns<>();
    commands.forEach(
        (manner, command) ->
            turns.add(
                manner, () -> manner == Manner.HELLO ? hello(command) : firstMessage(command)));
    turns.run(1, rounds);

    out.printf("Java %s, median of %d%n%n", Runtime.version(), rounds);
    out.println("| to the first message | ms | goal |\n| --- | ---: | --- |");
    List<Verdict> verdicts = new ArrayList<>();
    for (Manner manner : commands.keySet()) {
      double millis = turns.median(manner, Double::doubleValue);
      Verdict verdict =
          new Verdict(13, manner.what + ", ms", millis, Verdict.Relation.AT_MOST, manner.goal);
      if (manner.goal > 0) {
        verdicts.add(verdict);
      }
      out.printf(
          "| %s | %.0f | %s |%n", manner.what, millis, manner.goal > 0 ? verdict.text() : "");
    }
    return verdicts;
  }

  private List<String> command(Manner manner) throws IOException {
    if (manner == Manner.HELLO) {
      return List.of(Program.jdk("java"), "-cp", classes().toString(), Hello.class.getName());
    }
    if (manner.use.isEmpty()) {
      return server();
    }
    Path kept = folder.resolve(manner.name());
    Program program = Program.start(server(manner.training + kept));
    greet(program);
    // What was learnt is written by a process that ends by itself.
    program.end();
    if (!Files.exists(kept)) {
      throw new IOException("not written by " + manner.training + kept);
    }
    return server(manner.use + kept);
  }

  private List<String> server(String... options) {
    List<String> command = new ArrayList<>(List.of(Program.jdk("java")));
    command.addAll(List.of(options));
    command.addAll(List.of("-jar", jar, "--discard", "--listen", "unix:" + socket));
    return command;
  }

  /** A folder with the class of the least program alone. */
  private Path classes() throws IOException {
    String name = Hello.class.getName().replace('.', '/') + ".class";
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    try (InputStream in = Start.class.getClassLoader().getResourceAsStream(name)) {
      Files.copy(in, file);
    }
    return folder;
  }

  private static double hello(List<String> command) throws IOException {
    long started = System.nanoTime();
    try (Program program = Program.start(command)) {
      program.hear();
      return (System.nanoTime() - started) / 1e6;
    }
  }

  private double firstMessage(List<String> command) throws IOException {
    Files.deleteIfExists(socket);
    long started = System.nanoTime();
    try (Program program = Program.start(command)) {
      greet(program);
      return (System.nanoTime() - started) / 1e6;
    }
  }

  /** Waits until it listens, and has it take a message. */
  private void greet(Program program) throws IOException {
    program.hear();
    StepByStep client = new StepByStep("unix:" + socket);
    client.deliver(message);
    client.abandon();
  }
}
