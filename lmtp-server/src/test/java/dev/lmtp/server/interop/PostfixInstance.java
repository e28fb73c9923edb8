package dev.lmtp.server.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Postfix of our own: its configuration, queue, data and log are below one temporary
 * directory, it listens on no network address, and mail goes in by its sendmail command. The
 * Postfix that may run on the machine, and {@code /etc/postfix}, are not touched.
 *
 * <p>Postfix needs root: its programs change to the user postfix, whom the package has made.
 * Elsewhere the test is skipped. Closing ends the master process, and with it all others.
 */
final class PostfixInstance implements AutoCloseable {
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
      lmtp      unix        -  -  %s  -    -  lmtp
      postlog   unix-dgram  n  -  n  -    1  postlogd
      """;

  private final PeerProgram postfix;
  private final PeerProgram sendmail;
  private final Path configuration;
  private final Path queue;
  private final Path data;
  private final Path socketDirectory;
  private final Path logFile;
  private final Thread lastResort = new Thread(this::terminate, "postfix-last-resort");

  private PostfixInstance(Path home) throws IOException {
    postfix = PeerProgram.require("postfix");
    sendmail = PeerProgram.require("sendmail");
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "Postfix is started by root only");
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
  static PostfixInstance prepare(Path home) throws IOException {
    return new PostfixInstance(home);
  }

  /** Where a server puts the socket that is meant for Postfix; below the queue directory. */
  Path socketDirectory() {
    return socketDirectory;
  }

  Path queue() {
    return queue;
  }

  PostfixLog log() {
    return new PostfixLog(logFile);
  }

  /**
   * Starts Postfix and returns when it takes mail.
   *
   * @param parameters what main.cf says beyond the basics
   * @param lmtpChroot the chroot column of the LMTP client in master.cf, {@code y} or {@code n}
   */
  void start(Map<String, String> parameters, String lmtpChroot)
      throws IOException, InterruptedException {
    Files.writeString(configuration.resolve("master.cf"), MASTER_CF.formatted(lmtpChroot));
    Files.writeString(
        configuration.resolve("main.cf"),
        Stream.concat(basics().entrySet().stream(), parameters.entrySet().stream())
            .map(parameter -> parameter.getKey() + " = " + parameter.getValue() + "\n")
            .collect(Collectors.joining()));
    Runtime.getRuntime().addShutdownHook(lastResort);
    PeerProgram.Outcome outcome = postfix.run("-c", configuration.toString(), "start");
    Assertions.assertEquals(
        0, outcome.status(), () -> "postfix start: " + outcome.output() + "\nsee " + logFile);
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

  /** Hands a message to Postfix as a local program would. */
  void submit(String sender, List<String> recipients, byte[] message)
      throws IOException, InterruptedException {
    // -i: a line with a single dot does not end the message.
    String[] arguments =
        Stream.concat(
                Stream.of("-C", configuration.toString(), "-i", "-B8BITMIME", "-f", sender, "--"),
                recipients.stream())
            .toArray(String[]::new);
    PeerProgram.Outcome outcome = sendmail.runWith(message, arguments);
    Assertions.assertEquals(0, outcome.status(), () -> "sendmail: " + outcome.output());
  }

  @Override
  public void close() {
    terminate();
    Runtime.getRuntime().removeShutdownHook(lastResort);
  }

  /** Ends the master and waits for all its children, so that nobody writes to the directory. */
  private void terminate() {
    List<ProcessHandle> family = family();
    family.stream().limit(1).forEach(ProcessHandle::destroy);
    try {
      CompletableFuture.allOf(
              family.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
          .orTimeout(30, TimeUnit.SECONDS)
          .join();
    } catch (CompletionException e) {
      family.forEach(ProcessHandle::destroyForcibly);
      throw new AssertionError("Postfix did not end on SIGTERM:\n" + log().text(), e);
    }
  }

  /** The master, first, and its children; nobody where none runs. */
  private List<ProcessHandle> family() {
    Path pidFile = queue.resolve("pid/master.pid");
    try {
      return Files.exists(pidFile)
          ? ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip())).stream()
              // The file outlives the process, and its number may belong to another by now.
              .filter(process -> process.info().command().orElse("").endsWith("/master"))
              .flatMap(master -> Stream.concat(Stream.of(master), master.descendants()))
              .toList()
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
