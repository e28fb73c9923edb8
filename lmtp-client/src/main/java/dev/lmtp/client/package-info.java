/**
 * A blocking client that hands messages over by LMTP (RFC 2033) or SMTP (RFC 5321).
 *
 * <p>{@link dev.lmtp.client.LmtpClient} says where to and how, {@link
 * dev.lmtp.client.LmtpConnection} carries any number of messages, {@link
 * dev.lmtp.client.MessageSource} says what. What became of each recipient is a {@link
 * dev.lmtp.DeliveryResult}; {@link dev.lmtp.client.LmtpException} means that nothing was delivered
 * and why. {@link dev.lmtp.client.Deliver} is the program. No method takes or returns {@code null}
 * unless it says so.
 */
package dev.lmtp.client;
