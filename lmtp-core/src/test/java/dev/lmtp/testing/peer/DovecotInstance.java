package dev.lmtp.testing.peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Dovecot of our own: configuration, sockets, users, mailboxes and log are below one
 * temporary directory. It does LMTP, for its own mailboxes or as a proxy, or IMAP. The mailboxes
 * belong to {@link #OWNER}, so it needs root; elsewhere the test is skipped.
 */
public final class DovecotInstance implements AutoCloseable {
  /** Whose the mailboxes are. */
  public static final String OWNER = "nobody";

  private static final String BASICS =
      """
      base_dir = %1$s/run
      state_dir = %1$s/state
      log_path = %1$s/dovecot.log
      hostname = mail.example.org
      postmaster_address = postmaster@example.org
      ssl = no
      first_valid_uid = 1
      """;

  private static final String LMTP =
      """
      protocols = lmtp
      service lmtp {
        unix_listener lmtp {
          mode = 0666
        }
        inet_listener lmtp {
          address = 127.0.0.1
          port = %d
        }
      }
      """;

  private static final String MAILBOXES =
      """
      mail_location = maildir:~/Maildir
      mail_plugins = quota
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
        args = username_format=%%u %s/users
      }
      """;

  private static final String PROXY =
      """
      lmtp_proxy = yes
      passdb {
        driver = static
        args = nopassword=y proxy=y protocol=lmtp host=127.0.0.1 port=%d forward_site=north forward_note=a+b
      }
      """;

  private static final String IMAP =
      """
      protocols = imap
      service imap-login {
        inet_listener imap {
          address = 127.0.0.1
          port = %1$d
        }
        inet_listener imaps {
          port = 0
        }
      }
      disable_plaintext_auth = no
      mail_location = maildir:%2$s
      mail_plugins = quota
      protocol imap {
        mail_plugins = $mail_plugins imap_quota
      }
      plugin {
        %4$s
        quota_rule = *:storage=1G
      }
      passdb {
        driver = static
        args = password=secret
      }
      userdb {
        driver = static
        args = uid=%3$d gid=%3$d home=%2$s
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
  public static DovecotInstance start(Path home, String more)
      throws IOException, InterruptedException {
    PeerProgram.requireRoot("Dovecot");
    Path mail = Files.createDirectories(home.resolve("mail"));
    Ownership.give(mail, OWNER);
    int uid = Ownership.uid(home, OWNER);
    StringBuilder users = new StringBuilder();
    for (String name : new String[] {"ann", "ben", "full"}) {
      String quota = name.equals("full") ? "userdb_quota_rule=*:bytes=10" : "";
      users.append(
          "%s@example.org::%d:%d::%s/%s::%s\n".formatted(name, uid, uid, mail, name, quota));
    }
    Files.writeString(home.resolve("users"), users);
    InetSocketAddress inet = PeerDaemon.freeAddress();
    return run(
        home, inet, "lmtp", LMTP.formatted(inet.getPort()) + MAILBOXES.formatted(home) + more);
  }

  /**
   * Starts a Dovecot that passes all mail on to a server at that port of the loopback interface.
   */
  public static DovecotInstance proxy(Path home, int port)
      throws IOException, InterruptedException {
    InetSocketAddress inet = PeerDaemon.freeAddress();
    return run(home, inet, "lmtp", LMTP.formatted(inet.getPort()) + PROXY.formatted(port));
  }

  /**
   * Starts an IMAP server over mailboxes that are there, for which every user has the password
   * {@code secret}.
   *
   * @param template where they are, with {@code %n} for the local part and {@code %d} for the
   *     domain
   * @param quota the plugin's settings of how it counts what they hold
   */
  public static DovecotInstance imap(Path home, String template, String quota)
      throws IOException, InterruptedException {
    PeerProgram.requireRoot("Dovecot");
    InetSocketAddress inet = PeerDaemon.freeAddress();
    return run(
        home,
        inet,
        "imap",
        IMAP.formatted(inet.getPort(), template, Ownership.uid(home, OWNER), quota));
  }

  private static DovecotInstance run(
      Path home, InetSocketAddress inet, String protocol, String configuration)
      throws IOException, InterruptedException {
    PeerProgram dovecot = PeerProgram.require("dovecot");
    PeerProgram.requireRoot("Dovecot");
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/lib/dovecot", protocol)),
        () -> "dovecot-" + protocol + "d is not installed");
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path file =
        Files.writeString(home.resolve("dovecot.conf"), BASICS.formatted(home) + configuration);
    PeerDaemon daemon =
        PeerDaemon.start(dovecot.command("-F", "-c", file.toString()), home.resolve("output"));
    return new DovecotInstance(home, inet, daemon.awaitListening(inet));
  }

  /** Where it listens. */
  public InetSocketAddress inet() {
    return inet;
  }

  /** Where it listens, unless it does IMAP. */
  public UnixDomainSocketAddress unix() {
    return UnixDomainSocketAddress.of(home.resolve("run/lmtp"));
  }

  /** Puts an old message of 100 bytes into a user's mailbox. */
  public void fill(String name) throws IOException {
    Path mailbox = home.resolve("mail/" + name);
    for (String directory : new String[] {"cur", "new", "tmp"}) {
      Files.createDirectories(mailbox.resolve("Maildir").resolve(directory));
    }
    Files.write(mailbox.resolve("Maildir/cur/1.M1P1.mail,S=100:2,S"), new byte[100]);
    Ownership.give(mailbox, OWNER);
  }

  /** The new mail of a user. */
  public StoredMail mail(String name) {
    return StoredMail.in(home.resolve("mail/" + name + "/Maildir/new"));
  }

  /** Has it count anew what a user's mailbox holds. */
  public void countQuota(String user) throws IOException, InterruptedException {
    PeerProgram.require("doveadm")
        .run("-c", home.resolve("dovecot.conf").toString(), "quota", "recalc", "-u", user)
        .requireSuccess();
  }

  /** Its log so far. */
  public String log() throws IOException {
    return PeerProgram.text(home.resolve("dovecot.log"));
  }

  @Override
  public void close() {
    daemon.close();
  }
}
