/**
 * A server that hands each message to a {@link dev.lmtp.server.DeliveryAgent}, and says for each
 * recipient what the agent said. No method takes or returns {@code null}.
 */
package dev.lmtp.server;
