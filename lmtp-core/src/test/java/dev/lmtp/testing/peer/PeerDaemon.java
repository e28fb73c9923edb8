package dev.lmtp.testing.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;

/**
 * A program that stays in the foreground until it is closed, with its children; should the tests'
 * own process be ended, so are they.
 */
public final class PeerDaemon implements AutoCloseable {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private final List<String> command;
  private final Process process;
  private final Path log;
  private final Thread lastResort = new Thread(this::kill, "last resort");

  private PeerDaemon(List<String> command, Path log) throws IOException {
    this.command = command;
    this.log = log;
    this.process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Runtime.getRuntime().addShutdownHook(lastResort);
  }

  /** Starts a program that writes its output to that file. */
  public static PeerDaemon start(List<String> command, Path log) throws IOException {
    return new PeerDaemon(List.copyOf(command), log);
  }

  /** A TCP address on the loopback interface where nobody listens yet. */
  public static InetSocketAddress freeAddress() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByAddress(LOOPBACK))) {
      return new InetSocketAddress(probe.getInetAddress(), probe.getLocalPort());
    }
  }

  /** Waits until the program takes connections there; fails the test if it ends instead. */
  public PeerDaemon awaitListening(SocketAddress address) throws IOException, InterruptedException {
    return awaitReady("to listen", () -> answers(address));
  }

  /** Waits until the program is ready; fails the test if it ends instead. */
  public PeerDaemon awaitReady(String what, BooleanSupplier ready)
      throws IOException, InterruptedException {
    boolean good = false;
    try {
      Await.answer(
          command + " " + what,
          () -> ready.getAsBoolean() || !process.isAlive() ? Optional.of(true) : Optional.empty(),
          this::output);
      good = process.isAlive();
    } finally {
      if (!good) {
        kill();
      }
    }
    Assertions.assertTrue(good, () -> command + " has ended:\n" + output());
    return this;
  }

  private static boolean answers(SocketAddress address) {
    try (SocketChannel channel = SocketChannel.open(address)) {
      return channel.isConnected();
    } catch (IOException e) {
      // Not there yet; the caller asks again.
      return false;
    }
  }

  /** All that the program has printed so far. */
  public String output() {
    try {
      return PeerProgram.text(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The id of its process. */
  public long pid() {
    return process.pid();
  }

  /** Sends SIGTERM to the program and its children, and expects that they end. */
  @Override
  public void close() {
    // To all: some start by a shell that does not pass the signal on.
    List<ProcessHandle> family = family();
    family.forEach(ProcessHandle::destroy);
    try {
      awaitEnd(family);
    } catch (CompletionException e) {
      family.forEach(ProcessHandle::destroyForcibly);
      throw new AssertionError(command + " did not end on SIGTERM:\n" + output(), e);
    } finally {
      removeLastResort();
    }
  }

  /** Ends it without asking, for a program that does not react to anything gentler. */
  public void kill() {
    List<ProcessHandle> family = family();
    family.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(family);
    removeLastResort();
  }

  private List<ProcessHandle> family() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }

  /** Nobody may write to the test's directory when it is removed. */
  private static void awaitEnd(List<ProcessHandle> family) {
    CompletableFuture.allOf(
            family.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
  }

  private void removeLastResort() {
    if (Thread.currentThread() != lastResort) {
      Runtime.getRuntime().removeShutdownHook(lastResort);
    }
  }
}
