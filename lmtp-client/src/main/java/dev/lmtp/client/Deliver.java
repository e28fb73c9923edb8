package dev.lmtp.client;

import dev.lmtp.DeliveryResult;
import dev.lmtp.EnhancedStatus;
import dev.lmtp.Envelope;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.RecipientResult;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import dev.lmtp.client.LmtpClient.LongLines;
import dev.lmtp.io.OperatorFile;
import dev.lmtp.io.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * The program: hands the message on its standard input over to a server and prints what became of
 * each recipient. {@code --help} says the rest. Its exit codes are those of sysexits.h, which mail
 * programs understand.
 *
 * <p>Errors are one line on standard error.
 */
public final class Deliver {

  static final int OK = 0;
  static final int USAGE = 64;
  static final int DATA_ERROR = 65;
  static final int UNAVAILABLE = 69;
  static final int TEMPORARY = 75;
  static final int PROTOCOL = 76;

  private static final String HELP =
      """
      Usage: lmtp-client --to ADDRESS [OPTION]... RECIPIENT... < MESSAGE

      Delivers the message on standard input by LMTP and prints one line for each
      recipient as soon as its outcome is known:

          RECIPIENT OUTCOME CODE ENHANCED TEXT

      OUTCOME is accepted, deferred, rejected, not-sent, or unknown (the connection
      was lost behind the message, which may have been delivered). CODE, ENHANCED
      and TEXT are the server's; "-" stands for what it did not say.

        --to ADDRESS          unix:PATH or inet:HOST:PORT
        --protocol PROTOCOL   lmtp (default) or smtp
        --from PATH           the sender; default <>, so that no bounce comes of it
        --mail-parameter KEYWORD[=VALUE]
        --rcpt-parameter KEYWORD[=VALUE]
                              a parameter of MAIL, or of RCPT for each recipient,
                              as on the wire: RET=HDRS, NOTIFY=NEVER, REQUIRETLS;
                              sent where the server offers it
        --long-lines POLICY   what becomes of lines of more than 998 octets: fold
                              (default), refuse, or send as they are
        --tls MODE            none (default), opportunistic, required or implicit
        --tls-ca FILE         PEM: whom the server's certificate must come from;
                              default: whom the JDK trusts
        --tls-name NAME       the name the certificate must have; default: the host
        --auth MECHANISM      auto (default with --user) or a SASL mechanism
        --user NAME           who we are
        --password-file FILE  its first line is the password, or the OAuth token
        --password WORD       likewise, seen by everybody who can list processes
        --allow-plaintext-auth
                              show the password even without TLS
        --verbose             show the dialogue on standard error
        --help                show this text
        --                    only recipients follow

      Exit codes:
         0  every recipient accepted
        64  wrong use of this program
        65  the message cannot be sent as it is, or not be read
        69  some recipients rejected, none to be retried; or the server refuses us
        75  some recipients deferred, not sent or unknown, or no connection: retry
        76  the peer does not speak the protocol
      """;

  private static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  private String to;
  private Protocol protocol = Protocol.LMTP;
  private ReversePath from = ReversePath.NULL;
  private Parameters mailParameters = Parameters.NONE;
  private Parameters rcptParameters = Parameters.NONE;
  private final List<ForwardPath> recipients = new ArrayList<>();
  private final List<ForwardPath> told = new ArrayList<>();
  private LongLines longLines = LongLines.FOLD;
  private ClientTls tls = ClientTls.NONE;
  private String mechanism = "auto";
  private String user;
  private String password;
  private boolean cleartext;
  private boolean verbose;
  private boolean help;

  private Deliver() {}

  /**
   * Runs the program and exits.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(run(args, System.in, System.out, System.err));
  }

  /** Runs the program; gives the exit code. */
  static int run(String[] args, InputStream in, PrintStream out, PrintStream err) {
    Deliver deliver = new Deliver();
    LmtpClient client;
    try {
      deliver.parse(List.of(args));
      if (deliver.help) {
        out.print(HELP);
        return OK;
      }
      client = deliver.client(err);
    } catch (IOException e) {
      err.println("lmtp-client: " + e.getMessage());
      return USAGE;
    } catch (UsageException | IllegalArgumentException e) {
      err.println("lmtp-client: " + e.getMessage() + " (--help shows the usage)");
      return USAGE;
    }
    try {
      return deliver.deliver(client, in, out);
    } catch (LmtpException e) {
      deliver.tellTheRest(e, out);
      err.println("lmtp-client: " + e.getMessage());
      return switch (e.kind()) {
        case CONNECT, TIMEOUT, SECURITY -> TEMPORARY;
        case PROTOCOL -> PROTOCOL;
        case REFUSED -> e.reply().filter(Reply::isPermanent).isPresent() ? UNAVAILABLE : TEMPORARY;
        case CONTENT -> DATA_ERROR;
      };
    }
  }

  private void parse(List<String> args) throws UsageException, IOException {
    Iterator<String> rest = args.iterator();
    boolean options = true;
    while (rest.hasNext()) {
      String arg = rest.next();
      if (!options || !arg.startsWith("-")) {
        recipients.add(ForwardPath.parse(arg));
        continue;
      }
      switch (arg) {
        case "--to" -> to = value(arg, rest);
        case "--protocol" -> protocol = protocol(value(arg, rest));
        case "--from" -> from = ReversePath.parse(value(arg, rest));
        case "--mail-parameter" ->
            mailParameters = with(mailParameters, Verb.MAIL, value(arg, rest));
        case "--rcpt-parameter" ->
            rcptParameters = with(rcptParameters, Verb.RCPT, value(arg, rest));
        case "--long-lines" -> longLines = oneOf(LongLines.values(), arg, value(arg, rest));
        case "--tls" ->
            tls =
                new ClientTls(
                    oneOf(ClientTls.Use.values(), arg, value(arg, rest)),
                    tls.context(),
                    tls.serverName());
        case "--tls-ca" ->
            tls = tls.withContext(Pem.context(null, null, Path.of(value(arg, rest))));
        case "--tls-name" -> tls = tls.withServerName(value(arg, rest));
        case "--auth" -> mechanism = value(arg, rest);
        case "--user" -> user = value(arg, rest);
        case "--password" -> password = value(arg, rest);
        case "--password-file" -> password = firstLine(Path.of(value(arg, rest)));
        case "--allow-plaintext-auth" -> cleartext = true;
        case "--verbose" -> verbose = true;
        case "--help" -> {
          help = true;
          return;
        }
        case "--" -> options = false;
        default -> throw new UsageException("unknown option " + printable(arg));
      }
    }
    if (to == null) {
      throw new UsageException("--to ADDRESS is missing");
    }
    if (recipients.isEmpty()) {
      throw new UsageException("no recipient given");
    }
    if (mechanism.equalsIgnoreCase("EXTERNAL")
        ? password != null
        : user != null != (password != null)) {
      throw new UsageException("--user and --password-file belong together");
    }
  }

  private static String value(String option, Iterator<String> rest) throws UsageException {
    if (!rest.hasNext()) {
      throw new UsageException(option + " needs a value");
    }
    return rest.next();
  }

  private static Parameters with(Parameters given, Verb verb, String text) throws UsageException {
    String[] parts = text.split("=", 2);
    if (parts.length > 1 && parts[1].isEmpty()) {
      throw new UsageException("no value in " + printable(text));
    }
    for (Parameter<?> parameter : Parameter.known()) {
      if (parameter.verb() == verb && parameter.keyword().equalsIgnoreCase(parts[0])) {
        if (parameter.isExcludedBy(given)) {
          throw new UsageException(printable(text) + " cannot stand beside " + given);
        }
        return with(given, parameter, parts.length > 1 ? parts[1] : "");
      }
    }
    throw new UsageException("unknown parameter of " + verb + ": " + printable(text));
  }

  private static <T> Parameters with(Parameters given, Parameter<T> parameter, String value) {
    return given.with(parameter, parameter.parse(value));
  }

  private static Protocol protocol(String name) throws UsageException {
    return switch (name) {
      case "lmtp" -> Protocol.LMTP;
      case "smtp" -> Protocol.SMTP;
      default -> throw new UsageException("the protocol is lmtp or smtp, not " + printable(name));
    };
  }

  private static <E extends Enum<E>> E oneOf(E[] values, String option, String name)
      throws UsageException {
    for (E value : values) {
      if (value.name().toLowerCase(Locale.ROOT).equals(name)) {
        return value;
      }
    }
    throw new UsageException(option + " does not know " + printable(name));
  }

  private static String firstLine(Path file) throws IOException, UsageException {
    return OperatorFile.text(file)
        .lines()
        .findFirst()
        .orElseThrow(() -> new UsageException(file + " is empty"));
  }

  private Credentials credentials() {
    String name = mechanism.toUpperCase(Locale.ROOT);
    Credentials own =
        switch (name) {
          case "EXTERNAL" -> Credentials.external();
          case "XOAUTH2", "OAUTHBEARER" -> Credentials.token(user, password).by(name);
          case "AUTO" -> Credentials.password(user, password);
          default -> Credentials.password(user, password).by(name);
        };
    return cleartext ? own.allowingCleartext() : own;
  }

  /** What an argument holds must not forge a second line. */
  private static String printable(String arg) {
    return arg.replaceAll("\\p{Cntrl}", "?");
  }

  private LmtpClient client(PrintStream err) {
    LmtpClient.Builder builder =
        LmtpClient.builder(to).protocol(protocol).longLines(longLines).tls(tls);
    if (user != null || mechanism.equalsIgnoreCase("EXTERNAL")) {
      builder.credentials(credentials());
    }
    return (verbose ? builder.dialogue(err::println) : builder).build();
  }

  private int deliver(LmtpClient client, InputStream in, PrintStream out) throws LmtpException {
    Envelope envelope = new Envelope(from, mailParameters, List.of());
    for (ForwardPath recipient : recipients) {
      envelope = envelope.withRecipient(recipient, rcptParameters);
    }
    try (LmtpConnection connection = client.connect()) {
      DeliveryResult result =
          connection.deliver(envelope, MessageSource.of(in), recipient -> tell(recipient, out));
      return exitCode(result);
    }
  }

  private void tell(RecipientResult result, PrintStream out) {
    told.add(result.recipient());
    out.println(line(result));
    out.flush();
  }

  /** Where the message went nowhere, every recipient without an outcome still has its line. */
  private void tellTheRest(LmtpException e, PrintStream out) {
    List<ForwardPath> done = new ArrayList<>(told);
    for (ForwardPath recipient : recipients) {
      if (!done.remove(recipient)) {
        boolean refused = e.kind() == LmtpException.Kind.REFUSED && e.reply().isPresent();
        tell(
            refused
                ? RecipientResult.of(recipient, Stage.SESSION, e.reply().get())
                : RecipientResult.withoutReply(
                    recipient, Outcome.NOT_SENT, Stage.SESSION, e.getMessage()),
            out);
      }
    }
  }

  /** {@code RECIPIENT OUTCOME CODE ENHANCED TEXT}. */
  private static String line(RecipientResult result) {
    String outcome = result.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-');
    String code = result.reply().map(reply -> Integer.toString(reply.code())).orElse("-");
    String enhanced =
        result.reply().flatMap(Reply::enhanced).map(EnhancedStatus::toString).orElse("-");
    String text = result.detail().isEmpty() ? "-" : result.detail();
    return String.join(" ", result.recipient().mailbox().toString(), outcome, code, enhanced, text);
  }

  private static int exitCode(DeliveryResult result) {
    if (result.allAccepted()) {
      return OK;
    }
    int rejected = result.count(Outcome.REJECTED);
    boolean noneToRetry = rejected + result.count(Outcome.ACCEPTED) == result.recipients().size();
    return noneToRetry ? UNAVAILABLE : TEMPORARY;
  }
}
