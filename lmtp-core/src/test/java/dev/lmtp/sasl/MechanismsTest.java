package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.security.Security;
import java.util.List;
import java.util.Map;
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
import org.junit.jupiter.params.provider.ValueSource;

/** E8, H43: each mechanism but SCRAM, client against server, the JDK's among them. */
class MechanismsTest {

  private static final byte[] EMPTY = {};

  private static SaslClient jdkClient(
      String mechanism, String authzid, String user, String password) throws SaslException {
    return Sasl.createSaslClient(
        new String[] {mechanism},
        authzid,
        "smtp",
        "mx.example.org",
        Map.of(),
        Accounts.login(user, password));
  }

  @Property(tries = 60)
  @Label("E8 PLAIN from the JDK's client and LOGIN, any user and password")
  void passwords(
      @ForAll @StringLength(min = 1, max = 20) @CharRange(from = '!', to = '\u024f') String user,
      @ForAll @StringLength(min = 1, max = 40) @CharRange(from = '!', to = '\u024f')
          String password)
      throws Exception {
    String prepared;
    Accounts accounts;
    try {
      prepared = SaslPrep.prepare(user);
      accounts = Accounts.clear(prepared, password);
    } catch (SaslException | IllegalArgumentException e) {
      // Not allowed by SASLprep: SaslPrepTest has those.
      return;
    }
    if (prepared.isEmpty()) {
      return;
    }
    assertEquals(
        prepared,
        Accounts.talk(jdkClient("PLAIN", null, user, password), accounts.server("PLAIN")));
    SaslClient login = Accounts.client("LOGIN", null, null, Accounts.login(user, password));
    assertEquals(prepared, Accounts.talk(login, accounts.server("LOGIN")));
    for (String mechanism : List.of("PLAIN", "LOGIN")) {
      SaslClient wrong =
          mechanism.equals("PLAIN")
              ? jdkClient("PLAIN", null, user, password + "x")
              : Accounts.client("LOGIN", null, null, Accounts.login(user, password + "x"));
      assertThrows(
          AuthenticationException.class, () -> Accounts.talk(wrong, accounts.server(mechanism)));
    }
  }

  @Test
  @DisplayName("H43 an unknown user is refused in the words for a wrong password")
  void unknown() throws Exception {
    SaslException unknown = plainRefused("\0nobody\0pencil");
    assertEquals(unknown.getMessage(), plainRefused("\0user\0wrong").getMessage());
    assertEquals(unknown.getMessage(), plainRefused("root\0user\0pencil").getMessage());
    assertInstanceOf(AuthenticationException.class, unknown);
  }

  private static SaslException plainRefused(String message) throws SaslException {
    SaslServer server = Accounts.clear("user", "pencil").server("PLAIN");
    SaslException refused =
        assertThrows(
            SaslException.class, () -> server.evaluateResponse(message.getBytes(UTF_8)), message);
    assertFalse(server.isComplete());
    assertThrows(IllegalStateException.class, () -> server.evaluateResponse(EMPTY));
    return refused;
  }

  @Test
  @DisplayName("H43 PLAIN: authorization identities, and an initial response cut short")
  void plain() throws Exception {
    Accounts accounts = Accounts.clear("user", "pencil");
    accounts.mayActAs = "list";
    assertEquals(
        "list",
        Accounts.talk(jdkClient("PLAIN", "list", "user", "pencil"), accounts.server("PLAIN")));
    for (String message :
        List.of(
            "",
            "\0",
            "\0\0",
            "user",
            "\0user",
            "\0user\0",
            "\0\0pencil",
            "\0user\0pencil\0",
            "\0us\0er\0pencil",
            "\0us\u0007er\0pencil",
            "\0user\0pen\u0007cil",
            "\u200e\0user\0pencil")) {
      plainRefused(message);
    }
    SaslServer server = accounts.server("PLAIN");
    byte[] malformed = {0, 'u', (byte) 0xc0, (byte) 0x80, 0, 'p'};
    assertThrows(SaslException.class, () -> server.evaluateResponse(malformed));
  }

  @Test
  @DisplayName("E8 LOGIN: the user name as initial response, in its place, empty, with NUL")
  void login() throws Exception {
    Accounts accounts = Accounts.clear("user", "pencil");
    SaslServer server = accounts.server("LOGIN");
    assertArrayEquals(bytes("Password:"), server.evaluateResponse(bytes("user")));
    assertNull(server.evaluateResponse(bytes("pencil")));
    assertEquals("user", server.getAuthorizationID());
    SaslServer asked = accounts.server("LOGIN");
    assertArrayEquals(bytes("Username:"), asked.evaluateResponse(EMPTY));
    assertThrows(SaslException.class, () -> asked.evaluateResponse(EMPTY));
    for (String user : List.of("us\0er", "\0", "us\ner")) {
      SaslServer hostile = accounts.server("LOGIN");
      assertThrows(SaslException.class, () -> hostile.evaluateResponse(bytes(user)));
    }
    SaslServer noPassword = accounts.server("LOGIN");
    noPassword.evaluateResponse(bytes("user"));
    assertThrows(AuthenticationException.class, () -> noPassword.evaluateResponse(EMPTY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pen\0cil", "pen\rcil", "pen\ncil", ""})
  @DisplayName("H30 the client sends no password with NUL or a line end, and none that is empty")
  void clientPassword(String password) throws Exception {
    SaslClient client = Accounts.client("LOGIN", null, null, Accounts.login("user", password));
    SaslException refused =
        assertThrows(
            SaslException.class,
            () -> {
              client.evaluateChallenge(EMPTY);
              client.evaluateChallenge(EMPTY);
            });
    assertFalse(refused.toString().contains("pen"), refused.toString());
    assertFalse(client.isComplete());
  }

  @ParameterizedTest
  @ValueSource(strings = {"us\0er", "us\rer", "us\ner", "", "\u007f"})
  @DisplayName("H30, H43 the client sends no user name with NUL or another control")
  void clientUser(String user) throws Exception {
    for (String mechanism : List.of("LOGIN", "SCRAM-SHA-256")) {
      SaslClient client = Accounts.client(mechanism, null, null, Accounts.login(user, "pencil"));
      assertThrows(SaslException.class, () -> client.evaluateChallenge(EMPTY));
    }
  }

  @Test
  @DisplayName("E8 LOGIN carries no authorization identity, so it is not chosen for one")
  void loginAuthzid() throws Exception {
    assertNull(Accounts.client("LOGIN", "list", null, Accounts.login("user", "pencil")));
  }

  @Test
  @DisplayName(
      "E8 the example of RFC 2195, and CRAM-MD5 and DIGEST-MD5 of the JDK over our handler")
  void jdk() throws Exception {
    SaslClient client = jdkClient("CRAM-MD5", null, "tim", "tanstaaftanstaaf");
    assertEquals(
        "tim b913a602c7eda7a495b4e6e7334d3890",
        new String(
            client.evaluateChallenge(bytes("<1896.697170952@postoffice.reston.mci.net>")),
            US_ASCII));
    for (String mechanism : List.of("CRAM-MD5", "DIGEST-MD5")) {
      Accounts accounts = Accounts.clear("tim", "tanstaaftanstaaf");
      SaslServer server =
          Sasl.createSaslServer(mechanism, "smtp", "mx.example.org", Map.of(), accounts);
      SaslClient tim = jdkClient(mechanism, null, "tim", "tanstaaftanstaaf");
      assertEquals("tim", Accounts.talk(tim, server));
      assertFalse(Mechanisms.isClientFirst(mechanism));
    }
  }

  @Test
  @DisplayName("E8 EXTERNAL: who the channel says, or nobody")
  void external() throws Exception {
    Accounts accounts = new Accounts();
    SaslServer nobody = accounts.server("EXTERNAL");
    assertThrows(AuthenticationException.class, () -> nobody.evaluateResponse(EMPTY));
    accounts.external = "peer";
    assertEquals(
        "peer", Accounts.talk(jdkClient("EXTERNAL", null, "", ""), accounts.server("EXTERNAL")));
    assertEquals(
        "peer", Accounts.talk(jdkClient("EXTERNAL", "peer", "", ""), accounts.server("EXTERNAL")));
    assertThrows(
        AuthenticationException.class,
        () -> Accounts.talk(jdkClient("EXTERNAL", "root", "", ""), accounts.server("EXTERNAL")));
    SaslServer hostile = accounts.server("EXTERNAL");
    assertThrows(SaslException.class, () -> hostile.evaluateResponse(bytes("pe\0er")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"OAUTHBEARER", "XOAUTH2"})
  @DisplayName("E8 a bearer token, good and bad, and for another user")
  void bearer(String mechanism) throws Exception {
    Accounts accounts = new Accounts();
    accounts.owner = "us=er,1";
    SaslClient good =
        Accounts.client(mechanism, null, null, Accounts.login("us=er,1", "good-token="));
    assertEquals("us=er,1", Accounts.talk(good, accounts.server(mechanism)));
    assertEquals("us=er,1", accounts.token.user());
    assertEquals(mechanism.equals("XOAUTH2") ? "" : "mx.example.org", accounts.token.host());
    SaslClient other =
        Accounts.client(mechanism, null, null, Accounts.login("root", "good-token="));
    assertThrows(
        AuthenticationException.class, () -> Accounts.talk(other, accounts.server(mechanism)));

    SaslClient bad = Accounts.client(mechanism, null, null, Accounts.login("us=er,1", "bad"));
    SaslServer server = accounts.server(mechanism);
    String error = new String(server.evaluateResponse(bad.evaluateChallenge(EMPTY)), US_ASCII);
    assertTrue(error.matches("\\{\"status\":\"[a-z_0-9]+\",.*\"scope\":\"mail\"}"), error);
    assertTrue(bad.isComplete());
    byte[] dummy = bad.evaluateChallenge(bytes(error));
    assertFalse(bad.isComplete());
    assertArrayEquals(mechanism.equals("XOAUTH2") ? EMPTY : new byte[] {1}, dummy);
    assertThrows(AuthenticationException.class, () -> server.evaluateResponse(dummy));
    assertThrows(SaslException.class, () -> bad.evaluateChallenge(EMPTY));
    assertFalse(bad.isComplete() || server.isComplete());
  }

  @Test
  @DisplayName("E8 the example of RFC 7628 4.1, as the server reads it")
  void bearerExample() throws Exception {
    Accounts accounts = new Accounts();
    SaslServer server = accounts.server("OAUTHBEARER");
    server.evaluateResponse(
        bytes(
            "n,a=user@example.com,\1host=server.example.com\1port=143\1"
                + "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1"));
    assertEquals("user@example.com", accounts.token.user());
    assertEquals("server.example.com", accounts.token.host());
    assertEquals("143", accounts.token.port());
    assertEquals("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", accounts.token.token());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\1",
        "\1\1",
        "n,,",
        "n,,\1",
        "n,,\1\1",
        "n,,\1\1\1",
        "n,,auth=Bearer good-token=\1\1",
        "n,,\1auth=Bearer good-token=\1",
        "n,,\1auth=Bearer \1\1",
        "n,,\1auth=Bearer\1\1",
        "n,,\1auth=Basic good-token=\1\1",
        "n,,\1auth=Bearer good token\1\1",
        "n,,\1auth=Bearer good-token=\r\nX: y\1\1",
        "n,,\1auth=Bearer good-token=\1auth=Bearer good-token=\1\1",
        "n,,\1=x\1auth=Bearer good-token=\1\1",
        "n,,\1host=a b\1auth=Bearer good-token=\1\1",
        "n,,\1port=0\1auth=Bearer good-token=\1\1",
        "n,,\1port=123456\1auth=Bearer good-token=\1\1",
        "p=tls-unique,,\1auth=Bearer good-token=\1\1",
        "n,a=us=er,\1auth=Bearer good-token=\1\1",
        "n,a=us\0er,\1auth=Bearer good-token=\1\1",
        "user=user\1auth=Bearer good token\1\1",
        "user=us\0er\1auth=Bearer good-token=\1\1",
        "user=user\1auth=Bearer good-token=\1"
      })
  @DisplayName("H43 messages with a token that are none")
  void malformedBearer(String message) throws Exception {
    Accounts accounts = new Accounts();
    accounts.owner = "user";
    for (String mechanism : List.of("OAUTHBEARER", "XOAUTH2")) {
      SaslServer server = accounts.server(mechanism);
      SaslException refused =
          assertThrows(SaslException.class, () -> server.evaluateResponse(bytes(message)));
      assertFalse(refused.toString().contains("good"), refused.toString());
    }
    assertNull(accounts.token);
  }

  @ParameterizedTest
  @ValueSource(strings = {"to ken", "token\1\1", "t\u00f6ken", "token\r\n", "="})
  @DisplayName("H30 the client sends no token that is none")
  void clientToken(String token) throws Exception {
    SaslClient client = Accounts.client("OAUTHBEARER", null, null, Accounts.login("u", token));
    SaslException refused =
        assertThrows(SaslException.class, () -> client.evaluateChallenge(EMPTY));
    assertFalse(refused.toString().contains("token\1"), refused.toString());
    assertNull(refused.getCause());
    assertFalse(client.isComplete());
  }

  @Test
  @DisplayName("H46 a handler that fails or is asked too much: told apart, and nothing is quoted")
  void handlers() throws Exception {
    IOException down = new IOException("directory is down");
    SaslServer failing =
        Accounts.SERVERS.createSaslServer(
            "PLAIN",
            "smtp",
            null,
            null,
            callbacks -> {
              throw down;
            });
    SaslException failed =
        assertThrows(SaslException.class, () -> failing.evaluateResponse(bytes("\0user\0pencil")));
    assertEquals(down, failed.getCause());
    assertFalse(failed instanceof AuthenticationException);
    SaslServer ignorant =
        Accounts.SERVERS.createSaslServer(
            "PLAIN", "smtp", null, null, Accounts.login("user", "pencil"));
    SaslException refused =
        assertThrows(SaslException.class, () -> ignorant.evaluateResponse(bytes("\0user\0pencil")));
    // The handler's failure, not the client's; and the callback with its password is not told.
    assertEquals("it takes no VerifyPasswordCallback", refused.getCause().getMessage());
    assertInstanceOf(IOException.class, refused.getCause());
    assertNull(refused.getCause().getCause());
    assertFalse(refused.toString().contains("pencil"));
    assertThrows(
        SaslException.class,
        () -> Accounts.SERVERS.createSaslServer("PLAIN", "smtp", null, null, null));
  }

  @Test
  @DisplayName("H43 without an AuthorizeCallback in the handler one is oneself and nobody else")
  void noAuthorizeCallback() throws Exception {
    for (String authzid : List.of("", "user", "root")) {
      SaslServer server =
          Accounts.SERVERS.createSaslServer(
              "PLAIN",
              "smtp",
              null,
              null,
              callbacks -> {
                if (!(callbacks[0] instanceof VerifyPasswordCallback verify)) {
                  throw new javax.security.auth.callback.UnsupportedCallbackException(callbacks[0]);
                }
                verify.accept();
              });
      byte[] message = bytes(authzid + "\0user\0pencil");
      if (authzid.equals("root")) {
        assertThrows(AuthenticationException.class, () -> server.evaluateResponse(message));
      } else {
        assertNull(server.evaluateResponse(message));
        assertEquals("user", server.getAuthorizationID());
      }
    }
  }

  @Test
  @DisplayName("H46 the password given to the handler is wiped when it returns")
  void wiped() throws Exception {
    char[][] seen = new char[1][];
    SaslServer server =
        Accounts.SERVERS.createSaslServer(
            "PLAIN",
            "smtp",
            null,
            null,
            callbacks -> {
              if (callbacks[0] instanceof VerifyPasswordCallback verify) {
                seen[0] = verify.password();
                assertEquals("pencil", String.valueOf(seen[0]));
              }
            });
    assertThrows(
        AuthenticationException.class, () -> server.evaluateResponse(bytes("\0user\0pencil")));
    assertArrayEquals(new char[6], seen[0]);
  }

  @Test
  @DisplayName("E8 the policies of javax.security.sasl")
  void policies() throws Exception {
    Map<String, String> policy = Map.of(Sasl.POLICY_NOPLAINTEXT, "true");
    assertEquals(
        List.of(
            "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "EXTERNAL"),
        List.of(Accounts.SERVERS.getMechanismNames(policy)));
    assertNull(new Accounts().server("PLAIN", policy));
    assertNull(new Accounts().server("GSSAPI"));
    assertNull(Accounts.client("LOGIN", null, policy, Accounts.login("user", "pencil")));
    assertEquals(7, new ClientMechanisms().getMechanismNames(null).length);
  }

  @Test
  @DisplayName("E8 registered as a provider, everything comes from Sasl")
  void provider() throws Exception {
    LmtpSaslProvider provider = new LmtpSaslProvider();
    Security.addProvider(provider);
    try {
      Accounts accounts = Accounts.clear("user", "pencil");
      for (String mechanism : List.of("PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256")) {
        SaslServer server =
            Sasl.createSaslServer(mechanism, "smtp", "mx.example.org", Map.of(), accounts);
        assertNotNull(server, mechanism);
        assertEquals("user", Accounts.talk(jdkClient(mechanism, null, "user", "pencil"), server));
      }
    } finally {
      Security.removeProvider(provider.getName());
    }
    assertNull(Sasl.createSaslServer("PLAIN", "smtp", "mx.example.org", Map.of(), new Accounts()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
