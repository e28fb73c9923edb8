package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.security.sasl.AuthenticationException;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** E8, H43: SCRAM against itself, and against a peer that says something else. */
class ScramTest {

  private static final byte[] EMPTY = {};
  private static final Map<String, ?> BINDING = binding("tls-server-end-point", "certificate");

  private static final Accounts ACCOUNTS =
      Accounts.of("user", StoredPassword.of("pencil".toCharArray(), ScramHash.SHA_256, 4_096));

  private static SaslClient client(String mechanism, Map<String, ?> properties)
      throws SaslException {
    return Accounts.client(mechanism, null, properties, Accounts.login("user", "pencil"));
  }

  private static Map<String, ?> binding(String type, String data) {
    return Map.of(LmtpSaslProvider.CHANNEL_BINDINGS, Map.of(type, data.getBytes(UTF_8)));
  }

  @Property(tries = 40)
  @Label("E8 any user and password, in any of the mechanisms, both ways of keeping it")
  void anybody(
      @ForAll @StringLength(min = 1, max = 20) @CharRange(from = '!', to = '\u024f') String user,
      @ForAll @StringLength(min = 1, max = 90) @CharRange(from = '!', to = '\u024f')
          String password,
      @ForAll ScramHash hash,
      @ForAll boolean plus,
      @ForAll boolean kept)
      throws Exception {
    String prepared;
    StoredPassword stored;
    try {
      prepared = SaslPrep.prepare(user);
      stored =
          kept
              ? StoredPassword.of(password.toCharArray(), hash, 4_096)
              : StoredPassword.clear(password.toCharArray());
    } catch (SaslException | IllegalArgumentException e) {
      // Not allowed by SASLprep: SaslPrepTest has those.
      return;
    }
    if (prepared.isEmpty()) {
      return;
    }
    String mechanism = hash.mechanism() + (plus ? "-PLUS" : "");
    Map<String, ?> properties = plus ? BINDING : Map.of();
    Accounts accounts = Accounts.of(prepared, stored);
    SaslClient client =
        Accounts.client(mechanism, null, properties, Accounts.login(user, password));
    assertEquals(prepared, Accounts.talk(client, accounts.server(mechanism, properties)));
    SaslClient wrong =
        Accounts.client(mechanism, null, properties, Accounts.login(user, password + "x"));
    assertThrows(
        AuthenticationException.class,
        () -> Accounts.talk(wrong, accounts.server(mechanism, properties)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a,b=c", "=2C", "=", ",", "\u00fcser", "\u4e2d\u6587", "x=3D,y"})
  @DisplayName("H43 names with what SCRAM quotes, as user and as authorization identity")
  void quoted(String name) throws Exception {
    Accounts accounts = Accounts.clear(name, "=,=2C,p=");
    accounts.mayActAs = name + "2";
    SaslClient client =
        Accounts.client("SCRAM-SHA-1", name + "2", null, Accounts.login(name, "=,=2C,p="));
    assertEquals(name + "2", Accounts.talk(client, accounts.server("SCRAM-SHA-1")));
  }

  @Test
  @DisplayName("H43 nobody acts as another unless the handler says so")
  void authzid() throws Exception {
    SaslClient other =
        Accounts.client("SCRAM-SHA-256", "root", null, Accounts.login("user", "pencil"));
    assertThrows(
        AuthenticationException.class,
        () -> Accounts.talk(other, ACCOUNTS.server("SCRAM-SHA-256")));
    SaslClient oneself =
        Accounts.client("SCRAM-SHA-256", "user", null, Accounts.login("user", "pencil"));
    assertEquals("user", Accounts.talk(oneself, ACCOUNTS.server("SCRAM-SHA-256")));
  }

  @Test
  @DisplayName("H43 no octet of any message can be changed, left out or added")
  void tampered() throws Exception {
    int tried = 0;
    for (int message = 0; message < 4; message++) {
      for (int at = 0; ; at++) {
        boolean done = true;
        for (Tampering tampering : Tampering.values()) {
          Wire wire = new Wire(message, at, tampering);
          done &= !exchange("SCRAM-SHA-256-PLUS", wire);
          tried += wire.used ? 1 : 0;
        }
        if (done) {
          break;
        }
      }
    }
    assertTrue(tried > 900, "tried " + tried);
  }

  private enum Tampering {
    FLIP,
    CASE,
    LEAVE_OUT,
    ADD
  }

  /** Changes one octet of one message on its way. */
  private static final class Wire {
    final int message;
    final int at;
    final Tampering tampering;
    int sent;
    boolean used;

    Wire(int message, int at, Tampering tampering) {
      this.message = message;
      this.at = at;
      this.tampering = tampering;
    }

    byte[] send(byte[] octets) {
      if (sent++ != message || at >= octets.length) {
        return octets;
      }
      used = true;
      String text = new String(octets, UTF_8);
      String middle =
          switch (tampering) {
            case FLIP -> String.valueOf((char) (text.charAt(at) ^ 1));
            case CASE -> String.valueOf((char) (text.charAt(at) ^ 0x20));
            case LEAVE_OUT -> "";
            case ADD -> text.charAt(at) + "A";
          };
      return (text.substring(0, at) + middle + text.substring(at + 1)).getBytes(UTF_8);
    }
  }

  /** Whether there was an octet to change; fails if both sides were content with it. */
  private static boolean exchange(String mechanism, Wire wire) throws SaslException {
    SaslClient client = client(mechanism, BINDING);
    SaslServer server = ACCOUNTS.server(mechanism, BINDING);
    try {
      byte[] challenge = server.evaluateResponse(wire.send(client.evaluateChallenge(EMPTY)));
      byte[] proof = wire.send(client.evaluateChallenge(wire.send(challenge)));
      client.evaluateChallenge(wire.send(server.evaluateResponse(proof)));
    } catch (SaslException e) {
      assertFalse(client.isComplete());
      assertEquals(wire.message == 3, server.isComplete(), "message " + wire.message);
      return wire.used;
    }
    assertFalse(wire.used, wire.tampering + " at " + wire.at + " of " + wire.message);
    return false;
  }

  @Test
  @DisplayName("H43 an unknown user gets a salt that is always the same, and the same refusal")
  void unknown() throws Exception {
    String first = first(ACCOUNTS, "SCRAM-SHA-256", "nobody");
    assertEquals(salt(first), salt(first(ACCOUNTS, "SCRAM-SHA-256", "nobody")));
    assertNotEquals(salt(first), salt(first(ACCOUNTS, "SCRAM-SHA-256", "anybody")));
    assertNotEquals(salt(first), salt(first(ACCOUNTS, "SCRAM-SHA-1", "nobody")));
    assertEquals(salt(first).length(), salt(first(ACCOUNTS, "SCRAM-SHA-256", "user")).length());
    assertTrue(first.endsWith(",i=4096"), first);
    // Kept in clear, a user shows what he would show if he did not exist.
    Accounts clear = Accounts.clear("nobody", "pencil");
    assertEquals(salt(first), salt(first(clear, "SCRAM-SHA-256", "nobody")));

    SaslClient nobody =
        Accounts.client("SCRAM-SHA-256", null, null, Accounts.login("nobody", "pencil"));
    SaslClient wrong = Accounts.client("SCRAM-SHA-256", null, null, Accounts.login("user", "pen"));
    SaslException unknown =
        assertThrows(
            AuthenticationException.class,
            () -> Accounts.talk(nobody, ACCOUNTS.server("SCRAM-SHA-256")));
    SaslException refused =
        assertThrows(
            AuthenticationException.class,
            () -> Accounts.talk(wrong, ACCOUNTS.server("SCRAM-SHA-256")));
    assertEquals(refused.getMessage(), unknown.getMessage());
  }

  private static String first(Accounts accounts, String mechanism, String user)
      throws SaslException {
    byte[] message = ("n,,n=" + user + ",r=abc").getBytes(UTF_8);
    return new String(accounts.server(mechanism).evaluateResponse(message), UTF_8);
  }

  private static String salt(String first) {
    return first.split(",")[1];
  }

  @Test
  @DisplayName("H43 a user kept for another hash function is as good as unknown")
  void otherHash() throws Exception {
    assertThrows(
        AuthenticationException.class,
        () -> Accounts.talk(client("SCRAM-SHA-1", null), ACCOUNTS.server("SCRAM-SHA-1")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "n",
        "n,",
        "n,,",
        "n,,n=user",
        "n,,r=abc,n=user",
        "n,,n=,r=abc",
        "n,,n=user,r=",
        "n,,n=user,r=a b",
        "n,,n=user,r=\u00e9",
        "n,,n=us=er,r=abc",
        "n,,n=user=2,r=abc",
        "n,,n=user=2c,r=abc",
        "n,,n=us\0er,r=abc",
        "n,,n=us\u0007er,r=abc",
        "n,,n=\u00ad,r=abc",
        "n,,m=x,n=user,r=abc",
        "n,,n=user,r=abc,m=x",
        "n,,n=user,r=abc,",
        "n,,n=user,r=abc,x",
        "n,,n=user,r=abc,x=",
        "n,,n=user,r=abc,1=x",
        "n,,N=user,r=abc",
        "n,a=,n=user,r=abc",
        "n,b=user,n=user,r=abc",
        "n,a=us=er,n=user,r=abc",
        "x,,n=user,r=abc",
        "p,,n=user,r=abc",
        "p=,,n=user,r=abc",
        "p=tls-unique,,n=user,r=abc",
        " n,,n=user,r=abc"
      })
  @DisplayName("H43 first messages that are none")
  void malformedFirst(String message) throws Exception {
    SaslServer server = ACCOUNTS.server("SCRAM-SHA-256");
    assertThrows(SaslException.class, () -> server.evaluateResponse(message.getBytes(UTF_8)));
    assertThrows(
        IllegalStateException.class,
        () -> server.evaluateResponse("n,,n=user,r=abc".getBytes(UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"n,,n=user,r=abc,x=y,z=", "n,,n=user,r=abc,x=y"})
  @DisplayName("E8 an extension that is not mandatory is ignored, if well formed")
  void extension(String message) throws Exception {
    SaslServer server = ACCOUNTS.server("SCRAM-SHA-256");
    if (message.endsWith("=")) {
      assertThrows(SaslException.class, () -> server.evaluateResponse(message.getBytes(UTF_8)));
    } else {
      String first = new String(server.evaluateResponse(message.getBytes(UTF_8)), UTF_8);
      assertTrue(first.startsWith("r=abc"), first);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "r=NONCE,s=AAAA,i=4096|taken",
        "r=NONCEx,s=AAAA,i=4096|taken",
        "r=NONCEx,s=AAAA,i=1000000|taken",
        "r=NONCEx,s=AAAA,i=4096,x=y|taken",
        "r=NONCEx,s=AAAA,i=4095|refused",
        "r=NONCEx,s=AAAA,i=1|refused",
        "r=NONCEx,s=AAAA,i=0|refused",
        "r=NONCEx,s=AAAA,i=-4096|refused",
        "r=NONCEx,s=AAAA,i=04096|refused",
        "r=NONCEx,s=AAAA,i=+4096|refused",
        "r=NONCEx,s=AAAA,i=1000001|refused",
        "r=NONCEx,s=AAAA,i=99999999999999999999|refused",
        "r=NONCEx,s=AAAA,i=\uff14\uff10\uff19\uff16|refused",
        "r=xNONCE,s=AAAA,i=4096|refused",
        "r=x,s=AAAA,i=4096|refused",
        "r=NONCEx,s=AAA,i=4096|refused",
        "r=NONCEx,s=AAB=,i=4096|refused",
        "r=NONCEx,s=,i=4096|refused",
        "r=NONCEx,s=AA AA,i=4096|refused",
        "r=NONCEx,i=4096,s=AAAA|refused",
        "m=x,r=NONCEx,s=AAAA,i=4096|refused",
        "r=NONCEx,s=AAAA,i=4096,m=x|refused",
        "r=NONCEx,s=AAAA|refused",
        "e=unknown-user|refused",
        "\"\"|refused"
      })
  @DisplayName("H43 what a server may answer: the nonce extends ours, iterations are bounded")
  void serverFirst(String template, String outcome) throws Exception {
    SaslClient client = client("SCRAM-SHA-256", null);
    String initial = new String(client.evaluateChallenge(EMPTY), UTF_8);
    String nonce = initial.substring(initial.indexOf("r=") + 2);
    // The first row's nonce only repeats ours.
    boolean taken = outcome.equals("taken") && !template.contains("NONCE,");
    byte[] message = template.replace("NONCE", nonce).getBytes(UTF_8);
    if (taken) {
      assertTrue(client.evaluateChallenge(message).length > 0);
    } else {
      assertThrows(SaslException.class, () -> client.evaluateChallenge(message));
    }
    assertFalse(client.isComplete());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "v=", "v=AAAA", "e=other\r\n250 fine", "e=invalid-proof", "v=!", "x=y"})
  @DisplayName("H43 a server that does not prove itself is none, and its words are not repeated")
  void serverFinal(String message) throws Exception {
    SaslClient client = client("SCRAM-SHA-256", null);
    SaslServer server = ACCOUNTS.server("SCRAM-SHA-256");
    server.evaluateResponse(
        client.evaluateChallenge(server.evaluateResponse(client.evaluateChallenge(EMPTY))));
    SaslException refused =
        assertThrows(SaslException.class, () -> client.evaluateChallenge(message.getBytes(UTF_8)));
    assertFalse(client.isComplete());
    assertFalse(refused.getMessage().contains("fine"), refused.getMessage());
    assertThrows(IllegalStateException.class, () -> client.evaluateChallenge(EMPTY));
  }

  @Test
  @DisplayName("H43 a server that speaks first, or twice")
  void outOfTurn() throws Exception {
    assertThrows(
        SaslException.class,
        () -> client("SCRAM-SHA-256", null).evaluateChallenge("r=x,s=AAAA,i=4096".getBytes(UTF_8)));
    SaslClient client = client("SCRAM-SHA-256", null);
    SaslServer server = ACCOUNTS.server("SCRAM-SHA-256");
    assertThrows(IllegalStateException.class, server::getAuthorizationID);
    assertThrows(IllegalStateException.class, () -> server.getNegotiatedProperty(Sasl.QOP));
    assertEquals("user", Accounts.talk(client, server));
    assertEquals("auth", server.getNegotiatedProperty(Sasl.QOP));
    assertNull(client.getNegotiatedProperty(Sasl.MAX_BUFFER));
    assertThrows(IllegalStateException.class, () -> client.evaluateChallenge(EMPTY));
    assertThrows(IllegalStateException.class, () -> server.evaluateResponse(EMPTY));
    assertThrows(IllegalStateException.class, () -> client.wrap(EMPTY, 0, 0));
    assertThrows(IllegalStateException.class, () -> server.unwrap(EMPTY, 0, 0));
    SaslServer disposed = ACCOUNTS.server("SCRAM-SHA-256");
    disposed.dispose();
    assertThrows(
        IllegalStateException.class,
        () -> disposed.evaluateResponse("n,,n=user,r=abc".getBytes(UTF_8)));
  }

  @Test
  @DisplayName("H43 the proof of one exchange is none in another")
  void replayed() throws Exception {
    SaslClient client = client("SCRAM-SHA-256", null);
    byte[] initial = client.evaluateChallenge(EMPTY);
    SaslServer server = ACCOUNTS.server("SCRAM-SHA-256");
    byte[] proof = client.evaluateChallenge(server.evaluateResponse(initial));
    server.evaluateResponse(proof);
    SaslServer again = ACCOUNTS.server("SCRAM-SHA-256");
    again.evaluateResponse(initial);
    assertThrows(SaslException.class, () -> again.evaluateResponse(proof));
  }

  @Test
  @DisplayName("H43 a last message without proof, with a short one, with the attributes moved")
  void malformedLast() throws Exception {
    Map<Pattern, String> changes = new LinkedHashMap<>();
    changes.put(Pattern.compile(",p=.*"), "");
    changes.put(Pattern.compile(",p=.*"), ",p=AAAA");
    changes.put(Pattern.compile("^(c=[^,]*),(r=[^,]*)"), "$2,$1");
    changes.put(Pattern.compile("$"), ",x=y");
    changes.put(Pattern.compile(",p="), ",m=x,p=");
    changes.put(Pattern.compile("^c=biws"), "c=eSws");
    changes.put(Pattern.compile("^c=biws"), "c=biwsAAAA");
    changes.put(Pattern.compile(".*"), "");
    for (Map.Entry<Pattern, String> change : changes.entrySet()) {
      SaslClient client = client("SCRAM-SHA-256", null);
      SaslServer server = ACCOUNTS.server("SCRAM-SHA-256");
      byte[] proof =
          client.evaluateChallenge(server.evaluateResponse(client.evaluateChallenge(EMPTY)));
      String changed =
          change.getKey().matcher(new String(proof, UTF_8)).replaceFirst(change.getValue());
      assertThrows(
          SaslException.class, () -> server.evaluateResponse(changed.getBytes(UTF_8)), changed);
      assertFalse(server.isComplete());
    }
  }

  @Test
  @DisplayName("E8 RFC 5802 6: PLUS taken out of the server's list is noticed")
  void downgrade() throws Exception {
    SaslClient client = client("SCRAM-SHA-256", BINDING);
    byte[] initial = client.evaluateChallenge(EMPTY);
    assertEquals('y', initial[0]);
    SaslServer server = ACCOUNTS.server("SCRAM-SHA-256", BINDING);
    assertThrows(SaslException.class, () -> server.evaluateResponse(initial));
    // Where the server really has none all is well, and a client without may come to one with.
    assertEquals(
        "user", Accounts.talk(client("SCRAM-SHA-256", BINDING), ACCOUNTS.server("SCRAM-SHA-256")));
    assertEquals(
        "user",
        Accounts.talk(client("SCRAM-SHA-256", null), ACCOUNTS.server("SCRAM-SHA-256", BINDING)));
  }

  @Test
  @DisplayName("E8 PLUS: another channel, another type, no binding at all")
  void bound() throws Exception {
    String plus = "SCRAM-SHA-256-PLUS";
    assertEquals("user", Accounts.talk(client(plus, BINDING), ACCOUNTS.server(plus, BINDING)));
    for (Map<String, ?> other :
        java.util.List.of(
            binding("tls-server-end-point", "another"), binding("tls-exporter", "certificate"))) {
      assertThrows(
          SaslException.class,
          () -> Accounts.talk(client(plus, BINDING), ACCOUNTS.server(plus, other)));
    }
    SaslServer server = ACCOUNTS.server(plus, BINDING);
    assertThrows(
        SaslException.class, () -> server.evaluateResponse("n,,n=user,r=abc".getBytes(UTF_8)));
    assertNull(ACCOUNTS.server(plus));
    assertNull(client(plus, Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"no map", "name", "data"})
  @DisplayName("E8 a property that is no map of bindings is refused, not passed over")
  void notBindings(String what) {
    Object value =
        switch (what) {
          case "no map" -> "tls-exporter";
          case "name" -> Map.of("tls,exporter", new byte[1]);
          default -> Map.of("tls-exporter", "text");
        };
    Map<String, ?> properties = Map.of(LmtpSaslProvider.CHANNEL_BINDINGS, value);
    assertThrows(SaslException.class, () -> client("SCRAM-SHA-256", properties));
    assertThrows(SaslException.class, () -> ACCOUNTS.server("SCRAM-SHA-256", properties));
  }
}
