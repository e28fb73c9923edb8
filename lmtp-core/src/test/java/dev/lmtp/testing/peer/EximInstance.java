package dev.lmtp.testing.peer;

import dev.lmtp.testing.peer.PeerProgram.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Exim of our own: configuration, spool and logs are below one temporary directory. Debian's
 * package cannot be installed beside Postfix, so it may also lie unpacked in the directory that the
 * system property {@code lmtp.peers} names.
 *
 * <p>Exim looks for the user that was compiled in, {@code Debian-exim}, before it reads its
 * configuration. Where nobody has that name, each run has a mount namespace with a password file in
 * which it is another name of {@code nobody}; the machine's own files are not touched. That takes
 * root; elsewhere the test is skipped.
 */
public final class EximInstance implements AutoCloseable {
  private static final String USER = "Debian-exim";
  private static final String OWNER = "nobody";

  /** What every configuration of ours begins with; the directory and the program. */
  private static final String BASICS =
      """
      exim_path = %2$s
      spool_directory = %1$s/spool
      log_file_path = %1$s/spool/%%slog
      pid_file_path = %1$s/spool/pid
      primary_hostname = mail.example.org
      keep_environment =
      tls_advertise_hosts =
      host_lookup =
      rfc1413_query_timeout = 0s
      """;

  private final PeerProgram exim;
  private final Path home;
  private final Path program;
  private final Path configuration;
  private PeerDaemon daemon;

  private EximInstance(Path home) throws IOException, InterruptedException {
    Optional<Path> found =
        PeerProgram.find("exim4").or(() -> Optional.of(unpacked()).filter(Files::isExecutable));
    Assumptions.assumeTrue(found.isPresent(), "exim4 is neither installed nor unpacked");
    PeerProgram.requireRoot("Exim");
    program = found.orElseThrow();
    this.home = home;
    configuration = home.resolve("exim.conf");
    // Exim gives up root and has to come through here.
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    exim = PeerProgram.of(command().toArray(String[]::new));
  }

  private static Path unpacked() {
    return Path.of(System.getProperty("lmtp.peers", ".ci/peers"), "exim/usr/sbin/exim4");
  }

  private List<String> command() throws IOException, InterruptedException {
    List<String> bare = List.of(program.toString(), "-C", configuration.toString());
    boolean hasUser =
        Files.readAllLines(Path.of("/etc/passwd")).stream()
            .anyMatch(line -> line.startsWith(USER + ":"));
    own(home.resolve("spool"), hasUser ? USER : OWNER);
    return hasUser ? bare : MountNamespace.require().aliases(home, USER).command(bare);
  }

  /** Makes a directory that Exim may write to. */
  public Path directory(String name) throws IOException {
    Path directory = home.resolve(name);
    own(directory, Files.getOwner(home.resolve("spool")).getName());
    return directory;
  }

  private static void own(Path directory, String owner) throws IOException {
    Files.createDirectories(directory);
    UserPrincipal user =
        directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(owner);
    Files.setOwner(directory, user);
  }

  /** Makes the directories below this one; nothing runs yet. */
  public static EximInstance prepare(Path home) throws IOException, InterruptedException {
    return new EximInstance(home);
  }

  /**
   * Writes the configuration.
   *
   * @param text the main section beyond the basics, and all other sections
   */
  public void configure(String text) throws IOException {
    Files.writeString(configuration, BASICS.formatted(home, program) + text);
  }

  /** Hands a message to Exim as a local program would, and waits until delivery was tried. */
  public void submit(String sender, List<String> recipients, byte[] message)
      throws IOException, InterruptedException {
    // -i: a line with a single dot does not end the message.
    exim.runWith(
            message,
            Stream.concat(Stream.of("-odf", "-i", "-f", sender, "--"), recipients.stream())
                .toArray(String[]::new))
        .requireSuccess();
  }

  /** Speaks SMTP to Exim on its standard input, and waits until delivery was tried. */
  public Outcome session(byte[] commands) throws IOException, InterruptedException {
    return exim.runWith(commands, "-odf", "-bs");
  }

  /** Starts Exim's SMTP server and returns when it listens. */
  public void listen(InetSocketAddress address) throws IOException, InterruptedException {
    String port = address.getAddress().getHostAddress() + "." + address.getPort();
    daemon =
        PeerDaemon.start(exim.command("-bdf", "-oX", port), home.resolve("daemon.log"))
            .awaitListening(address);
  }

  /** Skips the test unless Exim was compiled with this, by the word that {@code -bV} has for it. */
  public void requireSupport(String word) throws IOException, InterruptedException {
    Outcome version = exim.run("-bV").requireSuccess();
    Assumptions.assumeTrue(
        version.output().contains(" " + word + " "),
        () -> word + " is not in " + version.lines().get(0));
  }

  /** The main log so far. */
  public String log() {
    try {
      return PeerProgram.text(home.resolve("spool/mainlog"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the server, and waits for deliveries: they run on when those who began them are gone. */
  @Override
  public void close() throws IOException, InterruptedException {
    if (daemon != null) {
      daemon.close();
    }
    Await.answer(
        "the end of all deliveries",
        () -> isRunning() ? Optional.empty() : Optional.of(true),
        this::log);
  }

  private boolean isRunning() {
    return ProcessHandle.allProcesses()
        .anyMatch(
            process -> process.info().commandLine().orElse("").contains(configuration.toString()));
  }
}
