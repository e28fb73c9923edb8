/** A blocking LMTP and SMTP server over TCP and Unix-domain sockets, and a Maildir agent for it. */
module dev.lmtp.server {
  requires transitive dev.lmtp.core;

  exports dev.lmtp.server;
}
