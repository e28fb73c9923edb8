package dev.lmtp.server;

import dev.lmtp.Protocol;
import java.net.SocketAddress;

/**
 * Who is at the other end of a session.
 *
 * @param address its socket address; that of a Unix-domain client is as a rule unnamed
 * @param protocol what is spoken
 * @param helloName what it called itself: printable ASCII, a claim and nothing more; empty before
 *     its hello
 */
public record Peer(SocketAddress address, Protocol protocol, String helloName) {}
