package dev.lmtp.server;

import dev.lmtp.Extension;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import dev.lmtp.io.Endpoint;
import dev.lmtp.io.LocalHost;
import dev.lmtp.sasl.ScramHash;
import dev.lmtp.sasl.StoredPassword;
import dev.lmtp.session.Offer;
import dev.lmtp.session.ServerSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The server as a program: Maildirs behind a socket, from the command line. */
final class Serve {

  private static final int USAGE = 64;
  private static final int CANNOT_LISTEN = 69;

  private static final String HELP =
      """
      usage: java -jar lmtp-server-standalone.jar --listen ADDRESS ... [OPTION]...

      Takes mail by LMTP (RFC 2033) or SMTP (RFC 5321) and stores it in Maildirs.

        --listen ADDRESS          unix:PATH or inet:HOST:PORT; may be repeated; "inherited" is
                                  the socket on standard input (systemd's StandardInput=socket)
        --maildir TEMPLATE        where mailboxes are: %u user@domain, %n user, %d domain;
                                  a mailbox exists when its directory does
        --discard                 accept everything and keep nothing (for load tests)
        --protocol lmtp|smtp      what is spoken (lmtp)
        --line-ending lf|crlf     how lines end in stored messages (lf)
        --quota BYTES             what one mailbox may hold (no limit)
        --max-size BYTES          the largest message taken, at least 65536 (no limit)
        --offer KEYWORD           one more extension, as smtputf8 or limits; with --discard any
                                  that the library knows, as dsn; may be repeated
        --profile NAME            what is taken beyond the grammar: compatible, strict or
                                  paranoid (compatible)
        --max-connections N       how many peers at once; more get a 421 (1000)
        --max-per-peer N          how many of one address or local user (no limit)
        --max-errors N            errors without a message between them, at least 20 (100)
        --max-idle-commands N     likewise commands that bring nothing, as NOOP (1000)
        --idle-timeout SECONDS    how long a peer may be silent (300)
        --hostname NAME           what the server calls itself (this host's name)
        --socket-mode OCTAL       who may connect to a Unix socket (0660)
        --tls-cert FILE           PEM, the server's certificate and those between
        --tls-key FILE            PEM, its private key (PKCS #8); both are read again on change
        --tls WHEN                offered, required or implicit (offered)
        --tls-client-ca FILE      PEM; ask clients for a certificate of these authorities
        --auth-file FILE          users, a line each: user:{SCRAM-SHA-256}... or user:{PLAIN}...
        --auth WHEN               offered or required (offered); TLS and authentication are
                                  never required of peers on a Unix socket
        --trust PEER=WHAT[,WHAT]  what a peer may do: proxy, xclient, xforward, xrcptforward,
                                  cleartext-auth, without-tls, without-auth; PEER is unix,
                                  user:NAME, auth:NAME, an address or a network; may be repeated
        --make-password USER      print a line for --auth-file; the password is the first line
                                  on standard input
        --verbose                 log each session and transaction
        --wire-log LINES          log the last lines of a session that ends badly
        --help                    this text

      One of --maildir and --discard is needed. "listening on ADDRESS" on standard output
      says that the server is ready; SIGTERM ends it when running transactions are finished.
      The log goes to standard error.
      """;

  /** Nobody sends reports or waits for a time where messages are only stored. */
  private static final Set<Extension> MAILDIR_KEEPS =
      EnumSet.of(
          Extension.PIPELINING,
          Extension.ENHANCEDSTATUSCODES,
          Extension.EIGHTBITMIME,
          Extension.SIZE,
          Extension.CHUNKING,
          Extension.SMTPUTF8,
          Extension.LIMITS);

  /** A wrong command line; its message is for the user. */
  private static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message);
    }
  }

  private final List<SocketAddress> addresses = new ArrayList<>();
  private boolean inherited;
  private String maildir;
  private boolean discard;
  private Protocol protocol = Protocol.LMTP;
  private LineEnding lineEnding = LineEnding.LF;
  private long quota;
  private long maxSize = Long.MAX_VALUE;
  private int maxErrors = Limits.DEFAULT.errors();
  private int maxIdleCommands = Limits.DEFAULT.idleCommands();
  private Offer offer = Offer.DEFAULT;
  private Leniency leniency = Leniency.COMPATIBLE;
  private int maxConnections = 1_000;
  private int maxPerPeer = Integer.MAX_VALUE;
  private Duration idleTimeout = Duration.ofMinutes(5);
  private String hostname = LocalHost.name();
  private Set<PosixFilePermission> socketMode;
  private Path certificate;
  private Path key;
  private Path clientAuthorities;
  private ServerTls.Use tls = ServerTls.Use.OFFERED;
  private Path passwords;
  private AuthUse auth = AuthUse.OFFERED;
  private TrustPolicy trust = TrustPolicy.LOCAL;
  private String newUser;
  private boolean verbose;
  private int wireLog;
  private boolean help;

  private enum AuthUse {
    OFFERED,
    REQUIRED
  }

  private Serve() {}

  /** Runs the program until it is ended by a signal. */
  public static void main(String[] args) throws InterruptedException {
    int status = run(args, System.out, System.err);
    if (status != 0) {
      System.exit(status);
    }
  }

  static int run(String[] args, PrintStream out, PrintStream err) throws InterruptedException {
    Serve options = new Serve();
    try {
      options.parse(args);
    } catch (UsageException | IllegalArgumentException e) {
      err.println("lmtp-server: " + e.getMessage() + " (--help tells more)");
      return USAGE;
    }
    if (options.help) {
      out.print(HELP);
      return 0;
    }
    if (options.newUser != null) {
      return makePassword(options.newUser, System.in, out, err);
    }
    LogFormat.install(options.verbose);
    try (LmtpServer server = options.start()) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server), "shutdown"));
      for (SocketAddress address : server.addresses()) {
        out.println("listening on " + Endpoint.format(address));
      }
      out.flush();
      server.join();
      return 0;
    } catch (IOException | IllegalArgumentException e) {
      err.println("lmtp-server: " + e.getMessage());
      return e instanceof IOException ? CANNOT_LISTEN : USAGE;
    }
  }

  private static void end(LmtpServer server) {
    LogFormat.outlastShutdown();
    server.close();
  }

  static int makePassword(String user, InputStream in, PrintStream out, PrintStream err) {
    try {
      BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      String password = reader.readLine();
      if (password == null || password.isEmpty()) {
        err.println("lmtp-server: the password is missing on standard input");
        return USAGE;
      }
      out.println(
          user
              + ":"
              + StoredPassword.of(
                      password.toCharArray(), ScramHash.SHA_256, StoredPassword.ITERATIONS)
                  .text());
      return 0;
    } catch (IOException | IllegalArgumentException e) {
      err.println("lmtp-server: " + e.getMessage());
      return USAGE;
    }
  }

  private void secure(LmtpServer.Builder builder) throws IOException {
    if (certificate != null) {
      builder.tls(
          clientAuthorities == null
              ? ServerTls.ofPem(certificate, key, tls)
              : ServerTls.ofPem(certificate, key, clientAuthorities, tls));
    }
    if (passwords != null) {
      PasswordFile file = PasswordFile.read(passwords);
      builder.authentication(file, file.mechanisms());
      if (auth == AuthUse.REQUIRED) {
        builder.requireAuthentication();
      }
    }
    builder.trust(trust);
  }

  private LmtpServer start() throws IOException {
    Limits limits = Limits.DEFAULT.withMessage(maxSize).withErrors(maxErrors, maxIdleCommands);
    ServerSettings settings =
        ServerSettings.of(protocol, hostname)
            .withLimits(limits)
            .withOffer(offer)
            .withLeniency(leniency)
            .withPatience(idleTimeout, idleTimeout);
    LmtpServer.Builder builder =
        LmtpServer.builder(agent())
            .settings(settings)
            .maxConnections(maxConnections)
            .wireLog(wireLog)
            .maxConnectionsPerPeer(maxPerPeer);
    if (socketMode != null) {
      builder.socketMode(socketMode);
    }
    addresses.forEach(builder::listen);
    if (inherited) {
      builder.listen(inheritedSocket());
    }
    secure(builder);
    return builder.start();
  }

  private void listen(String address) {
    if (address.equals("inherited")) {
      inherited = true;
    } else {
      addresses.add(Endpoint.parse(address));
    }
  }

  private static ServerSocketChannel inheritedSocket() throws IOException {
    if (System.inheritedChannel() instanceof ServerSocketChannel socket) {
      return socket;
    }
    throw new IOException("standard input is no listening socket");
  }

  private DeliveryAgent agent() {
    if (discard) {
      return message -> message.recipients().forEach(Recipient::accept);
    }
    MaildirAgent.Builder builder =
        MaildirAgent.builder(maildir).lineEnding(lineEnding).hostname(hostname);
    if (quota > 0) {
      builder.quota(quota);
    }
    return builder.build();
  }

  private void parse(String[] args) throws UsageException {
    ArrayDeque<String> rest = new ArrayDeque<>(List.of(args));
    while (!rest.isEmpty()) {
      String option = rest.remove();
      switch (option) {
        case "--help" -> help = true;
        case "--verbose" -> verbose = true;
        case "--wire-log" -> wireLog = (int) number(option, rest, 1_000);
        case "--discard" -> discard = true;
        case "--listen" -> listen(value(option, rest));
        case "--maildir" -> maildir = value(option, rest);
        case "--protocol" -> protocol = word(option, rest, Protocol.values());
        case "--line-ending" -> lineEnding = word(option, rest, LineEnding.values());
        case "--quota" -> quota = number(option, rest, Long.MAX_VALUE);
        case "--max-size" -> maxSize = number(option, rest, Long.MAX_VALUE);
        case "--offer" -> offer = offer.with(extension(option, rest));
        case "--profile" -> leniency = profile(option, rest);
        case "--max-per-peer" -> maxPerPeer = (int) number(option, rest, 65_000);
        case "--max-connections" -> maxConnections = (int) number(option, rest, 65_000);
        case "--max-errors" -> maxErrors = (int) number(option, rest, Integer.MAX_VALUE);
        case "--max-idle-commands" ->
            maxIdleCommands = (int) number(option, rest, Integer.MAX_VALUE);
        case "--idle-timeout" -> idleTimeout = Duration.ofSeconds(number(option, rest, 86_400));
        case "--hostname" -> hostname = value(option, rest);
        case "--tls-cert" -> certificate = Path.of(value(option, rest));
        case "--tls-key" -> key = Path.of(value(option, rest));
        case "--tls-client-ca" -> clientAuthorities = Path.of(value(option, rest));
        case "--tls" -> tls = word(option, rest, ServerTls.Use.values());
        case "--auth-file" -> passwords = Path.of(value(option, rest));
        case "--auth" -> auth = word(option, rest, AuthUse.values());
        case "--trust" -> trust = trusting(trust, option, rest);
        case "--make-password" -> newUser = user(option, rest);
        case "--socket-mode" -> socketMode = mode(option, rest);
        default -> throw new UsageException("unknown argument " + option);
      }
    }
    if (help || newUser != null) {
      return;
    }
    if ((certificate == null) != (key == null)) {
      throw new UsageException("--tls-cert and --tls-key belong together");
    }
    if (certificate == null && (tls != ServerTls.Use.OFFERED || clientAuthorities != null)) {
      throw new UsageException("--tls-cert is missing");
    }
    if (passwords == null && auth == AuthUse.REQUIRED) {
      throw new UsageException("--auth-file is missing");
    }
    if (addresses.isEmpty() && !inherited) {
      throw new UsageException("--listen is missing");
    }
    if (discard == (maildir != null)) {
      throw new UsageException("one of --maildir and --discard is needed");
    }
    for (Extension extension : Extension.values()) {
      if (maildir != null && offer.has(extension) && !MAILDIR_KEEPS.contains(extension)) {
        throw new UsageException("Maildirs cannot keep what " + extension.keyword() + " promises");
      }
    }
  }

  private static String value(String option, ArrayDeque<String> rest) throws UsageException {
    if (rest.isEmpty()) {
      throw new UsageException(option + " needs a value");
    }
    return rest.remove();
  }

  private static <E extends Enum<E>> E word(String option, ArrayDeque<String> rest, E[] words)
      throws UsageException {
    String given = value(option, rest);
    for (E word : words) {
      if (word.name().toLowerCase(Locale.ROOT).equals(given)) {
        return word;
      }
    }
    throw new UsageException(option + " does not know " + given);
  }

  private static TrustPolicy trusting(TrustPolicy trust, String option, ArrayDeque<String> rest)
      throws UsageException {
    String given = value(option, rest);
    int equals = given.lastIndexOf('=');
    if (equals < 1) {
      throw new UsageException(option + " needs PEER=WHAT, not " + given);
    }
    Set<Privilege> privileges = EnumSet.noneOf(Privilege.class);
    for (String what : given.substring(equals + 1).split(",", -1)) {
      privileges.add(
          word(option, new ArrayDeque<>(List.of(what.replace('-', '_'))), Privilege.values()));
    }
    return trust.trusting(given.substring(0, equals), privileges);
  }

  private static String user(String option, ArrayDeque<String> rest) throws UsageException {
    String given = value(option, rest);
    if (given.isEmpty() || given.startsWith("#") || given.contains(":")) {
      throw new UsageException(option + " needs a user without a colon");
    }
    return given;
  }

  private static Leniency profile(String option, ArrayDeque<String> rest) throws UsageException {
    String given = value(option, rest);
    return switch (given) {
      case "compatible" -> Leniency.COMPATIBLE;
      case "strict" -> Leniency.STRICT;
      case "paranoid" -> Leniency.PARANOID;
      default -> throw new UsageException(option + " does not know " + given);
    };
  }

  private static Extension extension(String option, ArrayDeque<String> rest) throws UsageException {
    String given = value(option, rest);
    return Extension.of(given)
        .orElseThrow(() -> new UsageException(option + " does not know " + given));
  }

  private static long number(String option, ArrayDeque<String> rest, long most)
      throws UsageException {
    String given = value(option, rest);
    long number = given.matches("[0-9]{1,18}") ? Long.parseLong(given) : 0;
    if (number < 1 || number > most) {
      throw new UsageException(option + " needs a number from 1 to " + most + ", not " + given);
    }
    return number;
  }

  private static Set<PosixFilePermission> mode(String option, ArrayDeque<String> rest)
      throws UsageException {
    String given = value(option, rest);
    if (!given.matches("0?[0-7]{3}")) {
      throw new UsageException(option + " needs three octal digits, not " + given);
    }
    int bits = Integer.parseInt(given, 8);
    Set<PosixFilePermission> mode = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] permissions = PosixFilePermission.values();
    for (int i = 0; i < permissions.length; i++) {
      // The constants stand in the order of the bits, from the owner's read on.
      if ((bits & (0400 >> i)) != 0) {
        mode.add(permissions[i]);
      }
    }
    return mode;
  }
}
