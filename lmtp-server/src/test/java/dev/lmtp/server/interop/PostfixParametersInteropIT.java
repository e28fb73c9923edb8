package dev.lmtp.server.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.OriginalRecipient;
import dev.lmtp.Parameter;
import dev.lmtp.Protocol;
import dev.lmtp.server.interop.RecordingServer.Received;
import dev.lmtp.testing.peer.PostfixInstance;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Postfix's clients, lmtp(8) and smtp(8), use the extensions that our server offers. */
class PostfixParametersInteropIT {
  private static final String SENDER = "sender@example.org";
  private static final byte[] MESSAGE =
      "Subject: gr\u00fc\u00dfe\n\nx\n".getBytes(StandardCharsets.UTF_8);

  @TempDir Path home;

  @ParameterizedTest(name = "{0}")
  @EnumSource(Protocol.class)
  @DisplayName("E3 E4 E7: RET, ENVID, and for each recipient NOTIFY and ORCPT")
  void dsn(Protocol protocol) throws Exception {
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        RecordingServer server = start(postfix, protocol)) {
      postfix.submit(
          SENDER,
          List.of("list@example.org", "ben@example.org"),
          MESSAGE,
          "-N",
          "success,delay",
          "-V",
          "a+b=c",
          "-R",
          "hdrs");

      // The other one is Postfix's own report: the list was expanded.
      Received message = only(server.await(2), SENDER);
      assertParameters("SIZE=\\d+ BODY=8BITMIME ENVID=a\\+2Bb\\+3Dc RET=HDRS( SMTPUTF8)?", message);
      assertEquals(
          List.of(
              "<ann@example.org> ORCPT=rfc822;list@example.org NOTIFY=DELAY",
              "<ben@example.org> ORCPT=rfc822;ben@example.org NOTIFY=SUCCESS,DELAY"),
          message.recipients());
      assertEquals("a+b=c", message.parameters().value(Parameter.ENVID).orElseThrow());
      assertEquals(List.of(), postfix.log().complaints(), postfix.log()::text);
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Protocol.class)
  @DisplayName("E4 E6 E7: addresses in UTF-8, and an ORCPT of that type in its ASCII form")
  void smtpUtf8(Protocol protocol) throws Exception {
    try (PostfixInstance postfix = PostfixInstance.prepare(home);
        RecordingServer server = start(postfix, protocol)) {
      postfix.submit(
          "j\u00fcrg@b\u00fccher.example",
          List.of("\u03b1\u03b2@b\u00fccher.example"),
          MESSAGE,
          "-N",
          "never");

      Received message = only(server.await(1), "j\u00fcrg@b\u00fccher.example");
      assertParameters("SIZE=\\d+ BODY=8BITMIME SMTPUTF8", message);
      assertEquals(
          List.of(
              "<\u03b1\u03b2@b\u00fccher.example>"
                  + " ORCPT=utf-8;\\x{3B1}\\x{3B2}@b\\x{FC}cher.example NOTIFY=NEVER"),
          message.recipients());
      assertEquals(
          new OriginalRecipient("utf-8", "\u03b1\u03b2@b\u00fccher.example"),
          message.to().get(0).parameters().value(Parameter.ORCPT).orElseThrow());
      assertEquals(List.of(), postfix.log().complaints(), postfix.log()::text);
    }
  }

  private RecordingServer start(PostfixInstance postfix, Protocol protocol) throws Exception {
    RecordingServer server =
        RecordingServer.start(home, "inet:127.0.0.1:0", RecordingServer.settings(protocol));
    String port = server.address().replaceFirst(".*:", "");
    postfix.start(
        Map.of(
            "virtual_mailbox_domains",
            "example.org, b\u00fccher.example",
            "virtual_transport",
            protocol == Protocol.LMTP ? "lmtp:inet:127.0.0.1:" + port : "smtp:[127.0.0.1]:" + port,
            "virtual_alias_maps",
            "inline:{list@example.org=ann@example.org}"),
        "lmtp unix - - n - - lmtp",
        "smtp unix - - n - - smtp");
    return server;
  }

  private static Received only(List<Received> received, String sender) {
    List<Received> found =
        received.stream().filter(r -> r.from().toString().equals("<" + sender + ">")).toList();
    assertEquals(1, found.size(), received::toString);
    return found.get(0);
  }

  private static void assertParameters(String pattern, Received message) {
    assertTrue(message.parameters().toString().matches(pattern), message::toString);
  }
}
