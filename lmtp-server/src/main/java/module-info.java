/** A blocking LMTP and SMTP server over TCP and Unix-domain sockets, and a Maildir agent for it. */
module dev.lmtp.server {
  requires transitive dev.lmtp.core;
  requires jdk.jfr;
  // For the log of the program only; the library itself logs through System.Logger.
  requires static java.logging;

  exports dev.lmtp.server;
}
