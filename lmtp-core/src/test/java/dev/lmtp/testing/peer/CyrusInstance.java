package dev.lmtp.testing.peer;

import dev.lmtp.testing.Certificates;
import dev.lmtp.testing.Certificates.Owner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Cyrus IMAP server of our own: configuration, passwords, mailboxes and sockets are below
 * one temporary directory. Of Debian's packages the files suffice, also unpacked in the directory
 * that the system property {@code lmtp.peers} names. It needs root, to become {@code nobody};
 * elsewhere the test is skipped.
 *
 * <p>It takes mail at three places, with a certificate for localhost at those of TCP: {@link #unix}
 * and {@link #preauthorized} trust whoever comes, {@link #authenticating} wants {@link #USER} and
 * {@link #PASSWORD}. Mailboxes have {@code ann}, {@code ben}, and {@code full}, whose quota is 1
 * KiB; the domain of an address does not matter.
 */
public final class CyrusInstance implements AutoCloseable {
  /** Who may hand over mail, once he has authenticated himself. */
  public static final String USER = "postman";

  public static final String PASSWORD = "l3tter bag";

  private static final String HOST = "mail.example.org";
  private static final String OWNER = "nobody";
  private static final String ADMIN = "admin";

  private static final String IMAPD_CONF =
      """
      cyrus_user: nobody
      servername: mail.example.org
      configdirectory: %1$s
      partition-default: %1$s/spool
      sievedir: %1$s/sieve
      proc_path: %1$s/proc
      mboxname_lockpath: %1$s/lock
      unixhierarchysep: yes
      admins: admin
      lmtp_admins: postman
      sasl_pwcheck_method: auxprop
      sasl_auxprop_plugin: sasldb
      sasl_sasldb_path: %1$s/sasldb2
      sasl_mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
      allowplaintext: yes
      tls_server_cert: %1$s/server.pem
      tls_server_key: %1$s/server.key
      """;

  private static final String CYRUS_CONF =
      """
      START {
      }
      SERVICES {
        imap     cmd="%1$s/imapd -C %2$s"    listen="127.0.0.1:%3$d"
        lmtpunix cmd="%1$s/lmtpd -C %2$s"    listen="%4$s/lmtp"
        lmtppre  cmd="%1$s/lmtpd -C %2$s -a" listen="127.0.0.1:%5$d"
        lmtp     cmd="%1$s/lmtpd -C %2$s"    listen="127.0.0.1:%6$d"
      }
      EVENTS {
      }
      """;

  private static final Pattern MAILBOX_ID = Pattern.compile("MAILBOXID \\((\\w+)\\)");

  private final Path home;
  private final Path var;
  private final InetSocketAddress imap = PeerDaemon.freeAddress();
  private final InetSocketAddress preauthorized = PeerDaemon.freeAddress();
  private final InetSocketAddress authenticating = PeerDaemon.freeAddress();
  private final Map<String, Path> mailboxes = new HashMap<>();
  private PeerDaemon master;

  private CyrusInstance(Path home) throws IOException {
    this.home = home;
    this.var = Files.createDirectories(home.resolve("var"));
  }

  /**
   * Starts Cyrus and returns when it takes mail.
   *
   * @param more lines for imapd.conf
   */
  public static CyrusInstance start(Path home, String... more)
      throws IOException, InterruptedException {
    PeerProgram.requireRoot("Cyrus");
    Path root = root();
    CyrusInstance cyrus = new CyrusInstance(home);
    cyrus.prepare(root, more);
    boolean ready = false;
    try {
      cyrus.run(root);
      cyrus.makeMailboxes();
      ready = true;
      return cyrus;
    } finally {
      if (!ready) {
        cyrus.close();
      }
    }
  }

  private static Path root() {
    Path unpacked = Path.of(System.getProperty("lmtp.peers", ".ci/peers"), "cyrus");
    return Stream.of(Path.of("/"), unpacked.toAbsolutePath())
        .filter(root -> Files.isExecutable(programs(root).resolve("master")))
        .findFirst()
        .orElseGet(() -> Assumptions.abort("cyrus-imapd is neither installed nor unpacked"));
  }

  private void prepare(Path root, String... more) throws IOException, InterruptedException {
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String directory : List.of("spool", "sieve", "proc", "lock")) {
      Files.createDirectories(var.resolve(directory));
    }
    Files.copy(Certificates.certificate(Owner.LOCALHOST), var.resolve("server.pem"));
    Files.copy(Certificates.key(Owner.LOCALHOST), var.resolve("server.key"));
    PeerProgram passwords =
        PeerProgram.of(
            root.resolve("usr/sbin/saslpasswd2").toString(),
            "-c",
            "-p",
            "-u",
            HOST,
            "-f",
            var.resolve("sasldb2").toString());
    for (String user : List.of(ADMIN, USER)) {
      passwords.runWith(PASSWORD.getBytes(StandardCharsets.US_ASCII), user).requireSuccess();
    }
    Ownership.give(var, OWNER);
    Files.writeString(imapdConf(), IMAPD_CONF.formatted(var) + String.join("\n", more) + "\n");
    Files.writeString(
        cyrusConf(),
        CYRUS_CONF.formatted(
            programs(root),
            imapdConf(),
            imap.getPort(),
            var,
            preauthorized.getPort(),
            authenticating.getPort()));
  }

  private Path imapdConf() {
    return home.resolve("imapd.conf");
  }

  private Path cyrusConf() {
    return home.resolve("cyrus.conf");
  }

  private static Path programs(Path root) {
    return root.resolve("usr/lib/cyrus/bin");
  }

  /** The master stays in the foreground; unpacked libraries are where no loader looks. */
  private void run(Path root) throws IOException, InterruptedException {
    master =
        PeerDaemon.start(
                List.of(
                    "env",
                    "LD_LIBRARY_PATH=" + libraries(root),
                    programs(root).resolve("master").toString(),
                    "-C",
                    imapdConf().toString(),
                    "-M",
                    cyrusConf().toString(),
                    "-p",
                    var.resolve("pid").toString()),
                home.resolve("output"))
            .awaitListening(imap)
            .awaitListening(unix())
            .awaitListening(preauthorized)
            .awaitListening(authenticating);
  }

  private static Path libraries(Path root) throws IOException {
    try (Stream<Path> found =
        Files.find(
            root.resolve("usr/lib"), 2, (path, attributes) -> path.endsWith("libcyrus.so.0"))) {
      return found.map(Path::getParent).findFirst().orElseThrow();
    }
  }

  private void makeMailboxes() throws IOException {
    try (ImapDialogue admin = ImapDialogue.open(imap)) {
      admin.command("LOGIN " + ADMIN + " \"" + PASSWORD + '"');
      for (String user : List.of("ann", "ben", "full")) {
        Matcher made = MAILBOX_ID.matcher(admin.command("CREATE user/" + user));
        Assertions.assertTrue(made.find(), "CREATE tells no id");
        String id = made.group(1);
        // The spool has a directory for each id, below its first letter and its second.
        mailboxes.put(user, Path.of(id.substring(0, 1), id.substring(1, 2), id));
      }
      admin.command("SETQUOTA user/full (STORAGE 1)");
    }
  }

  /** Trusts whoever may write to it. */
  public UnixDomainSocketAddress unix() {
    return UnixDomainSocketAddress.of(var.resolve("lmtp"));
  }

  /** Trusts whoever connects. */
  public InetSocketAddress preauthorized() {
    return preauthorized;
  }

  /** Takes no mail before AUTH. */
  public InetSocketAddress authenticating() {
    return authenticating;
  }

  /** The messages of a user, the oldest first, as they lie in the spool; a char for an octet. */
  public List<String> mail(String user) throws IOException {
    List<String> messages = new ArrayList<>();
    Path mailbox = var.resolve("spool/uuid").resolve(mailboxes.get(user));
    for (int uid = 1; Files.exists(mailbox.resolve(uid + ".")); uid++) {
      messages.add(PeerProgram.text(mailbox.resolve(uid + ".")));
    }
    return messages;
  }

  @Override
  public void close() {
    if (master != null) {
      master.close();
    }
  }
}
