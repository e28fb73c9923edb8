/** A blocking LMTP and SMTP client over TCP and Unix-domain sockets. */
module dev.lmtp.client {
  requires transitive dev.lmtp.core;
  requires jdk.jfr;

  exports dev.lmtp.client;
}
