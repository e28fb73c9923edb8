package dev.lmtp.session;

import dev.lmtp.BodyType;
import dev.lmtp.Capabilities;
import dev.lmtp.Deviation;
import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import dev.lmtp.codec.CommandParser;
import dev.lmtp.codec.DotDecoder;
import dev.lmtp.codec.LineFramer;
import dev.lmtp.codec.OutputBuffer;
import dev.lmtp.codec.ReplyWriter;
import dev.lmtp.codec.Violation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The server's side of one LMTP or SMTP session, without input or output.
 *
 * <p>The application feeds bytes to {@link #poll} and gets one event at a time; the session answers
 * all that the RFCs decide and asks only what the application alone can know. It reads nothing
 * behind an open question, so replies are in order and a slow application slows its peer.
 *
 * <p><b>Buffers.</b> {@link ServerEvent#NEED_INPUT} means that {@code in} is empty. Content is lent
 * as ranges of {@code in}, valid until the next call; between transactions no reference to {@code
 * in} is kept. {@link #output()} is lent likewise. Write it whenever the application is going to
 * wait: at {@code NEED_INPUT}, at {@code FLUSH}, and before a question or report that may take time
 * (RFC 2920 §3.2); so the replies of a batch leave in one write.
 *
 * <p><b>Errors.</b> What a peer does wrong is answered and told as {@link ServerEvent#VIOLATION} or
 * {@link ServerEvent#ABORTED}, never thrown. What the caller does wrong is an {@link
 * IllegalStateException} that names the state and the call. A truncated content is aborted, never
 * ended; a refused one is read to its real end.
 *
 * <p><b>Threads.</b> One at a time.
 */
public final class ServerSession {

  /** Above this much output the peer has to read before more of its commands are. */
  private static final int OUTPUT_MARK = 8_192;

  /** Room for the replies of a small batch; that for a hello reply is given back. */
  private static final int OUTPUT_KEPT = 256;

  private static final Reply SENDER_OK = Reply.of(250, "2.1.0", "Ok");
  private static final Reply RECIPIENT_OK = Reply.of(250, "2.1.5", "Ok");
  private static final Reply START_CONTENT = Reply.plain(354, "End data with <CR><LF>.<CR><LF>");
  private static final Reply OK = Reply.of(250, "2.0.0", "Ok");
  private static final Reply START_TLS = Reply.of(220, "2.0.0", "Ready to start TLS");
  private static final Reply AUTHENTICATED = Reply.of(235, "2.7.0", "Authentication successful");
  private static final Reply CANNOT_VERIFY =
      Reply.of(252, "2.5.0", "Cannot verify, but will take mail and try");
  private static final Reply HELP =
      Reply.of(214, "2.0.0", "RFC 2033 and RFC 5321 tell which commands there are");

  private final ServerSettings settings;
  private final Protocol protocol;
  private final LineFramer framer;
  private final CommandParser parser;
  private final AuthExchange auth = new AuthExchange();
  private final IncomingContent content;
  private final OutputBuffer out = new OutputBuffer(OUTPUT_KEPT);
  private final RecipientReplies replies;
  private final CommandBudget budget;
  private final List<Envelope.Recipient> recipients = new ArrayList<>();

  private Consumer<String> trace;
  private Offer offer;
  private Reply helloReply;
  private Demand demand = Demand.NOTHING;
  private boolean secure;
  private boolean authenticated;
  private ServerState state = ServerState.CONNECTED;
  private ServerEvent question;
  private ServerEvent nextQuestion;
  private boolean inputEnded;
  private long commands;

  // Facts behind the accessors.
  private Verb helloVerb = Verb.UNRECOGNIZED;
  private String helloName = "";
  private ReversePath reversePath = ReversePath.NULL;
  private Parameters mailParameters = Parameters.NONE;
  private Envelope.Recipient recipient;
  private Verb commandVerb = Verb.NOOP;
  private String commandName = "";
  private String commandArgument = "";
  private Violation violation;
  private AbortCause abortCause;

  // The transaction and its content.
  private boolean transactionOpen;
  private boolean abortPending;
  private Verb contentVerb;
  private ServerState stateBehindChunk;

  /** A session with a peer that has just connected. */
  public ServerSession(ServerSettings settings) {
    this.settings = settings;
    this.protocol = settings.protocol();
    this.framer = new LineFramer(settings.limits().commandLine());
    this.parser =
        new CommandParser(
            Capabilities.NONE, List.of(), Set.of(), settings.limits(), settings.leniency());
    offer(settings.offer());
    this.content = new IncomingContent(settings);
    this.replies = new RecipientReplies(protocol);
    this.budget = new CommandBudget(settings.limits());
  }

  /**
   * Consumes input up to the next event.
   *
   * @param in bytes from the peer; empty when the session says {@link ServerEvent#NEED_INPUT}
   * @throws IllegalStateException while a question is open or reports are outstanding
   */
  public ServerEvent poll(ByteBuffer in) {
    if (question != null || replies.areOutstanding()) {
      throw misuse("poll");
    }
    while (true) {
      if (abortPending) {
        abortPending = false;
        return ServerEvent.ABORTED;
      }
      if (nextQuestion != null) {
        question = nextQuestion;
        nextQuestion = null;
        return question;
      }
      if (out.size() > OUTPUT_MARK) {
        return ServerEvent.FLUSH;
      }
      ServerEvent event =
          switch (state) {
            case CONNECTED -> ask(ServerEvent.CONNECTED);
            case DATA, CHUNK -> pollContent(in);
            case AUTH -> pollResponse(in);
            case TLS -> handshakeDue();
            case CLOSED -> ServerEvent.CLOSED;
            default -> pollCommand(in);
          };
      if (event == ServerEvent.NEED_INPUT && inputEnded) {
        endTransaction(AbortCause.END_OF_INPUT);
        close();
      } else if (event != null) {
        return event;
      }
    }
  }

  // ---------------------------------------------------------------- commands

  private ServerEvent pollCommand(ByteBuffer in) {
    Violation spent = budget.spent();
    if (spent != null) {
      return violated(spent);
    }
    if (!framer.next(in)) {
      return ServerEvent.NEED_INPUT;
    }
    commands++;
    Verb verb = parser.verb(framer.bytes(), framer.length());
    if (trace != null) {
      trace.accept(traced(verb));
    }
    Violation broken = framer.violation();
    boolean tooLong = framer.length() + 2 > settings.limits().commandLine();
    if (broken == null && tooLong && verb != Verb.AUTH) {
      broken = Violation.LINE_TOO_LONG;
    }
    if (broken != null) {
      // A BDAT among them has lost its octets: their number cannot be trusted.
      return violated(verb == Verb.BDAT ? Violation.BAD_CHUNK_SIZE : broken);
    }
    if (verb == Verb.BDAT) {
      return bdat();
    }
    Violation wrong = protocol.has(verb) ? state.violation(verb) : Violation.OTHER_PROTOCOL;
    if (wrong == null) {
      wrong = demand.violation(verb);
    }
    if (wrong == null) {
      wrong = parser.arguments();
    }
    if (wrong == null) {
      wrong = security(verb, in);
    }
    if (wrong == null && (verb == Verb.MAIL || verb == Verb.RCPT)) {
      wrong = parser.values();
    }
    return wrong != null ? violated(wrong) : execute(verb);
  }

  /** Answers a broken rule, and ends the session where the rule says so. */
  private ServerEvent violated(Violation found) {
    violation = found;
    budget.error(found);
    boolean ownReply = found == Violation.RECIPIENT_FIRST;
    write(ownReply ? protocol.noRecipients() : found.reply().orElseThrow());
    if (found.isFatal()) {
      endTransaction(AbortCause.VIOLATION);
      close();
    }
    return ServerEvent.VIOLATION;
  }

  private ServerEvent execute(Verb verb) {
    budget.command(verb);
    switch (verb) {
      case LHLO, EHLO, HELO -> {
        commandVerb = verb;
        commandArgument = parser.argument();
        return ask(ServerEvent.HELLO);
      }
      case MAIL -> {
        Parameters parameters = parser.parameters();
        if (parameters.value(Parameter.SIZE).orElse(0L) > settings.limits().message()) {
          return violated(Violation.MESSAGE_TOO_BIG);
        }
        if (!isAddressTaken(parameters)) {
          return violated(Violation.NON_ASCII_ADDRESS);
        }
        reversePath = parser.reversePath();
        mailParameters = parameters;
        return ask(ServerEvent.MAIL);
      }
      case RCPT -> {
        if (recipients.size() >= settings.limits().recipients()) {
          return violated(Violation.TOO_MANY_RECIPIENTS);
        }
        if (!isAddressTaken(mailParameters)) {
          return violated(Violation.NON_ASCII_ADDRESS);
        }
        recipient = new Envelope.Recipient(parser.forwardPath(), parser.parameters());
        return ask(ServerEvent.RCPT);
      }
      case DATA -> {
        if (mailParameters.value(Parameter.BODY).orElse(null) == BodyType.BINARYMIME) {
          return violated(Violation.BINARY_IN_DATA);
        }
        contentVerb = Verb.DATA;
        startContent();
        return ask(ServerEvent.CONTENT_START);
      }
      case RSET -> {
        write(OK);
        endTransaction(AbortCause.RSET);
        reset(state.next(Verb.RSET));
      }
      case QUIT -> {
        write(Reply.of(221, "2.0.0", settings.hostname() + " closing connection"));
        endTransaction(AbortCause.QUIT);
        close();
      }
      case NOOP -> write(OK);
      case STARTTLS -> {
        return ask(ServerEvent.STARTTLS);
      }
      case AUTH -> {
        Violation wrong = auth.begin(parser.argument(), secure);
        return wrong != null ? violated(wrong) : ask(ServerEvent.AUTH);
      }
      case VRFY, EXPN, HELP, REGISTERED -> {
        commandVerb = verb;
        commandName = parser.name();
        boolean question = verb == Verb.VRFY || verb == Verb.EXPN;
        commandArgument = question ? parser.question() : parser.argument();
        return ask(ServerEvent.COMMAND);
      }
      default -> throw new IllegalStateException(verb + " has no meaning in " + state);
    }
    return null;
  }

  /** Whether an address is ASCII, or the transaction one of UTF-8 (RFC 6531 §3.5). */
  private boolean isAddressTaken(Parameters transaction) {
    return parser.isAsciiPath() || transaction.has(Parameter.SMTPUTF8) || parser.toleratesUtf8();
  }

  private ServerEvent ask(ServerEvent next) {
    // An abort goes first, so that an application never has two transactions in hand.
    nextQuestion = next;
    return null;
  }

  // ---------------------------------------------------------------- TLS and AUTH

  /** What {@code STARTTLS} or {@code AUTH} breaks that depends on more than the state. */
  private Violation security(Verb verb, ByteBuffer in) {
    return switch (verb) {
      case STARTTLS -> {
        if (secure) {
          yield Violation.TLS_ACTIVE;
        }
        if (!offer.has(Extension.STARTTLS)) {
          yield Violation.NOT_IMPLEMENTED;
        }
        // H40, CVE-2011-0411: what came in the clear must not be taken for what came over TLS.
        yield in.hasRemaining() ? Violation.PIPELINED_STARTTLS : null;
      }
      case AUTH -> {
        if (!offer.has(Extension.AUTH)) {
          yield Violation.NOT_IMPLEMENTED;
        }
        yield authenticated ? Violation.AUTHENTICATED : null;
      }
      default -> null;
    };
  }

  private ServerEvent pollResponse(ByteBuffer in) {
    if (!framer.next(in)) {
      return ServerEvent.NEED_INPUT;
    }
    commands++;
    if (trace != null) {
      trace.accept("...");
    }
    Violation wrong = auth.read(framer);
    if (wrong != null) {
      state = ServerState.READY;
      return violated(wrong);
    }
    return ask(ServerEvent.AUTH);
  }

  private ServerEvent handshakeDue() {
    if (inputEnded) {
      return ServerEvent.NEED_INPUT;
    }
    throw misuse("poll");
  }

  /**
   * Tells that TLS is active: behind {@link ServerState#TLS}, where all that is known of the client
   * is forgotten (RFC 3207 §4.2), or before the session's first poll (RFC 8314 §3).
   *
   * @throws IllegalStateException in any other state
   */
  public void secured() {
    if (state == ServerState.TLS) {
      forgetClient();
      state = ServerState.GREETED;
    } else if (state != ServerState.CONNECTED || secure) {
      throw misuse("secured");
    }
    secure = true;
  }

  private void forgetClient() {
    helloVerb = Verb.UNRECOGNIZED;
    helloName = "";
    authenticated = false;
  }

  /**
   * Changes what is offered, from the next hello on; parameters and commands are taken accordingly
   * at once. For what depends on who the client is, so as a rule after TLS or authentication.
   */
  public void offer(Offer other) {
    offer = other;
    Offer.Hello hello = other.hello(settings.hostname(), settings.limits());
    helloReply = hello.reply();
    auth.offer(hello.capabilities());
    int longest = settings.limits().commandLine();
    framer.limit(
        other.has(Extension.AUTH) ? Math.max(AuthExchange.LONGEST_LINE, longest) : longest);
    parser.offer(hello.capabilities(), hello.parameters(), other.commands());
  }

  /**
   * Has each command told as it is read, for diagnosis: printable ASCII, of {@code AUTH} and of
   * what is no command only that there was something. Content is never told.
   *
   * @param line called within {@link #poll}, on its thread
   */
  public void trace(Consumer<String> line) {
    trace = Objects.requireNonNull(line, "line");
  }

  private String traced(Verb verb) {
    int length = Math.min(framer.length(), framer.bytes().length);
    return switch (verb) {
      case AUTH -> "AUTH ...";
      case UNRECOGNIZED -> "[" + length + " octets]";
      default ->
          new String(framer.bytes(), 0, length, StandardCharsets.ISO_8859_1)
              .replaceAll("[^ -~]", "?");
    };
  }

  /** Changes what is demanded before mail is taken; nothing unless called. */
  public void demand(Demand other) {
    demand = Objects.requireNonNull(other, "demand");
  }

  /**
   * Answers {@link ServerEvent#AUTH} with a challenge, 334.
   *
   * @throws IllegalStateException where that question is not open
   */
  public void challenge(byte[] octets) {
    if (asked("challenge") != ServerEvent.AUTH) {
      throw misuse("challenge");
    }
    question = null;
    auth.forget();
    write(Reply.plain(334, Base64.getEncoder().encodeToString(octets)));
    state = ServerState.AUTH;
  }

  /**
   * Accepts the command of {@link ServerEvent#COMMAND} and begins the session anew: all that is
   * known of the client is forgotten, and it is greeted again, as {@code XCLIENT} wants it.
   *
   * @throws IllegalStateException where that question is not open, or a transaction is
   */
  public void greetAgain() {
    if (asked("greetAgain") != ServerEvent.COMMAND || transactionOpen) {
      throw misuse("greetAgain");
    }
    question = null;
    forgetClient();
    write(settings.greeting());
    reset(ServerState.GREETED);
  }

  // ---------------------------------------------------------------- content

  private void startContent() {
    content.start();
    replies.start(recipients.size());
  }

  private ServerEvent pollContent(ByteBuffer in) {
    boolean dotted = state == ServerState.DATA;
    DotDecoder.Result result = dotted ? content.readData(in) : content.readChunk(in);
    Violation wrong = content.violation();
    if (wrong != null) {
      abortContent(wrong);
    }
    return switch (result) {
      case NEED_INPUT -> wrong == null ? ServerEvent.NEED_INPUT : null;
      case CONTENT -> content.isRefused() ? discard() : ServerEvent.CONTENT;
      case END -> dotted ? endContent() : endChunk();
    };
  }

  private ServerEvent discard() {
    return content.isEndless() ? violated(Violation.ENDLESS_CONTENT) : null;
  }

  /** Refuses a content halfway: the application hears of it now, the peer at the real end. */
  private void abortContent(Violation wrong) {
    violation = wrong;
    budget.error(wrong);
    content.refuse(wrong);
    endTransaction(AbortCause.VIOLATION);
  }

  private ServerEvent endContent() {
    replies.contentEnded();
    boolean refused = content.isRefused();
    if (refused) {
      replies.complete(content.refusal());
    } else {
      transactionOpen = false;
      state = ServerState.REPLIES;
      budget.renew();
    }
    releaseReplies();
    return refused ? null : ServerEvent.CONTENT_END;
  }

  // ---------------------------------------------------------------- chunks

  /**
   * A chunk's octets are consumed whatever is wrong with the command, as long as its size can be
   * read: they must never be read as commands (RFC 3030 §2).
   */
  private ServerEvent bdat() {
    Violation wrong = parser.arguments();
    if (wrong != null) {
      return violated(wrong);
    }
    wrong = state.violation(Verb.BDAT);
    contentVerb = Verb.BDAT;
    content.startChunk(parser.chunkSize());
    stateBehindChunk = ServerState.CHUNKS;
    boolean first = state == ServerState.RCPT || state == ServerState.MAIL;
    if (first) {
      startContent();
    }
    if (wrong == Violation.RECIPIENT_FIRST) {
      // Its octets are lost, and so is the content: what follows is not a message.
      abortContent(wrong);
    } else if (wrong != null) {
      stateBehindChunk = state;
      violation = wrong;
      budget.error(wrong);
      content.start();
      content.refuse(wrong.reply().orElseThrow());
    } else if (!content.isRefused() && !content.isRoomFor(parser.chunkSize())) {
      abortContent(Violation.MESSAGE_TOO_BIG);
    }
    if (first && !content.isRefused()) {
      return ask(ServerEvent.CONTENT_START);
    }
    state = ServerState.CHUNK;
    return wrong == null ? null : ServerEvent.VIOLATION;
  }

  private ServerEvent endChunk() {
    boolean inTransaction = stateBehindChunk == ServerState.CHUNKS;
    if (!parser.isLastChunk() && parser.chunkSize() == 0) {
      budget.command(Verb.BDAT);
    }
    if (inTransaction && parser.isLastChunk()) {
      return endContent();
    }
    if (inTransaction) {
      boolean refused = content.isRefused();
      write(
          refused
              ? content.refusal()
              : Reply.of(250, "2.0.0", content.octets() + " octets so far"));
      state = refused ? ServerState.CHUNKS_FAILED : ServerState.CHUNKS;
      return null;
    }
    // Out of order. LMTP: the last chunk has one reply for each recipient, and there are none
    // (RFC 2033 §4.3).
    if (!parser.isLastChunk() || protocol.finalReplies(0) > 0) {
      write(content.refusal());
    }
    content.end();
    state = stateBehindChunk;
    return null;
  }

  // ---------------------------------------------------------------- answers of the application

  /**
   * Agrees to the open question, with the reply the RFCs suggest: to {@code VRFY} 252, and to
   * {@code EXPN} 502 (RFC 5321 §7.3).
   *
   * @throws IllegalStateException where no question is open
   */
  public void accept() {
    ServerEvent asked = asked("accept");
    agree(
        asked,
        switch (asked) {
          case CONNECTED -> settings.greeting();
          case HELLO ->
              commandVerb == Verb.HELO ? Reply.plain(250, settings.hostname()) : helloReply;
          case MAIL -> SENDER_OK;
          case RCPT -> RECIPIENT_OK;
          case COMMAND -> commandReply();
          case STARTTLS -> START_TLS;
          case AUTH -> AUTHENTICATED;
          default -> START_CONTENT;
        });
  }

  private Reply commandReply() {
    return switch (commandVerb) {
      case VRFY -> CANNOT_VERIFY;
      case HELP -> HELP;
      case EXPN -> Violation.NOT_IMPLEMENTED.reply().orElseThrow();
      default -> OK;
    };
  }

  /**
   * Agrees to the open question with a reply of the application's.
   *
   * @param reply 2xx; the reply to {@link ServerEvent#CONTENT_START} is 354 and not open to choice
   * @throws IllegalStateException where no question is open
   */
  public void accept(Reply reply) {
    ServerEvent asked = asked("accept");
    boolean fits =
        switch (asked) {
          case CONTENT_START -> reply.equals(START_CONTENT);
          case COMMAND -> reply.isPositive() || reply.equals(commandReply());
          default -> reply.isPositive();
        };
    if (!fits) {
      throw new IllegalArgumentException("does not accept " + asked + ": " + reply);
    }
    agree(asked, reply);
  }

  private void agree(ServerEvent asked, Reply reply) {
    question = null;
    switch (asked) {
      case CONNECTED -> state = ServerState.GREETED;
      case HELLO -> {
        // Not before: one that is refused leaves everything as it was (RFC 5321 §4.1.4).
        endTransaction(AbortCause.HELLO);
        helloVerb = commandVerb;
        helloName = commandArgument;
        reset(ServerState.READY);
      }
      case MAIL -> {
        transactionOpen = true;
        recipients.clear();
        state = ServerState.MAIL;
      }
      case RCPT -> {
        recipients.add(recipient);
        state = ServerState.RCPT;
      }
      case COMMAND -> {}
      case STARTTLS -> state = ServerState.TLS;
      case AUTH -> {
        auth.forget();
        authenticated = true;
        state = ServerState.READY;
      }
      default -> {
        boolean dotted = contentVerb == Verb.DATA;
        state = dotted ? ServerState.DATA : ServerState.CHUNK;
        if (!dotted) {
          return;
        }
      }
    }
    write(reply);
  }

  /**
   * Says no to the open question. While a content is coming it may be called without a question:
   * then the rest of the content is read and thrown away, and each recipient without a report gets
   * this reply. A 421 ends the session.
   *
   * @param reply 4xx or 5xx
   * @throws IllegalStateException where no question is open and no content is coming
   */
  public void refuse(Reply reply) {
    if (!reply.isNegative()) {
      throw new IllegalArgumentException("does not refuse: " + reply);
    }
    boolean within = question == null && isContentTaken();
    ServerEvent asked = within ? ServerEvent.CONTENT : asked("refuse");
    question = null;
    if (reply.code() == 421) {
      close(reply);
      return;
    }
    boolean chunk = asked == ServerEvent.CONTENT_START && contentVerb == Verb.BDAT;
    if (within || chunk) {
      content.refuse(reply);
      transactionOpen = false;
      if (chunk) {
        state = ServerState.CHUNK;
      } else if (state == ServerState.CHUNKS) {
        state = ServerState.CHUNKS_FAILED;
      }
      return;
    }
    write(reply);
    switch (asked) {
      case CONNECTED -> state = ServerState.NO_SERVICE;
      case AUTH -> {
        auth.forget();
        budget.error(Violation.AUTH_REQUIRED);
        state = ServerState.READY;
      }
      case CONTENT_START -> {
        transactionOpen = false;
        reset(ServerState.READY);
      }
      default -> {}
    }
  }

  /** Whether a content is coming that was not refused. */
  private boolean isContentTaken() {
    return switch (state) {
      case DATA, CHUNK, CHUNKS -> !content.isRefused();
      default -> false;
    };
  }

  private ServerEvent asked(String call) {
    if (question == null) {
      throw misuse(call);
    }
    return question;
  }

  /**
   * Says what became of a recipient. Reports come in any order; the replies leave in the order of
   * the {@code RCPT}s, each as soon as it and those before it are known. 4xx and 5xx may come while
   * the content does; a 2xx takes responsibility for the message and may not.
   *
   * @param recipient its index in {@link #recipients()}
   * @param reply 2xx, 4xx or 5xx; 421 becomes 451, since it speaks of the session
   * @throws IllegalStateException outside a content, or for a recipient that was answered
   */
  public void report(int recipient, Reply reply) {
    if (question != null || !(state == ServerState.REPLIES || isContentTaken())) {
      throw misuse("report");
    }
    replies.report(recipient, reply);
    if (state == ServerState.REPLIES) {
      releaseReplies();
    }
  }

  private void releaseReplies() {
    replies.release(out);
    if (!replies.areOutstanding()) {
      reset(ServerState.READY);
    }
  }

  // ---------------------------------------------------------------- the end

  /**
   * Tells that the peer will send no more. What was fed before is still read; replies may still be
   * reported for a content that had ended.
   */
  public void endInput() {
    inputEnded = true;
  }

  /**
   * Ends the session now, at any moment, with one last reply (RFC 5321 §3.8): a time-out, a
   * shutdown, a budget used up. Open questions and outstanding reports lapse.
   *
   * @param reply as a rule a 421
   */
  public void close(Reply reply) {
    if (state == ServerState.CLOSED) {
      return;
    }
    question = null;
    nextQuestion = null;
    write(reply);
    endTransaction(AbortCause.CLOSED);
    close();
  }

  private void close() {
    auth.forget();
    reset(ServerState.CLOSED);
  }

  /** Makes the transaction one that never was, and has the application told if it knew of it. */
  private void endTransaction(AbortCause cause) {
    if (transactionOpen) {
      transactionOpen = false;
      abortPending = true;
      abortCause = cause;
    }
  }

  private void reset(ServerState next) {
    state = next;
    replies.clear();
    content.end();
  }

  private void write(Reply reply) {
    ReplyWriter.write(out, reply);
  }

  private IllegalStateException misuse(String call) {
    String waiting = question != null ? ", " + question + " is not answered" : "";
    return new IllegalStateException(call + " in " + state + waiting);
  }

  // ---------------------------------------------------------------- facts

  private <T> T known(T fact, String call) {
    if (fact == null) {
      throw misuse(call);
    }
    return fact;
  }

  /** Lends the bytes for the peer; the caller moves the position over what it wrote. */
  public ByteBuffer output() {
    return out.lend();
  }

  /** The state. */
  public ServerState state() {
    return state;
  }

  /** How long the peer may take for what comes next (RFC 5321 §4.5.3.2). */
  public Duration patience() {
    return state == ServerState.DATA || state == ServerState.CHUNK
        ? settings.contentPatience()
        : settings.commandPatience();
  }

  /** How many command lines the peer has sent: a clock for who wants to see that it goes on. */
  public long commands() {
    return commands;
  }

  /** The deviations from the grammar that were tolerated in this session; cannot be changed. */
  public Set<Deviation> deviations() {
    return parser.deviations();
  }

  /** The verb of the client's hello, as {@link #helloName}; UNRECOGNIZED before it. */
  public Verb helloVerb() {
    return question == ServerEvent.HELLO ? commandVerb : helloVerb;
  }

  /** Whether TLS is active, as far as {@link #secured} told. */
  public boolean isSecure() {
    return secure;
  }

  /** Whether an authentication was accepted. */
  public boolean isAuthenticated() {
    return authenticated;
  }

  /** The mechanism of {@link ServerEvent#AUTH}, in upper case. */
  public String mechanism() {
    return auth.mechanism();
  }

  /**
   * What the client said in the {@code AUTH} exchange, decoded; empty where it gave no initial
   * response. The octets are wiped when the question is answered.
   */
  public Optional<byte[]> response() {
    return auth.response();
  }

  /**
   * What the peer calls itself, in the hello that {@link ServerEvent#HELLO} asks about, else in the
   * one that was accepted last; empty before that. Printable ASCII, otherwise unchecked.
   */
  public String helloName() {
    return question == ServerEvent.HELLO ? commandArgument : helloName;
  }

  /** The reverse-path of the transaction, from {@link ServerEvent#MAIL} on. */
  public ReversePath reversePath() {
    return reversePath;
  }

  /** The parameters of the transaction, from {@link ServerEvent#MAIL} on. */
  public Parameters mailParameters() {
    return mailParameters;
  }

  /** The recipient that {@link ServerEvent#RCPT} asks about. */
  public Envelope.Recipient recipient() {
    return known(recipient, "recipient");
  }

  /** The command that {@link ServerEvent#COMMAND} asks about, in upper case. */
  public String commandName() {
    return commandName;
  }

  /** What stands behind that command, as the peer wrote it; may be empty. */
  public String commandArgument() {
    return commandArgument;
  }

  /**
   * The recipients accepted in this transaction, in the order of their {@code RCPT}s; valid until
   * the next {@code MAIL}.
   */
  public List<Envelope.Recipient> recipients() {
    return Collections.unmodifiableList(recipients);
  }

  /** The piece of content of {@link ServerEvent#CONTENT}: a read-only range of the input. */
  public ByteBuffer content() {
    return known(content.piece(), "content");
  }

  /**
   * How many octets of the content have come so far, the dots taken out not counted; of a whole
   * content until the next one starts.
   */
  public long contentOctets() {
    return content.octets();
  }

  /** The rule broken last, at {@link ServerEvent#VIOLATION} or an abort that one caused. */
  public Violation violation() {
    return known(violation, "violation");
  }

  /** Why the transaction ended, at {@link ServerEvent#ABORTED}. */
  public AbortCause abortCause() {
    return known(abortCause, "abortCause");
  }
}
