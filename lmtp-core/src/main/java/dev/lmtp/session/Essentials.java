package dev.lmtp.session;

import dev.lmtp.BodyType;
import dev.lmtp.Capabilities;
import dev.lmtp.Envelope;
import dev.lmtp.Extension;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.ReversePath;
import dev.lmtp.codec.CommandWriter;

/**
 * What a message must not be sent without: {@link Parameter#isEssential essential} parameters, and
 * SMTPUTF8 for an address that is not ASCII (RFC 6531 §3.1). Nothing is sent for a recipient for
 * whom the server does not offer it.
 */
final class Essentials {

  private static final String UTF8_ADDRESS =
      "the server does not offer SMTPUTF8 (RFC 6531), and the address is not ASCII";

  private Essentials() {}

  /** The envelope, with SMTPUTF8 where an address needs it and the server offers it. */
  static Envelope completed(Envelope envelope, Capabilities offered) {
    boolean ascii = isAscii(envelope.reversePath());
    for (Envelope.Recipient to : envelope.recipients()) {
      ascii &= to.path().mailbox().isAscii();
    }
    Parameters parameters = envelope.parameters();
    return ascii || !offered.offers(Extension.SMTPUTF8)
        ? envelope
        : envelope.withParameters(parameters.with(Parameter.SMTPUTF8, true));
  }

  /** Decides those to whom the message must not be sent. */
  static void decide(Envelope envelope, Capabilities offered, Outcomes outcomes) {
    String lacking = lacking(envelope.parameters(), isAscii(envelope.reversePath()), offered);
    if (lacking != null) {
      outcomes.decideAll(Outcome.REJECTED, Stage.MAIL, lacking);
    }
    for (int i = 0; i < envelope.recipients().size(); i++) {
      Envelope.Recipient to = envelope.recipients().get(i);
      lacking = lacking(to.parameters(), to.path().mailbox().isAscii(), offered);
      if (lacking != null) {
        outcomes.decide(i, Outcome.REJECTED, Stage.RCPT, lacking);
      }
    }
  }

  /** Whether the content is not made of lines, and so must go in chunks (RFC 3030 §3). */
  static boolean isBinary(Parameters parameters) {
    return parameters.value(Parameter.BODY).filter(body -> body == BodyType.BINARYMIME).isPresent();
  }

  private static String lacking(Parameters parameters, boolean ascii, Capabilities offered) {
    for (Parameter<?> parameter : parameters.all()) {
      if (isLacking(parameter, parameters, offered)) {
        String value = parameters.written(parameter);
        String written = parameter.keyword() + (value.isEmpty() ? "" : "=" + value);
        return "the server does not offer " + written;
      }
    }
    if (isBinary(parameters) && !offered.offers(Extension.CHUNKING)) {
      return "the server does not offer CHUNKING, which BINARYMIME needs";
    }
    return ascii || offered.offers(Extension.SMTPUTF8) ? null : UTF8_ADDRESS;
  }

  private static <T> boolean isLacking(
      Parameter<T> parameter, Parameters parameters, Capabilities offered) {
    return parameter.isEssential(parameters.value(parameter).orElseThrow())
        && !CommandWriter.isWritten(parameter, parameters, offered);
  }

  private static boolean isAscii(ReversePath path) {
    return path.isNull() || path.mailbox().get().isAscii();
  }
}
