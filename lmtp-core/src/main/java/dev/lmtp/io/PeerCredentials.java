package dev.lmtp.io;

import java.io.IOException;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * Who is at the other end of a Unix-domain connection, as the kernel says (SO_PEERCRED): the
 * effective user and group of the process that connected or began to listen.
 *
 * @param user the user; its name is a number where the system knows no name
 * @param group the group, likewise
 */
public record PeerCredentials(UserPrincipal user, GroupPrincipal group) {

  static Optional<PeerCredentials> of(SocketChannel channel) throws IOException {
    if (channel.getRemoteAddress() instanceof UnixDomainSocketAddress) {
      for (SocketOption<?> option : channel.supportedOptions()) {
        // By name first: the run-time image may lack the module of the class.
        if (option.name().equals("SO_PEERCRED")) {
          UnixDomainPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED);
          return Optional.of(new PeerCredentials(peer.user(), peer.group()));
        }
      }
    }
    return Optional.empty();
  }
}
