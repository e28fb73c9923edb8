/**
 * The LMTP (RFC 2033) and SMTP (RFC 5321) protocol without input or output: values, codec and the
 * two state machines.
 */
@SuppressWarnings("module") // the friends are not on this module's path
module dev.lmtp.core {
  requires transitive java.security.sasl;
  requires jdk.net;

  exports dev.lmtp;
  exports dev.lmtp.codec;
  exports dev.lmtp.sasl;
  exports dev.lmtp.session;
  exports dev.lmtp.io to
      dev.lmtp.client,
      dev.lmtp.server,
      dev.lmtp.testkit;
}
