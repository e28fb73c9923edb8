package dev.lmtp.io;

import dev.lmtp.AddressSyntax;
import dev.lmtp.Leniency;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;

/** What this host calls itself in greetings, hellos, trace fields and file names. */
public final class LocalHost {

  private LocalHost() {}

  /**
   * The host's name as the system knows it, fit for the wire.
   *
   * @return {@code localhost} where the system has none, or one that is no domain
   */
  public static String name() {
    try {
      String name = InetAddress.getLocalHost().getHostName();
      byte[] text = name.getBytes(StandardCharsets.UTF_8);
      boolean fit = AddressSyntax.isHostname(text, 0, text.length, Leniency.COMPATIBLE);
      return fit ? name : "localhost";
    } catch (UnknownHostException e) {
      // A machine that cannot resolve its own name still has mail to hand over.
      return "localhost";
    }
  }
}
