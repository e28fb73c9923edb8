package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lmtp.ForwardPath;
import dev.lmtp.Parameter;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.Verb;
import dev.lmtp.session.Offer;
import dev.lmtp.session.ServerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * E12: an application brings what the library has never heard of, here what a Dovecot proxy sends
 * to its back-ends with each recipient, and a command.
 */
@Timeout(60)
class OwnExtensionTest {

  /** {@code XRCPTFORWARD=} base64 of {@code key=value} pairs between tabs. */
  static final Parameter<Map<String, String>> XRCPTFORWARD =
      Parameter.of(
          Verb.RCPT,
          "XRCPTFORWARD",
          "XRCPTFORWARD",
          OwnExtensionTest::read,
          OwnExtensionTest::write);

  private static Map<String, String> read(String value) {
    byte[] fields = Base64.getDecoder().decode(value);
    Map<String, String> forwarded = new TreeMap<>();
    for (String field : new String(fields, StandardCharsets.UTF_8).split("\t")) {
      int equals = field.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("no key in " + field);
      }
      forwarded.put(field.substring(0, equals), field.substring(equals + 1));
    }
    return forwarded;
  }

  private static String write(Map<String, String> forwarded) {
    List<String> fields = new ArrayList<>();
    forwarded.forEach((key, value) -> fields.add(key + "=" + value));
    return Base64.getEncoder()
        .encodeToString(String.join("\t", fields).getBytes(StandardCharsets.UTF_8));
  }

  @TempDir Path folder;

  private final List<String> seen = new ArrayList<>();

  private final DeliveryAgent agent =
      new DeliveryAgent() {
        @Override
        public Reply recipient(
            Transaction transaction, ForwardPath recipient, Parameters parameters) {
          parameters
              .value(XRCPTFORWARD)
              .ifPresent(forwarded -> seen.add(recipient + " " + forwarded));
          return RECIPIENT_OK;
        }

        @Override
        public Optional<Reply> command(Peer peer, String name, String argument) throws IOException {
          return switch (name) {
            case "XPING" -> Optional.of(Reply.of(250, "2.0.0", "pong " + argument));
            case "VRFY" -> Optional.of(Reply.of(250, "2.1.5", "<" + argument + "@d>"));
            case "EXPN" -> throw new IOException("the directory is away");
            default -> Optional.empty();
          };
        }

        @Override
        public void deliver(IncomingMessage message) {
          message
              .recipients()
              .forEach(recipient -> seen.add("content for " + recipient.parameters()));
          message.replyAll(Reply.of(250, "2.0.0", "Taken"));
        }
      };

  private LmtpServer.Builder builder(Offer offer) {
    return LmtpServer.builder(agent)
        .listen("unix:" + folder.resolve("s"))
        .settings(ServerSettings.of(Protocol.LMTP, "there").withOffer(offer));
  }

  @Test
  @DisplayName(
      "E12 an own keyword, an own parameter and an own command, and no change of the library")
  void own() throws IOException {
    Offer offer = Offer.DEFAULT.with("XRCPTFORWARD", "").with(XRCPTFORWARD).withCommand("xping");
    String value = write(new TreeMap<>(Map.of("user", "bob", "ttl", "4")));
    try (LmtpServer server = builder(offer).start();
        RawPeer peer = new RawPeer(server)) {
      peer.say("LHLO here");
      peer.expect("220 ", "250-there", "250-PIPELINING", "250-ENHANCEDSTATUSCODES");
      peer.expect("250-8BITMIME", "250-SIZE", "250-CHUNKING", "250 XRCPTFORWARD");
      peer.say("MAIL FROM:<a@b>", "RCPT TO:<bob@d> XRCPTFORWARD=" + value);
      peer.expect("250 2.1.0", "250 2.1.5");
      peer.say("RCPT TO:<eve@d> XRCPTFORWARD=!", "XPING one  two", "DATA", ".");
      peer.expect("501 5.5.4", "250 2.0.0 pong one  two", "354 ", "250 2.0.0 Taken");
    }
    assertEquals(List.of("<bob@d> {ttl=4, user=bob}", "content for XRCPTFORWARD=" + value), seen);
  }

  @Test
  @DisplayName("E12 S4 without the offer the same peer gets 555 and 500")
  void notOffered() throws IOException {
    try (LmtpServer server = builder(Offer.DEFAULT).start();
        RawPeer peer = RawPeer.greeted(server)) {
      peer.say("MAIL FROM:<a@b>", "RCPT TO:<bob@d> XRCPTFORWARD=YT1i", "XPING");
      peer.expect("250 2.1.0", "555 5.5.4", "500 5.5.1");
    }
  }

  @Test
  @DisplayName("S5 VRFY, EXPN and HELP are the agent's, and the library's where it says nothing")
  void questions() throws IOException {
    try (LmtpServer server = builder(Offer.DEFAULT).start();
        RawPeer peer = RawPeer.greeted(server)) {
      peer.say("MAIL FROM:<a@b>", "RCPT TO:<bob@d>", "VRFY bob", "EXPN list", "HELP");
      peer.expect("250 2.1.0", "250 2.1.5", "250 2.1.5 <bob@d>", "451 4.3.0", "214 2.0.0");
      peer.say("DATA", ".");
      peer.expect("354 ", "250 2.0.0 Taken");
    }
  }

  @Test
  @DisplayName("E12 an own command cannot take the name of one of the library's")
  void names() {
    assertThrows(IllegalArgumentException.class, () -> Offer.DEFAULT.withCommand("mail"));
    assertThrows(IllegalArgumentException.class, () -> Offer.DEFAULT.withCommand("a b"));
    assertThrows(IllegalArgumentException.class, () -> Offer.DEFAULT.with("A B", ""));
  }
}
