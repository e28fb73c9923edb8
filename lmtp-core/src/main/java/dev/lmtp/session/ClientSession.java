package dev.lmtp.session;

import dev.lmtp.Capabilities;
import dev.lmtp.Deviation;
import dev.lmtp.Extension;
import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.Reply;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import dev.lmtp.codec.CommandWriter;
import dev.lmtp.codec.DotEncoder;
import dev.lmtp.codec.OutputBuffer;
import dev.lmtp.codec.ReplyParser;
import dev.lmtp.codec.Violation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The client's side of one LMTP or SMTP session, without input or output. Commands are methods that
 * append to {@link #output()}; {@link #poll} matches what comes back to what was sent. Where the
 * server offers PIPELINING a caller may send a whole group before it reads (RFC 2920 §3.1); the
 * caller bounds how many replies are outstanding ({@link #outstanding()}), since a server that
 * cannot write its replies stops reading.
 *
 * <p>{@link Delivery} runs a transaction over it; use this class itself for what is not a delivery.
 *
 * <p><b>Errors.</b> What the server does wrong is {@link ClientEvent#VIOLATION}, and ends the
 * session. A 421 completes every outstanding command (RFC 5321 §3.8). Calling out of order is an
 * {@link IllegalStateException} that names the state and the call.
 *
 * <p><b>Buffers and threads.</b> As in {@link ServerSession}: {@code NEED_INPUT} means that the
 * input is empty; one thread at a time.
 */
public final class ClientSession {

  private final ClientSettings settings;
  private final Set<Deviation> deviations = EnumSet.noneOf(Deviation.class);
  private final ReplyParser parser;
  private final OutputBuffer out = new OutputBuffer();
  private final ExpectedReplies expected = new ExpectedReplies();
  private final DotEncoder encoder = new DotEncoder();
  private final UsedLimits used = new UsedLimits();

  private ClientState state = ClientState.GREETING;
  private Verb helloVerb = Verb.UNRECOGNIZED;
  private Capabilities capabilities = Capabilities.NONE;
  private final List<Integer> accepted = new ArrayList<>();
  private int recipientsSent;
  private boolean binary;
  private boolean contentSent;
  // A reply had begun when the content ended, and so is none to its end (H54).
  private boolean begunEarly;
  private boolean outOfStep;
  private long chunkRemaining;
  private long chunkOctets;
  private ClientState stateBehindChunk = ClientState.CHUNKS;

  private Reply reply;
  private Reply lastWord;
  private int recipient = -1;
  private Violation violation;
  private boolean violationTold;
  private boolean inputEnded;
  private boolean secure;
  private boolean authenticated;

  /** A session with a server that has just been connected to. */
  public ClientSession(ClientSettings settings) {
    this.settings = settings;
    this.parser = new ReplyParser(settings.limits(), settings.leniency(), deviations);
    expected.add(ClientEvent.GREETING);
  }

  // ---------------------------------------------------------------- what comes back

  /**
   * Consumes input up to the next event.
   *
   * @param in bytes from the server; empty when the session says {@link ClientEvent#NEED_INPUT}
   */
  public ClientEvent poll(ByteBuffer in) {
    recipient = -1;
    if (violation != null) {
      return broken();
    }
    if (lastWord != null) {
      return expected.isEmpty() ? ClientEvent.CLOSED : complete(lastWord);
    }
    if (state == ClientState.CLOSED) {
      return ClientEvent.CLOSED;
    }
    if (!parser.next(in)) {
      if (inputEnded) {
        state = ClientState.CLOSED;
        return ClientEvent.CLOSED;
      }
      return ClientEvent.NEED_INPUT;
    }
    if (parser.violation() != null) {
      violation = parser.violation();
      return broken();
    }
    Reply found = parser.reply();
    if (found.code() == 421) {
      // H53: one 421 may stand for all the replies that a pipelining client waits for.
      lastWord = found;
      state = ClientState.CLOSED;
      return poll(in);
    }
    boolean early = begunEarly;
    begunEarly = false;
    if (expected.isEmpty() || early || isEarlySuccess(found) || isOutOfStep(found)) {
      return unexpected(found, early);
    }
    // H40: what came in the clear behind the reply must not be taken for what came over TLS.
    return expected.first() == ClientEvent.STARTTLS && found.isPositive() && in.hasRemaining()
        ? unexpected(found, false)
        : complete(found);
  }

  /**
   * Whether the reply is of a class that its command never has: 3xx belongs to {@code DATA}, which
   * has no 2xx, and to {@code AUTH}. Whatever it answers, the replies that follow are not those we
   * would take them for, and the server may be waiting for a content (H51).
   */
  private boolean isOutOfStep(Reply found) {
    return switch (expected.first()) {
      case DATA -> found.isPositive();
      case AUTH -> found.isIntermediate() && found.code() != 334;
      default -> found.isIntermediate();
    };
  }

  /**
   * Whether a 2xx would answer the chunk that is being sent: no success, since the content is not
   * there yet (H54). Replies to what was pipelined before it are in order.
   */
  private boolean isEarlySuccess(Reply found) {
    boolean last = stateBehindChunk == ClientState.READY;
    return state == ClientState.CHUNK
        && found.isPositive()
        && (last ? expected.first() == ClientEvent.FINAL : expected.size() == 1);
  }

  private ClientEvent unexpected(Reply found, boolean early) {
    reply = found;
    boolean sending = early || state == ClientState.CONTENT || state == ClientState.CHUNK;
    if (sending && found.isNegative()) {
      state = ClientState.CLOSED;
      return ClientEvent.EARLY_REPLY;
    }
    violation = Violation.UNEXPECTED_REPLY;
    return broken();
  }

  private ClientEvent broken() {
    state = ClientState.CLOSED;
    if (violationTold) {
      return ClientEvent.CLOSED;
    }
    violationTold = true;
    return ClientEvent.VIOLATION;
  }

  private ClientEvent complete(Reply found) {
    ExpectedReplies.Expected next = expected.remove();
    reply = found;
    recipient = next.recipient();
    switch (next.event()) {
      case GREETING -> enter(ClientState.GREETED);
      case HELLO -> {
        boolean extended = found.isPositive() && helloVerb != Verb.HELO;
        boolean odd = extended && hasOddLine(found);
        if (odd && !settings.leniency().tolerates(Deviation.ODD_KEYWORD_LINE, deviations)) {
          violation = Violation.BAD_REPLY;
          return broken();
        }
        capabilities = extended ? Capabilities.ofReply(found) : Capabilities.NONE;
        enter(found.isPositive() ? ClientState.READY : ClientState.GREETED);
      }
      case RCPT -> {
        if (found.isPositive()) {
          accepted.add(recipient);
        }
      }
      case STARTTLS -> enter(found.isPositive() ? ClientState.TLS : ClientState.READY);
      case AUTH -> {
        enter(found.isIntermediate() ? ClientState.CHALLENGED : ClientState.READY);
        authenticated |= found.isPositive();
        return found.isIntermediate() ? ClientEvent.CHALLENGE : ClientEvent.AUTH;
      }
      case XCLIENT -> {
        enter(ClientState.READY);
        if (found.isPositive() && state == ClientState.READY) {
          forgetServer();
        }
      }
      // Refused: the transaction is still open on the server, and a reset is due.
      case DATA -> enter(found.isIntermediate() ? ClientState.CONTENT : ClientState.RCPT);
      default -> {
        if (state == ClientState.QUIT && expected.isEmpty()) {
          state = ClientState.CLOSED;
        }
      }
    }
    return next.event();
  }

  // ehlo-line = ehlo-keyword *( SP ehlo-param ), RFC 5321 §4.1.1.1; the first line is a greeting
  private static boolean hasOddLine(Reply hello) {
    return hello.lines().stream()
        .skip(1)
        .anyMatch(line -> !line.matches("[A-Za-z0-9][A-Za-z0-9-]*( .*)?"));
  }

  private void enter(ClientState next) {
    if (state != ClientState.CLOSED) {
      state = next;
    }
  }

  /** Gives the session up: the connection is lost or no longer trusted. */
  public void abandon() {
    expected.clear();
    state = ClientState.CLOSED;
  }

  /** Tells that the server will send no more; what was fed before is still read. */
  public void endInput() {
    inputEnded = true;
  }

  // ---------------------------------------------------------------- what is sent

  /** Sends the protocol's hello, {@code LHLO} or {@code EHLO}. */
  public void hello() {
    hello(settings.protocol().hello());
  }

  /** Sends {@code HELO}, to an SMTP server that knows no extensions (RFC 5321 §3.2). */
  public void helo() {
    hello(Verb.HELO);
  }

  private void hello(Verb verb) {
    if (!settings.protocol().has(verb)) {
      throw new IllegalStateException("no " + verb + " in " + settings.protocol());
    }
    send(verb, ClientEvent.HELLO, -1);
    helloVerb = verb;
    CommandWriter.hello(out, verb, settings.helloName());
  }

  // ---------------------------------------------------------------- TLS and AUTH

  /** Sends {@code STARTTLS} (RFC 3207 §4); its reply leads to {@link ClientState#TLS} or back. */
  public void startTls() {
    if (secure) {
      throw misuse("STARTTLS over TLS");
    }
    send(Verb.STARTTLS, ClientEvent.STARTTLS, -1);
    CommandWriter.command(out, Verb.STARTTLS);
  }

  /**
   * Tells that TLS is active: behind {@link ClientState#TLS}, where all that is known of the server
   * is forgotten (RFC 3207 §4.2) and a hello is due, or before the greeting (RFC 8314 §3).
   *
   * @throws IllegalStateException in any other state
   */
  public void secured() {
    if (state == ClientState.TLS) {
      forgetServer();
    } else if (state != ClientState.GREETING || secure) {
      throw misuse("secured");
    }
    secure = true;
  }

  private void forgetServer() {
    capabilities = Capabilities.NONE;
    helloVerb = Verb.UNRECOGNIZED;
    authenticated = false;
    state = ClientState.GREETED;
  }

  /**
   * Sends {@code AUTH} (RFC 4954 §4). Its reply is {@link ClientEvent#CHALLENGE} or {@link
   * ClientEvent#AUTH}.
   *
   * @param mechanism its SASL name
   * @param response the initial response, of any length; {@code null} for none
   */
  public void auth(String mechanism, byte[] response) {
    if (!mechanism.matches("[A-Z0-9_-]{1,20}")) {
      throw new IllegalArgumentException("not the name of a SASL mechanism");
    }
    if (authenticated) {
      throw misuse("a second AUTH");
    }
    send(Verb.AUTH, ClientEvent.AUTH, -1);
    String initial = response == null ? "" : response.length == 0 ? "=" : base64(response);
    CommandWriter.command(out, Verb.AUTH.name(), (mechanism + " " + initial).strip());
  }

  /** Answers a challenge. */
  public void respond(byte[] response) {
    sendResponse(base64(response));
  }

  /** Gives the exchange up, with a {@code *}; the server says 501. */
  public void cancelAuth() {
    sendResponse("*");
  }

  private void sendResponse(String line) {
    require(ClientState.CHALLENGED, "a response");
    state = ClientState.AUTH;
    expected.add(ClientEvent.AUTH, -1);
    out.ascii(line).crlf();
  }

  private static String base64(byte[] octets) {
    return Base64.getEncoder().encodeToString(octets);
  }

  /**
   * The challenge of {@link ClientEvent#CHALLENGE}, a new array; empty where it is no base64, and
   * the exchange is to be given up.
   */
  public Optional<byte[]> challenge() {
    require(ClientState.CHALLENGED, "challenge");
    // Not out of the reply, which cuts long texts.
    String line = new String(parser.octets(), StandardCharsets.ISO_8859_1).strip();
    try {
      return Optional.of(Base64.getDecoder().decode(line.substring("334".length()).strip()));
    } catch (IllegalArgumentException e) {
      // The caller is told by the absence.
      return Optional.empty();
    }
  }

  /**
   * Sends {@code XCLIENT} (Postfix): tells a server that trusts us who our own client is. A 220
   * begins the session anew, and a hello is due.
   *
   * @param attributes {@code NAME=value} pairs, their values in xtext
   */
  public void xclient(String attributes) {
    next(Verb.AUTH);
    CommandWriter.command(out, "XCLIENT", attributes);
    send(Verb.AUTH, ClientEvent.XCLIENT, -1);
  }

  // ---------------------------------------------------------------- the envelope

  /** Sends {@code MAIL}; parameters the server does not offer are left out. */
  public void mail(ReversePath reversePath, Parameters parameters) {
    send(Verb.MAIL, ClientEvent.MAIL, -1);
    used.mail();
    recipientsSent = 0;
    binary = Essentials.isBinary(parameters);
    accepted.clear();
    contentSent = false;
    CommandWriter.mail(out, reversePath, parameters, capabilities);
  }

  /**
   * Sends {@code RCPT}, as {@link #mail}; recipients have indexes in the order of these calls, from
   * 0.
   */
  public void rcpt(ForwardPath forwardPath, Parameters parameters) {
    send(Verb.RCPT, ClientEvent.RCPT, recipientsSent);
    recipientsSent++;
    CommandWriter.rcpt(out, forwardPath, parameters, capabilities);
  }

  /** Sends {@code DATA}; never for a BINARYMIME content (RFC 3030 §3). */
  public void data() {
    if (binary) {
      throw misuse("DATA for BINARYMIME");
    }
    send(Verb.DATA, ClientEvent.DATA, -1);
    encoder.reset();
    CommandWriter.command(out, Verb.DATA);
  }

  /**
   * Encodes content for the server, from state {@link ClientState#CONTENT} on: dots are doubled and
   * bare CRs and LFs made line ends.
   *
   * @param target goes to the server behind {@link #output()}
   * @return whether the source is empty; if not, the target is full
   */
  public boolean content(ByteBuffer source, ByteBuffer target) {
    require(ClientState.CONTENT, "content");
    return encoder.encode(source, target);
  }

  /** Whether a bare CR or LF was made a line end in the content of this transaction. */
  public boolean repairedLineEnd() {
    return encoder.repairedLineEnd();
  }

  /**
   * Ends the content with the final dot. From now on the server may deliver.
   *
   * @return false where the target has no room for five octets; then nothing was done
   */
  public boolean endContent(ByteBuffer target) {
    require(ClientState.CONTENT, "endContent");
    if (!encoder.finish(target)) {
      return false;
    }
    expectFinalReplies();
    state = ClientState.READY;
    contentSent();
    return true;
  }

  /**
   * Takes {@link #endContent} back, because the connection failed before the last octet of the
   * final dot left: the server cannot deliver. What it has said comes as an early reply, which
   * stands for all recipients, and an early 2xx is none.
   */
  public void endNotSent() {
    if (!contentSent || state != ClientState.READY || outOfStep) {
      throw misuse("endNotSent");
    }
    takeEndBack(ContentForm.DATA);
  }

  /**
   * As {@link #endNotSent}, where also the next envelope may wait, which is forgotten; and for a
   * last chunk, of which then nothing has left: its octets are to be handed over again.
   */
  void takeEndBack(ContentForm form) {
    ByteBuffer unsent = out.lend();
    unsent.position(unsent.limit());
    contentSent = false;
    if (form == ContentForm.DATA) {
      expected.clear();
      state = ClientState.CONTENT;
    } else {
      expected.keepFirst(ClientEvent.FINAL);
      chunkRemaining = chunkOctets;
      stateBehindChunk = ClientState.READY;
      state = ClientState.CHUNK;
    }
  }

  /**
   * Ends a content that nobody is to get: the server said 354 although it accepted no recipient
   * (RFC 2033 §4.2 forbids it, RFC 2920 §3.1 foresees it). In SMTP one reply follows. In LMTP none
   * is due, and whether one comes cannot be known; so the session is not {@link #isReusable()
   * reusable} after.
   */
  public void endEmptyContent() {
    require(ClientState.CONTENT, "endEmptyContent");
    if (!accepted.isEmpty()) {
      throw misuse("endEmptyContent with accepted recipients");
    }
    out.octet('.').crlf();
    expectFinalReplies();
    state = ClientState.READY;
    outOfStep = settings.protocol().finalReplies(0) == 0;
  }

  /**
   * Sends {@code BDAT} for a chunk that is not the last; its octets follow the output. Only when
   * all replies to {@code RCPT} are there and one of them is positive, so that the number of
   * replies is known (RFC 2033 §4.3).
   */
  public void chunk(long octets) {
    startChunk(octets, ClientState.CHUNKS);
    expected.add(ClientEvent.CHUNK);
    CommandWriter.chunk(out, octets);
  }

  /**
   * Sends {@code BDAT … LAST}; as {@link #chunk}. From its last octet on the server may deliver.
   */
  public void lastChunk(long octets) {
    startChunk(octets, ClientState.READY);
    CommandWriter.lastChunk(out, octets);
    expectFinalReplies();
  }

  private void startChunk(long octets, ClientState next) {
    ClientState within = state.next(Verb.BDAT);
    if (within == null || accepted.isEmpty() || expected.hasAny(ClientEvent.RCPT)) {
      throw misuse("BDAT");
    }
    if (!capabilities.offers(Extension.CHUNKING)) {
      throw new IllegalStateException("the server does not offer CHUNKING");
    }
    chunkRemaining = octets;
    chunkOctets = octets;
    stateBehindChunk = next;
    state = within;
    chunkSent(0);
  }

  /** Tells that octets of the chunk were handed to the server. */
  public void chunkSent(long octets) {
    require(ClientState.CHUNK, "chunkSent");
    if (octets > chunkRemaining) {
      throw new IllegalStateException(octets + " octets of " + chunkRemaining + " in the chunk");
    }
    chunkRemaining -= octets;
    if (chunkRemaining == 0) {
      state = stateBehindChunk;
      if (state == ClientState.READY) {
        contentSent();
      }
    }
  }

  private void contentSent() {
    contentSent = true;
    // What has begun may be the reply to an earlier chunk.
    begunEarly =
        parser.isMidReply() && (expected.isEmpty() || expected.first() == ClientEvent.FINAL);
  }

  private void expectFinalReplies() {
    if (settings.protocol().finalReplies(2) == 1) {
      expected.add(ClientEvent.FINAL);
      return;
    }
    for (int index : accepted) {
      expected.add(ClientEvent.FINAL, index);
    }
  }

  /** Sends {@code RSET}: the transaction ends without delivery. */
  public void rset() {
    simple(Verb.RSET);
  }

  /** Sends {@code NOOP}. */
  public void noop() {
    simple(Verb.NOOP);
  }

  /** Sends {@code QUIT}. */
  public void quit() {
    simple(Verb.QUIT);
  }

  /**
   * Sends a command that changes nothing here: {@code VRFY}, {@code EXPN}, {@code HELP} or one the
   * library does not know. It ends a group of commands (RFC 2920 §3.1).
   *
   * @param verb letters, digits and hyphens
   * @param argument what stands behind it; may be empty
   * @throws IllegalArgumentException where the two are not one command line
   */
  public void command(String verb, String argument) {
    switch (Verb.named(verb)) {
      case VRFY, EXPN, HELP, NOOP, UNRECOGNIZED -> {}
      default -> throw new IllegalArgumentException(verb + " is sent by its own method");
    }
    next(Verb.NOOP);
    // What is no command line is refused before anything changes.
    CommandWriter.command(out, verb, argument);
    send(Verb.NOOP, ClientEvent.OTHER, -1);
  }

  private void simple(Verb verb) {
    send(verb, ClientEvent.OTHER, -1);
    CommandWriter.command(out, verb);
  }

  private void send(Verb verb, ClientEvent event, int index) {
    state = next(verb);
    expected.add(event, index);
  }

  private ClientState next(Verb verb) {
    ClientState next = state.next(verb);
    if (next == null) {
      throw misuse(verb.name());
    }
    return next;
  }

  private void require(ClientState needed, String call) {
    if (state != needed) {
      throw misuse(call);
    }
  }

  private IllegalStateException misuse(String call) {
    return new IllegalStateException(call + " in " + state);
  }

  // ---------------------------------------------------------------- facts

  /** Lends the bytes for the server; the caller moves the position over what it wrote. */
  public ByteBuffer output() {
    return out.lend();
  }

  /** The state. */
  public ClientState state() {
    return state;
  }

  /** What the server offers; nothing before the hello's reply, and after {@code HELO}. */
  public Capabilities capabilities() {
    return capabilities;
  }

  /** The reply of the event found last. */
  public Reply reply() {
    if (reply == null) {
      throw misuse("reply");
    }
    return reply;
  }

  /** The deviations from the grammar of replies that were tolerated so far; cannot be changed. */
  public Set<Deviation> deviations() {
    return Collections.unmodifiableSet(deviations);
  }

  /**
   * The octets of that reply as they came, control characters and all (H34), or those that are the
   * violation. Valid until the next poll; a new array.
   */
  public byte[] replyOctets() {
    return parser.octets();
  }

  /** The recipient of the event found last; -1 where it concerns none or all. */
  public int recipient() {
    return recipient;
  }

  /** How many recipients of this transaction were accepted so far. */
  public int accepted() {
    return accepted.size();
  }

  /** How many replies are still to come. */
  public int outstanding() {
    return expected.size();
  }

  /** What the session has used up of the server's limits. */
  UsedLimits used() {
    return used;
  }

  /**
   * Whether a next transaction may follow: every reply is there, the stream is in step, and the
   * server takes one more {@code MAIL} (MAILMAX, RFC 9422 §4.1). Where the last transaction is
   * still open a {@code RSET} is due first.
   */
  public boolean isReusable() {
    return isInStep() && used.allowMail(capabilities);
  }

  /**
   * Whether the next transaction may begin although replies to the content of this one are to come:
   * its envelope may stand in one group with a content (RFC 2920 §3.1).
   */
  boolean mayGoOn() {
    return state == ClientState.READY
        && contentSent
        && !outOfStep
        && !inputEnded
        && capabilities.offers(Extension.PIPELINING)
        && used.allowMail(capabilities);
  }

  /** Whether more commands may follow. */
  boolean isInStep() {
    boolean stands = state == ClientState.READY || state.next(Verb.RSET) != null;
    boolean inStep = expected.isEmpty() && !parser.isMidReply() && !outOfStep;
    return stands && inStep && !inputEnded;
  }

  /**
   * Whether the whole content of this transaction has been handed over, so that the server may
   * deliver whether or not its replies arrive.
   */
  public boolean isContentSent() {
    return contentSent;
  }

  /** The 421 by which the server ended the session, if it did. */
  public Optional<Reply> closingReply() {
    return Optional.ofNullable(lastWord);
  }

  /** The rule the server broke, at {@link ClientEvent#VIOLATION}. */
  public Violation violation() {
    if (violation == null) {
      throw misuse("violation");
    }
    return violation;
  }

  /** How long the server may take for the next reply, or for the next block of content. */
  public Duration patience() {
    if (state == ClientState.CONTENT || state == ClientState.CHUNK) {
      return settings.contentPatience();
    }
    if (expected.hasAny(ClientEvent.GREETING)) {
      return settings.greetingPatience();
    }
    if (expected.hasAny(ClientEvent.FINAL)) {
      return settings.finalPatience();
    }
    return state == ClientState.DATA ? settings.dataPatience() : settings.commandPatience();
  }
}
