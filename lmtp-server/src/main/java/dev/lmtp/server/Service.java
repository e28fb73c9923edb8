package dev.lmtp.server;

import dev.lmtp.session.ServerSettings;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * What all sessions of a server have in common.
 *
 * @param agent takes the messages
 * @param settings of the sessions
 * @param security TLS, authentication and trust
 * @param offers to their peers
 * @param buffers the stock of read buffers
 * @param transactionPatience from {@code MAIL} to the end of the content
 * @param leastRate octets of content a second
 * @param replyPatience from the end of the content to the last answer
 * @param wireLogLines how many lines of a session are remembered; 0 for none
 * @param observers who is told
 * @param threads for what is due at a deadline and may block
 */
record Service(
    DeliveryAgent agent,
    ServerSettings settings,
    Security security,
    Offers offers,
    Buffers buffers,
    Duration transactionPatience,
    int leastRate,
    Duration replyPatience,
    int wireLogLines,
    Observers observers,
    Executor threads) {}
