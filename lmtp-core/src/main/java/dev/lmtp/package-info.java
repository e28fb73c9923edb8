/**
 * The vocabulary both sides share: immutable values that mean the same to a client, a server and a
 * delivery agent. Every value is checked when it is made, so that whatever holds one may write it
 * to the wire; nothing here knows of sockets, clocks or threads. No method takes or returns {@code
 * null}.
 */
package dev.lmtp;
