package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.AuthenticationException;
import javax.security.sasl.SaslException;

/** The client of SCRAM, RFC 5802: complete only when the server has proved itself. */
final class ScramClient extends ClientExchange {

  private static final Set<String> ERRORS =
      Set.of(
          "invalid-encoding",
          "extensions-not-supported",
          "invalid-proof",
          "channel-bindings-dont-match",
          "server-does-support-channel-binding",
          "channel-binding-not-supported",
          "unsupported-channel-binding-type",
          "unknown-user",
          "invalid-username-encoding",
          "no-resources");

  private final ScramHash hash;
  private final String nonce;
  private final Gs2Header header;
  private final byte[] bindingData;

  private String bare;
  private byte[] serverSignature;

  /**
   * @param bindings what the channel can be bound by, best first; in a mechanism without PLUS one
   *     says that the client could, but thinks that the server cannot
   */
  ScramClient(
      String mechanism,
      ScramHash hash,
      CallbackHandler handler,
      String authzid,
      Map<String, byte[]> bindings,
      Supplier<String> nonces) {
    super(mechanism, handler);
    this.hash = hash;
    this.nonce = nonces.get();
    String flag = bindings.isEmpty() ? "n" : "y";
    byte[] data = {};
    if (mechanism.endsWith("-PLUS")) {
      Map.Entry<String, byte[]> best = bindings.entrySet().iterator().next();
      flag = "p=" + best.getKey();
      data = best.getValue();
    }
    this.header = Gs2Header.of(flag, authzid);
    this.bindingData = data;
  }

  @Override
  byte[] step(byte[] challenge) throws SaslException {
    if (bare == null) {
      if (challenge.length > 0) {
        throw malformed("the server spoke first");
      }
      return first();
    }
    String message = SaslPrep.decode(challenge);
    if (serverSignature == null) {
      return last(message);
    }
    verify(new ScramMessage(message));
    complete();
    // As the JDK's DIGEST-MD5: no answer to data that came with the success.
    return null;
  }

  private byte[] first() throws SaslException {
    askCredentials();
    if (user.isEmpty()) {
      throw malformed("no user name given");
    }
    bare = "n=" + Gs2Header.saslname(user) + ",r=" + nonce;
    return (header.text() + bare).getBytes(UTF_8);
  }

  private byte[] last(String message) throws SaslException {
    ScramMessage attributes = new ScramMessage(message);
    failOnError(attributes);
    String bothNonces = attributes.takeNonce(nonce);
    byte[] salt = attributes.takeBase64('s');
    int iterations = attributes.takeIterations();

    String unproved = "c=" + ScramMessage.channelBinding(header, bindingData) + ",r=" + bothNonces;
    byte[] signed = (bare + "," + message + "," + unproved).getBytes(UTF_8);
    byte[] prepared = SaslPrep.prepare(password);
    byte[] salted = hash.hi(prepared, salt, iterations);
    byte[] proof = ScramKeys.clientKey(hash, salted);
    byte[] clientSignature = hash.hmac(hash.h(proof), signed);
    for (int i = 0; i < proof.length; i++) {
      proof[i] ^= clientSignature[i];
    }
    serverSignature = hash.hmac(ScramKeys.serverKey(hash, salted), signed);
    Arrays.fill(prepared, (byte) 0);
    Arrays.fill(salted, (byte) 0);
    wipe();
    return (unproved + ",p=" + ScramMessage.base64(proof)).getBytes(UTF_8);
  }

  private void verify(ScramMessage attributes) throws SaslException {
    failOnError(attributes);
    if (!MessageDigest.isEqual(attributes.takeBase64('v'), serverSignature)) {
      throw new AuthenticationException(getMechanismName() + ": the server does not know the key");
    }
  }

  private void failOnError(ScramMessage attributes) throws SaslException {
    if (attributes.isNext('e')) {
      String error = attributes.take('e');
      throw new AuthenticationException(
          getMechanismName() + ": " + (ERRORS.contains(error) ? error : "other-error"));
    }
  }
}
