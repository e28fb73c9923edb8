package dev.lmtp.io;

import dev.lmtp.AddressSyntax;
import dev.lmtp.Leniency;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What this host calls itself in greetings, hellos, trace fields and file names. */
public final class LocalHost {

  private LocalHost() {}

  /**
   * The host's name as the system knows it; {@code localhost} where it has none, or one that is no
   * domain.
   */
  public static String name() {
    String name = ofKernel().orElseGet(LocalHost::ofResolver);
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    boolean fit = AddressSyntax.isHostname(text, 0, text.length, Leniency.COMPATIBLE);
    return fit ? name : "localhost";
  }

  /** Asks nobody else: a name server that does not answer would hold up the start. */
  private static Optional<String> ofKernel() {
    try {
      return Optional.of(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    } catch (IOException e) {
      // Not on Linux.
      return Optional.empty();
    }
  }

  private static String ofResolver() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // It has a name that it cannot resolve, and mail to hand over all the same.
      return "";
    }
  }
}
