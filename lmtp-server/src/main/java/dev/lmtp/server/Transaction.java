package dev.lmtp.server;

import dev.lmtp.Parameters;
import dev.lmtp.ReversePath;

/**
 * What {@code MAIL} opened, RFC 5321 §3.3.
 *
 * @param id names the transaction in the log; unique within the running server
 * @param peer who hands the message over
 * @param reversePath where reports about it go
 * @param parameters those of the {@code MAIL} command
 */
public record Transaction(String id, Peer peer, ReversePath reversePath, Parameters parameters) {}
