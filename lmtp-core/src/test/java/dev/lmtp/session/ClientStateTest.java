package dev.lmtp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lmtp.ForwardPath;
import dev.lmtp.Parameters;
import dev.lmtp.Protocol;
import dev.lmtp.ReversePath;
import dev.lmtp.Verb;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Goes through the client's table of states and verbs cell by cell, with a session in each state.
 */
@DisplayName("The client's state x verb table is what a session does")
class ClientStateTest {

  /** The verbs a client can send; the session has no call for the others. */
  static final List<Verb> SENT =
      List.of(
          Verb.LHLO,
          Verb.EHLO,
          Verb.HELO,
          Verb.MAIL,
          Verb.RCPT,
          Verb.DATA,
          Verb.BDAT,
          Verb.RSET,
          Verb.NOOP,
          Verb.QUIT,
          Verb.STARTTLS,
          Verb.AUTH);

  static ClientSession sessionIn(Protocol protocol, ClientState state) {
    ClientSession client = new ClientSession(ClientSettings.of(protocol, "client.example"));
    if (state == ClientState.GREETING) {
      return client;
    }
    hear(client, "220 hi");
    if (state == ClientState.GREETED) {
      return client;
    }
    client.hello();
    if (state == ClientState.HELLO) {
      return client;
    }
    hear(client, "250-server.example", "250-PIPELINING", "250 CHUNKING");
    if (state == ClientState.READY) {
      return client;
    }
    if (outside(client, state)) {
      return client;
    }
    client.mail(ReversePath.NULL, Parameters.NONE);
    hear(client, "250 Ok");
    if (state == ClientState.MAIL) {
      return client;
    }
    client.rcpt(ForwardPath.parse("a@b"), Parameters.NONE);
    hear(client, "250 Ok");
    switch (state) {
      case DATA -> client.data();
      case CONTENT -> {
        client.data();
        hear(client, "354 Go on");
      }
      case CHUNK -> client.chunk(2);
      case CHUNKS -> {
        client.chunk(2);
        client.chunkSent(2);
      }
      case CLOSED -> client.abandon();
      default -> {}
    }
    return client;
  }

  static void hear(ClientSession client, String... lines) {
    ByteBuffer in = Octets.lines(lines);
    while (client.poll(in) != ClientEvent.NEED_INPUT) {}
  }

  static void send(ClientSession client, Protocol protocol, Verb verb) {
    switch (verb) {
      case LHLO, EHLO -> {
        // There is one call for both: it sends the protocol's own.
        if (!protocol.has(verb)) {
          throw new IllegalStateException("no " + verb + " in " + protocol);
        }
        client.hello();
      }
      case HELO -> client.helo();
      case MAIL -> client.mail(ReversePath.NULL, Parameters.NONE);
      case RCPT -> client.rcpt(ForwardPath.parse("a@b"), Parameters.NONE);
      case DATA -> client.data();
      case BDAT -> client.lastChunk(2);
      case RSET -> client.rset();
      case NOOP -> client.noop();
      case QUIT -> client.quit();
      case STARTTLS -> client.startTls();
      case AUTH -> client.auth("PLAIN", null);
      default -> throw new AssertionError(verb);
    }
  }

  /** Leads to a state that no transaction leads to. */
  private static boolean outside(ClientSession client, ClientState state) {
    switch (state) {
      case QUIT -> client.quit();
      case STARTTLS -> client.startTls();
      case TLS -> {
        client.startTls();
        hear(client, "220 Go on");
      }
      case AUTH -> client.auth("PLAIN", null);
      case CHALLENGED -> {
        client.auth("PLAIN", null);
        hear(client, "334 ");
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  @TestFactory
  Stream<DynamicTest> everyCell() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      for (ClientState state : ClientState.values()) {
        for (Verb verb : Verb.values()) {
          tests.add(
              dynamicTest(
                  protocol + " " + state + " " + verb, () -> tryCell(protocol, state, verb)));
        }
      }
    }
    return tests.stream();
  }

  private static void tryCell(Protocol protocol, ClientState state, Verb verb) {
    ClientState next = state.next(verb);
    if (!SENT.contains(verb)) {
      assertEquals(null, next, "there is no call for it");
      return;
    }
    ClientSession client = sessionIn(protocol, state);
    assertEquals(state, client.state());
    Octets.take(client.output());
    if (next != null && protocol.has(verb)) {
      send(client, protocol, verb);
      assertEquals(next, client.state());
      assertTrue(Octets.take(client.output()).startsWith(verb.name()));
      return;
    }
    int outstanding = client.outstanding();
    assertThrows(IllegalStateException.class, () -> send(client, protocol, verb));
    assertEquals(state, client.state());
    assertEquals(outstanding, client.outstanding());
    assertEquals("", Octets.take(client.output()), "nothing is sent by a wrong call");
  }
}
