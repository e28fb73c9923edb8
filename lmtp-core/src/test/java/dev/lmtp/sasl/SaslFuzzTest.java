package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** H43: whatever the peer sends, the answer is a step or a SaslException. */
class SaslFuzzTest {

  private static final Map<String, ?> BINDING =
      Map.of(LmtpSaslProvider.CHANNEL_BINDINGS, Map.of("tls-exporter", new byte[] {1}));

  @Provide
  Arbitrary<List<byte[]>> messages() {
    Arbitrary<byte[]> noise = Arbitraries.bytes().array(byte[].class).ofMaxSize(40);
    // From pieces of what the mechanisms do understand, so that some get far.
    Arbitrary<byte[]> pieces =
        Arbitraries.of(
                "n,,",
                "y,,",
                "p=tls-exporter,,",
                "n,a=user,",
                "n=user",
                "n=nobody",
                ",",
                "=",
                "r=abc",
                "r=",
                "s=AAAA",
                "i=4096",
                "i=",
                "c=biws",
                "p=",
                "p=AAAA",
                "v=AAAA",
                "e=x",
                "m=x",
                "\0",
                "\1",
                "\1\1",
                "auth=Bearer x",
                "user=user",
                "host=h",
                "user",
                "pencil",
                "=2C",
                "=3",
                "\u00e9",
                "\u0627",
                "\u00ff")
            .list()
            .ofMaxSize(8)
            .map(list -> String.join("", list).getBytes(UTF_8));
    Arbitrary<byte[]> cut =
        Combinators.combine(pieces, Arbitraries.integers().between(0, 50))
            .as((piece, at) -> java.util.Arrays.copyOf(piece, Math.min(at, piece.length)));
    return Arbitraries.oneOf(noise, pieces, cut).list().ofMinSize(1).ofMaxSize(4);
  }

  @Property(tries = 600)
  @Label("H43 any octets to any server")
  void servers(@ForAll("messages") List<byte[]> messages) throws SaslException {
    Accounts accounts = Accounts.clear("user", "pencil");
    for (String mechanism : Accounts.SERVERS.getMechanismNames(null)) {
      SaslServer server = accounts.server(mechanism, BINDING);
      try {
        for (byte[] message : messages) {
          server.evaluateResponse(message);
          if (server.isComplete()) {
            break;
          }
        }
        assertFalse(server.isComplete() && !honest(messages), () -> mechanism + " let somebody in");
      } catch (SaslException e) {
        assertFalse(server.isComplete());
        assertFalse(String.valueOf(e.getMessage()).contains("pencil"));
      }
    }
  }

  /** Whether user and password were both said in a row: PLAIN and LOGIN take that. */
  private static boolean honest(List<byte[]> messages) {
    Stream<String> texts = messages.stream().map(octets -> new String(octets, ISO_8859_1));
    String all = String.join("", texts.toList());
    return all.contains("user") && all.contains("pencil");
  }

  @Property(tries = 600)
  @Label("H43 any octets to any client")
  void clients(@ForAll("messages") List<byte[]> messages) throws SaslException {
    for (String mechanism : new ClientMechanisms().getMechanismNames(null)) {
      SaslClient client =
          Accounts.client(mechanism, null, BINDING, Accounts.login("user", "pencil"));
      try {
        if (client.hasInitialResponse()) {
          client.evaluateChallenge(new byte[0]);
        }
        for (byte[] message : messages) {
          if (client.isComplete()) {
            break;
          }
          client.evaluateChallenge(message);
        }
        assertFalse(client.isComplete() && mechanism.startsWith("SCRAM"), mechanism);
      } catch (SaslException e) {
        assertFalse(client.isComplete());
      }
    }
  }
}
