package dev.lmtp.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A command that is fed a content, listened to, and ended when its time is up. Feeding and
 * listening have a thread each: a command that talks before it reads would block one that does
 * both.
 */
final class PipedCommand {

  private static final int BLOCK = 8_192;
  private static final int MOST_SAID = 1_024;
  private static final long LAST_WORDS_MILLIS = 1_000;

  private final Process process;
  private final InputStream content;
  private final StringBuilder said = new StringBuilder();
  private volatile String killed = "";

  /** Starts it; its standard error is its output. */
  PipedCommand(ProcessBuilder command, InputStream content) throws IOException {
    this.process = command.redirectErrorStream(true).start();
    this.content = content;
  }

  /**
   * Waits for its end.
   *
   * @return the exit code; 128 and more for one that a signal ended
   */
  int run(Duration patience) throws InterruptedIOException {
    try {
      start(this::feed);
      Thread listener = start(this::listen);
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        killed = " (killed after " + patience + ")";
        kill();
      }
      int exit = process.waitFor();
      // It need not be the end of the output: a child of its own may hold it open.
      listener.join(LAST_WORDS_MILLIS);
      return exit;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for a command");
    } finally {
      kill();
    }
  }

  /** What it printed, on one line, shortened. */
  synchronized String said() {
    return said.toString().replaceAll("\\p{Cntrl}+", " ").strip() + killed;
  }

  private static Thread start(Runnable task) {
    Thread thread = new Thread(task, "lmtp-pipe");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void feed() {
    byte[] block = new byte[BLOCK];
    try (OutputStream input = process.getOutputStream()) {
      for (int octets = read(block); octets >= 0; octets = read(block)) {
        input.write(block, 0, octets);
      }
    } catch (IOException e) {
      // It does not want the rest, and its exit code tells why; or the content failed, see below.
    }
  }

  private int read(byte[] block) throws IOException {
    try {
      return content.read(block, 0, block.length);
    } catch (IOException e) {
      // Killed before its input is closed: it must not take a part for the whole.
      killed = " (killed: " + e + ")";
      kill();
      throw e;
    }
  }

  private void listen() {
    byte[] block = new byte[BLOCK];
    try (InputStream output = process.getInputStream()) {
      for (int octets = output.read(block); octets >= 0; octets = output.read(block)) {
        hear(new String(block, 0, octets, StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      // The command has ended, and what it said last is lost.
    }
  }

  private synchronized void hear(String text) {
    said.append(text, 0, Math.min(text.length(), MOST_SAID - said.length()));
  }

  private void kill() {
    List<ProcessHandle> descendants = process.descendants().toList();
    // First: a shell whose last child is gone might say that all is well.
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
  }
}
