package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * A small file system of its own, for as long as a test runs. Where mounting is not allowed, as for
 * everybody but root and in most containers, the test is skipped.
 */
public record Mount(Path directory) implements AutoCloseable {

  /** A file system in memory, as {@code size=128k} or {@code nr_inodes=3} of it. */
  public static Mount tmpfs(Path directory, String options) throws IOException {
    return mount("-t", "tmpfs", "-o", options, "tmpfs", directory.toString());
  }

  /** An ext4 in a file that is made here, sparse; the kernel gives its loop device back. */
  public static Mount ext4(Path image, long size, Path directory) throws IOException {
    try (FileChannel channel =
        FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), size - 1);
    }
    assumeTrue(run("mkfs.ext4", "-q", image.toString()), "skipped: there is no mkfs.ext4");
    return image(image, directory);
  }

  /** A file system in a file, whose journal is replayed where it was not unmounted. */
  public static Mount image(Path image, Path directory) throws IOException {
    return mount("-o", "loop", image.toString(), directory.toString());
  }

  private static Mount mount(String... arguments) throws IOException {
    boolean mounted =
        run(Stream.concat(Stream.of("mount"), Stream.of(arguments)).toArray(String[]::new));
    assumeTrue(mounted, "skipped: mounting is not allowed here");
    return new Mount(Path.of(arguments[arguments.length - 1]));
  }

  public void remount(String options) throws IOException {
    assertTrue(run("mount", "-o", "remount," + options, directory.toString()));
  }

  /** Whether a program is there and ends with 0. */
  public static boolean run(String... command) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
    } catch (IOException e) {
      // There is no such program.
      return false;
    }
    process.getInputStream().readAllBytes();
    return process.onExit().join().exitValue() == 0;
  }

  @Override
  public void close() throws IOException {
    assertTrue(run("umount", directory.toString()), () -> directory + " stays mounted");
  }
}
