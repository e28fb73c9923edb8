package dev.lmtp.benchmarks;

import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.session.ServerSettings;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * Which threads should serve: our driver beside a plain selector, a pool with a thread for each
 * connection, and virtual threads. By turns, in processes of their own; medians.
 */
final class Drivers {

  private static final int ROUNDS = 5;
  private static final int WARM = 40_000;

  /** Who runs the sessions. */
  private enum Driver {
    PLAIN,
    LEADERS,
    POOL,
    VIRTUAL
  }

  private final Path folder;
  private final List<Driver> drivers = new ArrayList<>(Arrays.asList(Driver.values()));

  private Drivers(Path folder) {
    this.folder = folder;
    if (Runtime.version().feature() < 21) {
      drivers.remove(Driver.VIRTUAL);
    }
  }

  /** Measures the parts that are named, else all: {@code cpu sleeping latency}. */
  static void main(List<String> parts) throws Exception {
    System.out.printf("Java %s%n", Runtime.version());
    Path folder = Files.createTempDirectory("lmtp-drivers");
    try {
      Drivers all = new Drivers(folder);
      if (parts.isEmpty() || parts.contains("cpu")) {
        all.processorTime();
      }
      if (parts.isEmpty() || parts.contains("sleeping")) {
        all.sleeping();
      }
      if (parts.isEmpty() || parts.contains("latency")) {
        all.latency();
      }
    } finally {
      for (Driver driver : Driver.values()) {
        Files.deleteIfExists(folder.resolve(driver.name()));
      }
      Files.delete(folder);
    }
  }

  // ---------------------------------------------------------------- the servers

  /** A process: which driver, the microseconds its agent sleeps for each message, the socket. */
  static void serve(List<String> arguments) throws Exception {
    Driver driver = Driver.valueOf(arguments.get(0));
    long sleep = TimeUnit.MICROSECONDS.toNanos(Long.parseLong(arguments.get(1)));
    Path socket = Path.of(arguments.get(2));
    if (driver == Driver.PLAIN) {
      PlainSelector.serve(socket);
      return;
    }
    DeliveryAgent agent =
        message -> {
          while (message.next().hasRemaining()) {
            // Thrown away.
          }
          sleep(sleep);
          message.replyAll(Reply.of(250, "2.0.0", "Ok"));
        };
    LmtpServer.Builder builder = LmtpServer.builder(agent).listen("unix:" + socket);
    switch (driver) {
      case POOL -> builder.executor(Executors.newCachedThreadPool());
      case VIRTUAL -> builder.executor(virtualThreads());
      default -> {}
    }
    // A NOOP is what is measured.
    Limits limits = Limits.DEFAULT.withErrors(20, Integer.MAX_VALUE);
    builder.settings(ServerSettings.of(Protocol.LMTP, "drivers.example.org").withLimits(limits));
    LmtpServer server = builder.start();
    System.out.println("listening");
    server.join();
  }

  private static void sleep(long nanos) throws InterruptedIOException {
    try {
      if (nanos > 0) {
        TimeUnit.NANOSECONDS.sleep(nanos);
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    }
  }

  private static Executor virtualThreads() throws ReflectiveOperationException {
    try {
      return (Executor) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private Map<Driver, Program> start(List<Driver> which, long micros) throws IOException {
    Map<Driver, Program> servers = new EnumMap<>(Driver.class);
    for (Driver driver : which) {
      Path socket = folder.resolve(driver.name());
      Files.deleteIfExists(socket);
      Program server =
          Program.java(
              "dev.lmtp.benchmarks.Benchmarks",
              "serve",
              driver.name(),
              String.valueOf(micros),
              socket.toString());
      servers.put(driver, server);
      server.hear();
    }
    return servers;
  }

  // ---------------------------------------------------------------- what is measured

  /** What a driver came to: messages a second, and microseconds of the server's for each. */
  private record Cost(double rate, double cpu) {}

  private Map<Driver, Cost> load(List<Driver> which, long micros, int sessions, int messages)
      throws Exception {
    Map<Driver, Program> servers = start(which, micros);
    Turns<Driver, Cost> turns = new Turns<>();
    try {
      for (Driver driver : which) {
        source(driver, Math.max(sessions, 16), micros == 0 ? WARM : messages);
        turns.add(driver, () -> cost(driver, servers.get(driver), sessions, messages));
      }
      turns.run(0, ROUNDS);
    } finally {
      servers.values().forEach(Program::close);
    }
    Map<Driver, Cost> costs = new EnumMap<>(Driver.class);
    for (Driver driver : which) {
      costs.put(
          driver, new Cost(turns.median(driver, Cost::rate), turns.median(driver, Cost::cpu)));
    }
    return costs;
  }

  /**
   * With one thread, which is not the limit, and not one for each session: those would outnumber
   * the server's where both share the processors.
   */
  private double source(Driver driver, int sessions, int messages) throws Exception {
    return Postfix.source(address(driver), sessions, 1024, true, messages)[0];
  }

  private Cost cost(Driver driver, Program server, int sessions, int messages) throws Exception {
    double before = server.cpu();
    double seconds = source(driver, sessions, messages);
    return new Cost(messages / seconds, (server.cpu() - before) * 1e6 / messages);
  }

  private String address(Driver driver) {
    return "unix:" + folder.resolve(driver.name());
  }

  private void processorTime() throws Exception {
    System.out.println("\n| sessions | driver | messages/s | server CPU us | of plain | goal |");
    System.out.println("| ---: | --- | ---: | ---: | ---: | --- |");
    for (int sessions : new int[] {1, 4, 16, 64}) {
      double goal = sessions == 1 ? 1.5 : 1.25;
      Map<Driver, Cost> costs = load(drivers, 0, sessions, sessions == 1 ? 8_000 : 40_000);
      for (Driver driver : drivers) {
        Cost cost = costs.get(driver);
        double ratio = cost.cpu() / costs.get(Driver.PLAIN).cpu();
        String verdict = driver != Driver.LEADERS ? "" : verdict("<= ", goal, ratio <= goal);
        System.out.printf(
            "| %d | %s | %.0f | %.1f | %.2f | %s |%n",
            sessions, driver, cost.rate(), cost.cpu(), ratio, verdict);
      }
    }
  }

  private void sleeping() throws Exception {
    System.out.println(
        "\n| agent sleeps | sessions | driver | messages/s | of the pool's | server CPU us | goal |");
    System.out.println("| ---: | ---: | --- | ---: | ---: | ---: | --- |");
    List<Driver> which = new ArrayList<>(drivers);
    which.remove(Driver.PLAIN);
    for (int micros : new int[] {1_000, 5_000}) {
      for (int sessions : new int[] {4, 16, 64}) {
        int messages = Math.min(20_000, 2_000_000 / micros * sessions);
        Map<Driver, Cost> costs = load(which, micros, sessions, messages);
        for (Driver driver : which) {
          Cost cost = costs.get(driver);
          double ratio = cost.rate() / costs.get(Driver.POOL).rate();
          String verdict = driver != Driver.LEADERS ? "" : verdict(">= ", 0.85, ratio >= 0.85);
          System.out.printf(
              "| %d us | %d | %s | %.0f | %.2f | %.1f | %s |%n",
              micros, sessions, driver, cost.rate(), ratio, cost.cpu(), verdict);
        }
      }
    }
  }

  /** A NOOP while all others are in an agent that does not return for a while. */
  private void latency() throws Exception {
    System.out.println(
        "\n| sessions in an agent | driver | NOOP p50 us | p99 us | most us | goal |");
    System.out.println("| ---: | --- | ---: | ---: | ---: | --- |");
    List<Driver> which = new ArrayList<>(drivers);
    which.remove(Driver.PLAIN);
    int blocked = 16;
    long micros = 20_000;
    Map<Driver, Program> servers = start(which, micros);
    try {
      for (Driver driver : which) {
        FutureTask<Double> load = new FutureTask<>(() -> source(driver, blocked, 6_000));
        new Thread(load).start();
        try (StepByStep session = new StepByStep(address(driver))) {
          long[] took = new long[4_000];
          for (int i = -1_000; i < took.length; i++) {
            long began = System.nanoTime();
            session.noop();
            if (i >= 0) {
              took[i] = System.nanoTime() - began;
            }
            TimeUnit.MICROSECONDS.sleep(500);
          }
          load.get();
          Arrays.sort(took);
          double p99 = took[took.length * 99 / 100] / 1e3;
          String verdict = driver != Driver.LEADERS ? "" : verdict("p99 <= ", 5_000, p99 <= 5_000);
          System.out.printf(
              "| %d | %s | %.0f | %.0f | %.0f | %s |%n",
              blocked,
              driver,
              took[took.length / 2] / 1e3,
              p99,
              took[took.length - 1] / 1e3,
              verdict);
        }
      }
    } finally {
      servers.values().forEach(Program::close);
    }
  }

  private static String verdict(String how, double goal, boolean kept) {
    return how + goal + (kept ? "" : " MISSED");
  }
}
