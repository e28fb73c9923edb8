/**
 * Blocking channels under deadlines: what client and server share below the protocol.
 *
 * <p>{@link dev.lmtp.io.Endpoint} reads and writes addresses, {@link dev.lmtp.io.Acceptor} accepts,
 * {@link dev.lmtp.io.Transport} moves bytes, {@link dev.lmtp.io.WorkerThreads} finds threads.
 * Nothing here knows a command or a reply. The package is exported to the client and server modules
 * only and may change with them.
 */
package dev.lmtp.io;
