package dev.lmtp.testing.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A real Postfix of our own: its configuration, queue, data and log are below one temporary
 * directory, and mail goes in by its sendmail command or where a service of the test listens. The
 * Postfix that may run on the machine, and {@code /etc/postfix}, are not touched.
 *
 * <p>Postfix needs root: its programs change to the user postfix, whom the package has made.
 * Elsewhere the test is skipped. Closing ends the master process, and with it all others.
 */
public final class PostfixInstance implements AutoCloseable {
  private static final String MASTER_CF =
      """
      pickup    unix        n  -  n  60   1  pickup
      cleanup   unix        n  -  n  -    0  cleanup
      qmgr      unix        n  -  n  300  1  qmgr
      rewrite   unix        -  -  n  -    -  trivial-rewrite
      bounce    unix        -  -  n  -    0  bounce
      defer     unix        -  -  n  -    0  bounce
      trace     unix        -  -  n  -    0  bounce
      error     unix        -  -  n  -    -  error
      retry     unix        -  -  n  -    -  error
      local     unix        -  n  n  -    -  local
      scache    unix        -  -  n  -    1  scache
      postlog   unix-dgram  n  -  n  -    1  postlogd
      """;

  private final PeerProgram postfix;
  private final PeerProgram sendmail;
  private final Path configuration;
  private final Path queue;
  private final Path data;
  private final Path socketDirectory;
  private final Path logFile;
  private PeerDaemon master;

  private PostfixInstance(Path home) throws IOException {
    postfix = PeerProgram.require("postfix");
    sendmail = PeerProgram.require("sendmail");
    PeerProgram.requireRoot("Postfix");
    // The user postfix has to come through here.
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    configuration = Files.createDirectories(home.resolve("etc"));
    queue = Files.createDirectories(home.resolve("queue"));
    data = Files.createDirectories(home.resolve("data"));
    socketDirectory = Files.createDirectories(queue.resolve("lmtp"));
    logFile = home.resolve("mail.log");
    UserPrincipalLookupService users = home.getFileSystem().getUserPrincipalLookupService();
    Files.setOwner(data, users.lookupPrincipalByName("postfix"));
    // Set-group-ID: a socket made here belongs to the group postfix, so its mode 0660 lets
    // Postfix's client connect and nobody else.
    Files.setAttribute(socketDirectory, "posix:group", users.lookupPrincipalByGroupName("postfix"));
    Files.setAttribute(socketDirectory, "unix:mode", 02750);
  }

  /** Makes the directories below this one; nothing runs yet. */
  public static PostfixInstance prepare(Path home) throws IOException {
    return new PostfixInstance(home);
  }

  /** Where a server puts the socket that is meant for Postfix; below the queue directory. */
  public Path socketDirectory() {
    return socketDirectory;
  }

  public Path queue() {
    return queue;
  }

  public PostfixLog log() {
    return new PostfixLog(logFile);
  }

  /**
   * Starts Postfix and returns when it takes mail.
   *
   * @param parameters what main.cf says beyond the basics
   * @param services what master.cf says beyond the basics
   */
  public void start(Map<String, String> parameters, String... services)
      throws IOException, InterruptedException {
    Files.writeString(
        configuration.resolve("master.cf"), MASTER_CF + String.join("\n", services) + "\n");
    Files.writeString(
        configuration.resolve("main.cf"),
        Stream.concat(basics().entrySet().stream(), parameters.entrySet().stream())
            .map(parameter -> parameter.getKey() + " = " + parameter.getValue() + "\n")
            .collect(Collectors.joining()));
    master =
        PeerDaemon.start(
                postfix.command("-c", configuration.toString(), "start-fg"),
                configuration.resolve("master.log"))
            .awaitReady("to start", () -> log().text().contains(" daemon started "));
  }

  private Map<String, String> basics() {
    return Map.ofEntries(
        Map.entry("compatibility_level", "3.6"),
        Map.entry("queue_directory", queue.toString()),
        Map.entry("data_directory", data.toString()),
        Map.entry("maillog_file", logFile.toString()),
        Map.entry("maillog_file_prefixes", logFile.getParent().toString()),
        Map.entry("myhostname", "mail.example.org"),
        Map.entry("inet_interfaces", "127.0.0.1"),
        Map.entry("inet_protocols", "ipv4"),
        Map.entry("alias_maps", ""),
        Map.entry("alias_database", ""),
        Map.entry("local_recipient_maps", ""),
        Map.entry("notify_classes", ""),
        Map.entry("biff", "no"),
        Map.entry("fast_flush_domains", ""),
        Map.entry("default_transport", "error:this host sends nothing elsewhere"),
        // The default breaks lines at 998 bytes; without it the content goes through as it is.
        Map.entry("lmtp_line_length_limit", "0"));
  }

  /** Has it try everything that is in its queue, now. */
  public void flush() throws IOException, InterruptedException {
    PeerProgram.require("postqueue").run("-c", configuration.toString(), "-f").requireSuccess();
  }

  /** Has it read its configuration and tables again. */
  public void reload() throws IOException, InterruptedException {
    postfix.run("-c", configuration.toString(), "reload").requireSuccess();
  }

  /** Hands a message to Postfix as a local program would. */
  public void submit(String sender, List<String> recipients, byte[] message, String... options)
      throws IOException, InterruptedException {
    // -i: a line with a single dot does not end the message.
    String[] arguments =
        Stream.of(
                Stream.of("-C", configuration.toString(), "-i", "-B8BITMIME", "-f", sender),
                Stream.of(options),
                Stream.of("--"),
                recipients.stream())
            .flatMap(words -> words)
            .toArray(String[]::new);
    sendmail.runWith(message, arguments).requireSuccess();
  }

  @Override
  public void close() {
    if (master != null) {
      master.close();
    }
  }
}
