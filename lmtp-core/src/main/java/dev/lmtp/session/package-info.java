/**
 * The two protocol state machines, without input or output: the application feeds bytes and answers
 * questions, the session gives events and bytes for the peer.
 *
 * <p>Both are pull cursors over the caller's buffer: {@code poll(in)} consumes bytes up to the next
 * thing the application must know, and {@code NEED_INPUT} means that the buffer is empty. So the
 * caller never compacts, sizes or splits anything. A session has no clock, no thread and no lock;
 * it is used by one thread at a time. Nothing is {@code null} unless it is said.
 */
package dev.lmtp.session;
