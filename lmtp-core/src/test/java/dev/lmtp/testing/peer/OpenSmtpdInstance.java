package dev.lmtp.testing.peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * A real OpenSMTPD of our own, as Debian's package has it, unpacked in the directory that the
 * system property {@code lmtp.peers} names: it cannot be installed beside Postfix. Its paths and
 * its users were compiled in, so it runs in a mount namespace in which those lie below one
 * temporary directory and are other names of {@code nobody}, as is {@code vmail}, for which it
 * delivers.
 */
public final class OpenSmtpdInstance implements AutoCloseable {
  private final InetSocketAddress smtp;
  private final PeerDaemon daemon;

  private OpenSmtpdInstance(InetSocketAddress smtp, PeerDaemon daemon) {
    this.smtp = smtp;
    this.daemon = daemon;
  }

  /**
   * Starts OpenSMTPD and returns when it takes mail.
   *
   * @param more what smtpd.conf says behind where it listens
   */
  public static OpenSmtpdInstance start(Path home, String more)
      throws IOException, InterruptedException {
    Path root =
        Path.of(System.getProperty("lmtp.peers", ".ci/peers"), "opensmtpd").toAbsolutePath();
    Path program = root.resolve("usr/sbin/smtpd");
    Assumptions.assumeTrue(Files.isExecutable(program), "OpenSMTPD is not unpacked");
    PeerProgram.requireRoot("OpenSMTPD");
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path spool = Files.createDirectories(home.resolve("spool/smtpd")).getParent();
    Files.setPosixFilePermissions(
        spool.resolve("smtpd"), PosixFilePermissions.fromString("rwx--x--x"));
    Path lib = home.resolve("lib");
    Files.createDirectories(lib.resolve("opensmtpd/empty"));
    MountNamespace namespace =
        MountNamespace.require()
            .aliases(home, "opensmtpd", "opensmtpq", "vmail")
            .bind(spool, "/var/spool")
            .bind(Files.createDirectories(home.resolve("run")), "/run")
            .bind(lib, "/var/lib")
            .bind(root.resolve("usr/libexec"), "/usr/libexec");
    InetSocketAddress smtp = PeerDaemon.freeAddress();
    Path configuration =
        Files.writeString(
            home.resolve("smtpd.conf"),
            "listen on 127.0.0.1 port " + smtp.getPort() + " hostname mail.example.org\n" + more);
    PeerDaemon daemon =
        PeerDaemon.start(
            namespace.command(List.of(program.toString(), "-d", "-f", configuration.toString())),
            home.resolve("smtpd.log"));
    return new OpenSmtpdInstance(smtp, daemon.awaitListening(smtp));
  }

  /** Where it takes mail by SMTP. */
  public InetSocketAddress smtp() {
    return smtp;
  }

  /** Waits for a line of the log that has this. */
  public void awaitLog(String pattern) throws IOException, InterruptedException {
    Pattern line = Pattern.compile(pattern);
    Await.answer(pattern, () -> line.matcher(log()).results().findFirst(), this::log);
  }

  /** The log so far. */
  public String log() {
    return daemon.output();
  }

  @Override
  public void close() {
    daemon.close();
  }
}
