package dev.lmtp.client.interop;

import dev.lmtp.testing.peer.PeerDaemon;
import dev.lmtp.testing.peer.PeerProgram;
import dev.lmtp.testing.peer.StoredMail;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Dovecot of our own that does nothing but LMTP: configuration, sockets, users, mailboxes
 * and log are below one temporary directory. The mailboxes belong to {@code nobody}, so it needs
 * root; elsewhere the test is skipped.
 */
final class DovecotInstance implements AutoCloseable {
  private static final String USER = "nobody";

  private static final String CONFIGURATION =
      """
      base_dir = %1$s/run
      state_dir = %1$s/state
      log_path = %1$s/dovecot.log
      hostname = mail.example.org
      postmaster_address = postmaster@example.org
      protocols = lmtp
      ssl = no
      mail_location = maildir:~/Maildir
      mail_plugins = quota
      first_valid_uid = 1
      plugin {
        quota = maildir:User quota
        quota_grace = 0
      }
      passdb {
        driver = static
        args = nopassword=y
      }
      userdb {
        driver = passwd-file
        args = username_format=%%u %1$s/users
      }
      service lmtp {
        unix_listener lmtp {
          mode = 0666
        }
        inet_listener lmtp {
          address = 127.0.0.1
          port = %2$d
        }
      }
      """;

  private final Path home;
  private final InetSocketAddress inet;
  private final PeerDaemon daemon;

  private DovecotInstance(Path home, InetSocketAddress inet, PeerDaemon daemon) {
    this.home = home;
    this.inet = inet;
    this.daemon = daemon;
  }

  /**
   * Starts Dovecot and returns when it takes mail. {@code ann@example.org} and {@code
   * ben@example.org} have mailboxes, that of {@code full@example.org} holds 10 bytes.
   *
   * @param more lines for the configuration
   */
  static DovecotInstance start(Path home, String more) throws IOException, InterruptedException {
    PeerProgram dovecot = PeerProgram.require("dovecot");
    PeerProgram.requireRoot("Dovecot");
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/lib/dovecot/lmtp")), "dovecot-lmtpd is not installed");
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path mail = Files.createDirectories(home.resolve("mail"));
    own(mail);
    int uid = (int) Files.getAttribute(mail, "unix:uid");
    StringBuilder users = new StringBuilder();
    for (String name : new String[] {"ann", "ben", "full"}) {
      String quota = name.equals("full") ? "userdb_quota_rule=*:bytes=10" : "";
      users.append(
          "%s@example.org::%d:%d::%s/%s::%s\n".formatted(name, uid, uid, mail, name, quota));
    }
    Files.writeString(home.resolve("users"), users);
    InetSocketAddress inet = PeerDaemon.freeAddress();
    Path configuration =
        Files.writeString(
            home.resolve("dovecot.conf"), CONFIGURATION.formatted(home, inet.getPort()) + more);
    PeerDaemon daemon =
        PeerDaemon.start(
            dovecot.command("-F", "-c", configuration.toString()), home.resolve("output"));
    return new DovecotInstance(home, inet, daemon.awaitListening(inet));
  }

  /** Where it listens. */
  InetSocketAddress inet() {
    return inet;
  }

  /** Where it listens. */
  UnixDomainSocketAddress unix() {
    return UnixDomainSocketAddress.of(home.resolve("run/lmtp"));
  }

  /** Puts an old message of 100 bytes into a user's mailbox. */
  void fill(String name) throws IOException {
    Path maildir = home.resolve("mail/" + name + "/Maildir");
    for (String directory : new String[] {"", "cur", "new", "tmp"}) {
      own(Files.createDirectories(maildir.resolve(directory)));
    }
    own(Files.write(maildir.resolve("cur/1.M1P1.mail,S=100:2,S"), new byte[100]));
    own(maildir.getParent());
  }

  private static void own(Path path) throws IOException {
    Files.setOwner(
        path, path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER));
  }

  /** The new mail of a user. */
  StoredMail mail(String name) {
    return StoredMail.in(home.resolve("mail/" + name + "/Maildir/new"));
  }

  @Override
  public void close() {
    daemon.close();
  }
}
