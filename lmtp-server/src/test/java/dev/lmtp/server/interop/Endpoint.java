package dev.lmtp.server.interop;

import java.nio.file.Path;

/** Where our server listens, and how Postfix is told so. */
enum Endpoint {
  /** A Unix-domain socket by its absolute path. */
  UNIX("n") {
    @Override
    String listen(Path socket) {
      return "unix:" + socket;
    }

    @Override
    String nextHop(Path queue, String address) {
      return "lmtp:" + address;
    }
  },

  /** A Unix-domain socket below the queue directory, for an lmtp(8) that is chrooted to it. */
  UNIX_CHROOTED("y") {
    @Override
    String listen(Path socket) {
      return "unix:" + socket;
    }

    @Override
    String nextHop(Path queue, String address) {
      return "lmtp:unix:" + queue.relativize(Path.of(address.substring("unix:".length())));
    }
  },

  /** TCP on the loopback interface, at a free port. */
  INET("n") {
    @Override
    String listen(Path socket) {
      return "inet:127.0.0.1:0";
    }

    @Override
    String nextHop(Path queue, String address) {
      return "lmtp:" + address;
    }
  };

  private final String chroot;

  Endpoint(String chroot) {
    this.chroot = chroot;
  }

  /** The line of Postfix's LMTP client in master.cf. */
  String service() {
    return "lmtp unix - - " + chroot + " - - lmtp";
  }

  /** The value for {@code --listen}; a socket, where one is wanted, is to be at this path. */
  abstract String listen(Path socket);

  /** Postfix's name for the address that the server printed. */
  abstract String nextHop(Path queue, String address);
}
