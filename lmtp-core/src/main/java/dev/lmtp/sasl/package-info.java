/**
 * SASL mechanisms (RFC 4422) that the JDK lacks, as a {@link java.security.Provider} for {@code
 * javax.security.sasl} and as factories that need no registration.
 *
 * <p>No security layer is ever negotiated; TLS is for that. No text of an exception holds a
 * password, a token, a key or anything else the peer sent. No exchange is safe for use by two
 * threads at once; the factories, the provider and {@link dev.lmtp.sasl.StoredPassword} are.
 * Nothing is {@code null} unless it is said here or by {@code javax.security.sasl}.
 */
package dev.lmtp.sasl;
