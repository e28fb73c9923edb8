package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.Deviation;
import dev.lmtp.Extension;
import dev.lmtp.Leniency;
import dev.lmtp.Limits;
import dev.lmtp.Protocol;
import java.nio.ByteBuffer;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OfferTest {

  private static ServerSettings lmtp(Offer offer) {
    return ServerSettings.of(Protocol.LMTP, "server.example").withOffer(offer);
  }

  @ParameterizedTest
  @CsvSource({"PIPELINING", "ENHANCEDSTATUSCODES"})
  @DisplayName("L9 what LMTP demands cannot be left out; in SMTP it can")
  void demanded(Extension extension) {
    Offer offer = Offer.DEFAULT.without(extension);
    String said = assertThrows(IllegalArgumentException.class, () -> lmtp(offer)).getMessage();
    assertTrue(said.contains(extension.keyword()), said);
    ServerSettings smtp = ServerSettings.of(Protocol.SMTP, "server.example").withOffer(offer);
    assertEquals(offer, smtp.offer());
  }

  @Test
  @DisplayName("E5 E6 an extension that needs another is not offered without it")
  void needed() {
    Offer binary = Offer.DEFAULT.with(Extension.BINARYMIME);
    Offer utf8 = Offer.DEFAULT.with(Extension.SMTPUTF8);
    assertThrows(IllegalArgumentException.class, () -> lmtp(binary.without(Extension.CHUNKING)));
    assertThrows(IllegalArgumentException.class, () -> lmtp(utf8.without(Extension.EIGHTBITMIME)));
    assertEquals(utf8, lmtp(utf8).offer());
  }

  @Test
  @DisplayName("E3 E10 SIZE and LIMITS tell the limits")
  void limits() {
    Limits limits = Limits.DEFAULT.withMessage(1 << 20).withRecipients(500);
    assertEquals(
        "250-server.example|250-PIPELINING|250-ENHANCEDSTATUSCODES|250-8BITMIME"
            + "|250-SIZE 1048576|250-CHUNKING|250-LIMITS RCPTMAX=500|250 DELIVERBY 60",
        hello(Offer.DEFAULT.with(Extension.LIMITS).with("deliverby", "60"), limits));
    assertEquals(
        "250-server.example|250-PIPELINING|250-ENHANCEDSTATUSCODES|250 SIZE",
        hello(
            Offer.DEFAULT.without(Extension.CHUNKING).without(Extension.EIGHTBITMIME),
            Limits.DEFAULT));
  }

  @Test
  @DisplayName("E6 H17 an address in UTF-8 without SMTPUTF8: 553, or taken and noted if so set")
  void utf8() {
    String line = "MAIL FROM:<j\u00c3\u00b6@b>\r\n";
    for (boolean tolerated : new boolean[] {false, true}) {
      Leniency leniency = Leniency.COMPATIBLE;
      leniency = tolerated ? leniency.with(Deviation.UTF8_WITHOUT_SMTPUTF8) : leniency;
      ServerSession session = new ServerSession(lmtp(Offer.DEFAULT).withLeniency(leniency));
      ByteBuffer in = Octets.of("LHLO client.example\r\n" + line);
      ServerEvent last = null;
      for (ServerEvent e = session.poll(in); e != ServerEvent.NEED_INPUT; e = session.poll(in)) {
        last = e;
        if (e != ServerEvent.VIOLATION) {
          session.accept();
        }
      }
      assertEquals(tolerated ? ServerEvent.MAIL : ServerEvent.VIOLATION, last);
      assertEquals(
          tolerated ? Set.of(Deviation.UTF8_WITHOUT_SMTPUTF8) : Set.of(), session.deviations());
      String said = Octets.take(session.output());
      assertTrue(said.endsWith(tolerated ? "250 2.1.0 Ok\r\n" : "not ASCII\r\n"), said);
    }
  }

  private static String hello(Offer offer, Limits limits) {
    ServerSession session = new ServerSession(lmtp(offer).withLimits(limits));
    ByteBuffer in = Octets.of("LHLO client.example\r\n");
    while (session.poll(in) != ServerEvent.NEED_INPUT) {
      session.accept();
    }
    String said = Octets.take(session.output());
    return said.substring(said.indexOf("250")).strip().replace("\r\n", "|");
  }
}
