/**
 * The LMTP (RFC 2033) and SMTP (RFC 5321) protocol without input or output: values, codec and the
 * two state machines.
 */
module dev.lmtp.core {
  exports dev.lmtp;
  exports dev.lmtp.codec;
  exports dev.lmtp.session;
}
