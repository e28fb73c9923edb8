package dev.lmtp.server;

import dev.lmtp.Extension;
import dev.lmtp.Parameter;
import dev.lmtp.Protocol;
import dev.lmtp.Verb;
import dev.lmtp.session.Offer;
import dev.lmtp.session.ServerSettings;

/** The README's offer, as it stands there. */
final class ReadmeOfferExample {

  private ReadmeOfferExample() {}

  static ServerSettings settings() {
    // README begins
    Parameter<String> tenant =
        Parameter.of(Verb.RCPT, "XTENANT", "XTENANT", value -> value, value -> value);
    Offer offer =
        Offer.DEFAULT
            .with(Extension.DSN)
            .with("XTENANT", "") // the keyword in the hello reply
            .with(tenant) // the parameter of RCPT
            .withCommand("XPING"); // answered by DeliveryAgent.command
    ServerSettings settings = ServerSettings.of(Protocol.LMTP, "mail.example.org").withOffer(offer);
    // README ends
    return settings;
  }
}
