/**
 * Bytes to values and back. Each class does one thing and is usable alone; none does input or
 * output.
 *
 * <p>Readers take a {@link java.nio.ByteBuffer} of the caller's, consume what they can and keep
 * what a split line or a held-back CR needs, bounded by {@link dev.lmtp.Limits}; so every reader
 * gives the same answer however the bytes were cut. Bytes a peer should not have sent are answered
 * with a {@link dev.lmtp.codec.Violation}, never with an exception. No instance is safe for use by
 * two threads at once. Nothing is {@code null} unless it is said.
 */
package dev.lmtp.codec;
