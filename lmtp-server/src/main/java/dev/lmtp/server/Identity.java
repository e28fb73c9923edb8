package dev.lmtp.server;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/**
 * Who is at the other end of a connection, as far as that is proven. What is unproven, as the name
 * in a hello, is not here.
 */
public interface Identity {

  /** The other end of the connection itself: a proxy's where one stands between. */
  SocketAddress connection();

  /**
   * Who connected to our Unix-domain socket, as the kernel says; empty over TCP. It is asked at the
   * first call, which must come while the session lasts.
   */
  Optional<UserPrincipal> localUser();

  /** The TLS session: its cipher, and a client's certificates where it showed any. */
  Optional<SSLSession> tls();

  /** As whom the peer authenticated itself: the authorization identity. */
  Optional<String> authenticated();

  /**
   * Whether the peer came by a Unix-domain socket, and so past that socket's permissions, or from
   * within this process.
   */
  default boolean isLocal() {
    return !(connection() instanceof InetSocketAddress);
  }
}
