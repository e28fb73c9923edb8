package dev.lmtp.server.example;

import dev.lmtp.Extension;
import dev.lmtp.Parameter;
import dev.lmtp.Protocol;
import dev.lmtp.Verb;
import dev.lmtp.session.Offer;
import dev.lmtp.session.ServerSettings;

/** The offer of agents.md. Public for a test in another package. */
public final class OfferExample {

  private OfferExample() {}

  public static ServerSettings settings() {
    // agents.md begins
    Parameter<String> tenant =
        Parameter.of(Verb.RCPT, "XTENANT", "XTENANT", value -> value, value -> value);
    Offer offer =
        Offer.DEFAULT
            .with(Extension.DSN)
            .with("XTENANT", "") // the keyword in the hello reply
            .with(tenant) // the parameter of RCPT
            .withCommand("XPING"); // answered by DeliveryAgent.command
    ServerSettings settings = ServerSettings.of(Protocol.LMTP, "mail.example.org").withOffer(offer);
    // agents.md ends
    return settings;
  }
}
